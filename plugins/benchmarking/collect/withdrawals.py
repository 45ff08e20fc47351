"""Records that a source no longer holds: each leaves a tombstone, and its versions stay where they are."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from benchmarking import sql
from benchmarking.collect.source import Delivery
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse

TOMBSTONE = TABLES["raw.submission"].schema.append(pa.field("is_recorded", pa.bool_()))


def withdrawals(warehouse: Warehouse, source_name: str, deliveries: Iterable[Delivery]) -> pa.Table:
    """Give one row of raw.submission for each withdrawn record that is known; the same again at every replay.

    A last column, `is_recorded`, says whether the row is in the table already.
    """
    gone = [(d.survey, key, d.delivered_at) for d in deliveries for key in d.deletions]
    version = warehouse.version("raw.submission")
    if not gone or version is None:
        return TOMBSTONE.empty_table()
    columns = list(zip(*gone, strict=True))
    names = TABLES["raw.submission"].columns
    told = pa.table(
        {
            "survey": pa.array(columns[0], names["survey"]),
            "record_id": pa.array(columns[1], names["record_id"]),
            "withdrawn_at": pa.array(columns[2], names["received_at"]),
        }
    )
    with warehouse.connect({"raw.submission": version}) as connection:
        connection.register("withdrawn_record", told)
        found = connection.execute(sql.read("raw/withdrawal"), {"source": source_name})
        return found.to_arrow_table().select(TOMBSTONE.names).cast(TOMBSTONE)
