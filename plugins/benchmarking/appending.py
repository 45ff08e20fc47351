"""Rows that are written as they come and appear in one commit: data files beside a table, then their Delta entry.

Memory holds one row group, however many rows come. A process that dies before the commit leaves a file that no version
of the table names: readers never see it, and `forget_leftovers` removes it a day later.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import duckdb
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction, RemoveAction
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from benchmarking.errors import StaleRead
from benchmarking.tables import TABLES
from benchmarking.warehouse import ANY_VERSION, Warehouse, fsspec_options, until_committed

ROW_GROUP = 100_000
FILE_NAME = "part-{}.zstd.parquet"
LEFT_BEHIND = timedelta(days=1)
CODE = pa.dictionary(pa.int32(), pa.string())


@dataclass
class _File:
    """One data file, and the units that have rows in it."""

    name: str
    sink: Any
    writer: pq.ParquetWriter
    units: set[str] = field(default_factory=set)
    count: int = 0


class Appending:
    """Rows on their way into one declared table.

    They come in units: all rows of a unit have a first key that begins with the unit's name, and enter the table in
    one commit. A unit that is in the table already is left out, however many writers race.

    Used in a `with`, what was never committed is removed again.
    """

    def __init__(self, warehouse: Warehouse, table: str, repeated: Sequence[str] = ()) -> None:
        """Open the table for rows; the text columns named in `repeated` hold few different values."""
        self.warehouse, self.table = warehouse, table
        columns = TABLES[table].columns
        self.key = TABLES[table].keys[0]
        self.schema = pa.schema([(n, CODE if n in repeated else kind) for n, kind in columns.items()])
        self.coded = [*repeated, *(n for n, kind in columns.items() if kind == pa.int64())]
        self.waiting: list[pa.Table] = []
        self.units: set[str] = set()
        self.files: list[_File] = []
        self.is_committed = False

    def __enter__(self) -> Appending:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.is_committed:
            self._close()
            self._remove(self.files)

    def write(self, rows: pa.Table, units: set[str] | None = None) -> None:
        """Add rows; they are on disk once there are enough of them."""
        if rows.num_rows:
            self.units |= units or set()
            self.waiting.append(_as_stored(rows.select(self.schema.names), self.schema))
            if sum(table.num_rows for table in self.waiting) >= ROW_GROUP:
                self._flush()

    def commit(self, metadata: Mapping[str, str] | None = None, decided_on: int | None = ANY_VERSION) -> int:
        """Make the rows part of the table in one commit; give their number.

        Args:
            decided_on: the version (None: no table yet) that the rows were decided on; by default any.

        Raises:
            StaleRead: the table has moved on from the version that the rows were decided on.
        """
        self._close()
        if not self.files:
            return 0
        options, path = self.warehouse.settings.storage_options or None, self.warehouse.path(self.table)

        def attempt() -> int:
            if self.warehouse.delta(self.table) is None:
                DeltaTable.create(path, TABLES[self.table].schema, mode="ignore", storage_options=options)
            current = DeltaTable(path, storage_options=options)
            if decided_on != ANY_VERSION and current.version() != (decided_on or 0):
                raise StaleRead("the table has moved on.", self.table, "Decide again on its newest version.")
            self._leave_out(self.units_there(self.units, current))
            if not self.files:
                return 0
            actions: list[AddAction | RemoveAction] = [self._action(file.name) for file in self.files]
            properties = CommitProperties(custom_metadata=dict(metadata or {}), max_commit_retries=0)
            schema = TABLES[self.table].schema
            current.create_write_transaction(actions, "append", schema, commit_properties=properties)
            return sum(file.count for file in self.files)

        count = until_committed(attempt)
        self.is_committed = True
        return count

    def units_there(self, units: set[str], delta: DeltaTable | None = None) -> set[str]:
        """Give those of the units that have rows in the table, by default in its newest version."""
        delta = delta or self.warehouse.delta(self.table)
        if not units or delta is None:
            return set()
        paths = _files_between(delta, self.key, min(units), max(units) + "\U0010ffff")
        if not paths:
            return set()
        length = len(next(iter(units)))
        wanted = pa.table({"unit": sorted(units)})
        with duckdb.connect() as connection:
            connection.register("wanted", wanted)
            source = self._parquet(connection, paths)
            text = f"SELECT DISTINCT unit FROM {source} JOIN wanted ON left({self.key}, {length}) = unit"
            return {row[0] for row in connection.execute(text).fetchall()}

    def _flush(self) -> None:
        rows = pa.concat_tables(self.waiting).unify_dictionaries()
        if not self.files:
            self._open_file()
        self.files[-1].writer.write_table(rows, row_group_size=max(ROW_GROUP, rows.num_rows))
        self.files[-1].units |= self.units
        self.files[-1].count += rows.num_rows
        self.waiting = []

    def _open_file(self) -> None:
        name = FILE_NAME.format(uuid.uuid4().hex)
        sink = self.filesystem().open(self._path(name), "wb")
        # The lowest level of zstd leaves a tenth of what snappy does, for a tenth more processor time.
        writer = pq.ParquetWriter(
            sink, self.schema, compression="zstd", compression_level=1, use_dictionary=self.coded,
            write_statistics=[self.key, *self.coded], write_batch_size=ROW_GROUP,
            store_decimal_as_integer=True, store_schema=False,
        )  # fmt: skip
        self.files.append(_File(name, sink, writer))

    def _path(self, name: str) -> str:
        return f"{self.warehouse.path(self.table)}/{name}"

    def filesystem(self) -> AbstractFileSystem:
        """Give what opens the table's files: of a folder or of an object store."""
        url = self.warehouse.path(self.table)
        if "://" not in url:
            return LocalFileSystem(auto_mkdir=True)
        return fsspec.filesystem(url.split("://")[0], **fsspec_options(self.warehouse.settings.storage_options))

    def _parquet(self, connection: duckdb.DuckDBPyConnection, names: list[str]) -> str:
        if "://" in self.warehouse.path(self.table):
            connection.register_filesystem(self.filesystem())
        files = ", ".join("'" + self._path(name).replace("'", "''") + "'" for name in names)
        return f"read_parquet([{files}])"

    def _close(self) -> None:
        if self.waiting:
            self._flush()
        for file in self.files:
            file.writer.close()
            file.sink.close()

    def _remove(self, files: list[_File]) -> None:
        for file in files:
            with suppress(OSError):
                self.filesystem().rm_file(self._path(file.name))

    def _leave_out(self, units: set[str]) -> None:
        """Write the files anew without units that another writer brought in first."""
        before = [file for file in self.files if file.units & units]
        if not before:
            return
        self.files = [file for file in self.files if file not in before]
        self.units -= units
        for file in before:
            self._copy_without(file, units)
        self._close()
        self._remove(before)

    def _copy_without(self, file: _File, units: set[str]) -> None:
        length = len(next(iter(units)))
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            source = self._parquet(connection, [file.name])
            connection.register("unwanted", pa.table({"unit": sorted(units)}))
            text = f"SELECT * FROM {source} ANTI JOIN unwanted ON left({self.key}, {length}) = unit"
            for batch in connection.execute(text).to_arrow_reader(ROW_GROUP):
                self.write(pa.table(batch))

    def _action(self, name: str) -> AddAction:
        """Describe a file for Delta's log; its first key's range is what a reader may pass over it by."""
        with self.filesystem().open(self._path(name), "rb") as source:
            size = source.seek(0, os.SEEK_END)
            found = pq.ParquetFile(source).metadata
        groups = [found.row_group(n).column(0).statistics for n in range(found.num_row_groups)]
        stats = {
            "numRecords": found.num_rows,
            "minValues": {self.key: min(group.min for group in groups)},
            "maxValues": {self.key: max(group.max for group in groups)},
            "nullCount": {self.key: 0},
        }
        return AddAction(name, size, {}, int(time.time() * 1000), True, json.dumps(stats))


def forget_leftovers(warehouse: Warehouse, table: str) -> int:
    """Remove data files of writers that died before their commit; give their number.

    Only what no entry of the table's log has ever named, and nobody has written for a day, is taken for left behind.
    """
    delta, appending = warehouse.delta(table), Appending(warehouse, table)
    if delta is None:
        return 0
    place, path = appending.filesystem(), warehouse.path(table)
    named = {PurePosixPath(uri).name for uri in delta.file_uris()}
    odd = [file for file in place.glob(f"{path}/{FILE_NAME.format('*')}") if PurePosixPath(file).name not in named]
    old = [file for file in odd if datetime.now(UTC) - _as_utc(place.modified(file)) > LEFT_BEHIND]
    logs = [place.cat_file(log).decode() for log in place.glob(f"{path}/_delta_log/*.json")] if old else []
    left = [file for file in old if not any(PurePosixPath(file).name in log for log in logs)]
    for file in left:
        with suppress(FileNotFoundError):
            place.rm_file(file)
    return len(left)


def _as_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _as_stored(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give each column the type it is written in; repeated text as codes."""
    columns = []
    for column, wanted in zip(rows.columns, schema, strict=True):
        if column.type == wanted.type:
            columns.append(column)
        elif wanted.type == CODE and column.type == pa.string():
            columns.append(column.dictionary_encode())
        else:
            columns.append(column.cast(wanted.type))
    return pa.table(columns, schema=schema)


def _files_between(delta: DeltaTable, key: str, low: str, high: str) -> list[str]:
    """Give the files whose range of a key meets one: all others cannot hold it."""
    found = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
    return [
        row["path"] for row in found if (row.get(f"min.{key}") or "") <= high and (row.get(f"max.{key}") or high) >= low
    ]
