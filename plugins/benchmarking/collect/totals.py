"""Control totals: what a source says it holds, beside what is known of it here."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from benchmarking import sql
from benchmarking.collect.source import SourceDown
from benchmarking.warehouse import Warehouse

log = logging.getLogger("benchmarking")


def check_totals(warehouse: Warehouse, source_name: str, totals: Mapping[str, int]) -> list[SourceDown]:
    """Compare each survey's total with the records received and not withdrawn; give a problem for each that differs.

    A survey that asks for no record id cannot be counted.
    """
    problems = []
    for survey, total in totals.items():
        if warehouse.programme.survey(survey).with_role("record_id") is None:
            continue
        values = {"source": source_name, "survey": survey}
        with warehouse.connect() as connection:
            row = connection.execute(sql.read("raw/held"), values).fetchone()
        known = int(row[0]) if row else 0
        if known != total:
            what = f"it says that it holds {total:,} records of {survey}, but {known:,} are known here."
            do = "What came was kept. Look for refused pages among the receipts, and run collect again."
            problems.append(SourceDown(what, source_name, do))
            log.error("%s", problems[-1])
    return problems
