"""The one place that opens DuckDB and commits tables (Delta Lake through delta-rs).

Tables lie at `<warehouse>/<programme>/<schema>/<table>`. DuckDB is always in memory; its views read the Parquet
files of pinned table versions, so that two readers of the same versions see the same rows for ever.
"""

from __future__ import annotations

import fcntl
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from benchmarking.catalog import Programme
from benchmarking.errors import ErasedVersion, StaleRead, WarehouseError
from benchmarking.settings import Settings
from benchmarking.tables import SCHEMAS, TABLES

ATTEMPTS = 60
ANY_VERSION = -1
LONGEST_PAUSE_SECONDS = 1.0
LOG_DAYS = 30


class Warehouse:
    """One programme's tables: atomic commits, many writers, pinned reads."""

    def __init__(self, settings: Settings, programme: Programme) -> None:
        self.settings = settings
        self.programme = programme

    def path(self, table: str) -> str:
        """Give the URL or folder of a table named "schema.table"."""
        schema, name = table.split(".")
        return f"{self.settings.warehouse_url}/{self.programme.name}/{schema}/{name}"

    def folder(self, name: str) -> Path:
        """Give `data/<name>/<programme>`, made if it is not there."""
        path = self.settings.data / name / self.programme.name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def delta(self, table: str, version: int | None = None) -> DeltaTable | None:
        """Open a table at a version (newest by default), or None where it was never written.

        Raises:
            ErasedVersion: there was such a version once.
        """
        try:
            return DeltaTable(self.path(table), version=version, storage_options=self.settings.storage_options or None)
        except TableNotFoundError:
            if version is not None and self.delta(table) is not None:
                what = f"its version {version} was removed when an agency was erased."
                raise ErasedVersion(what, table, "Read its newest version.") from None
            return None

    def version(self, table: str) -> int | None:
        """Give the newest version of a table, or None where it was never written."""
        delta = self.delta(table)
        return None if delta is None else delta.version()

    def standing(self, versions: Mapping[str, int]) -> dict[str, int]:
        """Give those of some pinned versions that can still be opened."""
        found = dict(versions)
        for table, version in versions.items():
            try:
                self.delta(table, version)
            except ErasedVersion:
                del found[table]
        return found

    def versions(self) -> dict[str, int]:
        """Give the newest version of every table written so far, by name."""
        found = {name: self.version(name) for name in self.table_names()}
        return {name: version for name, version in found.items() if version is not None}

    def table_names(self) -> list[str]:
        """Give every table that may exist: the package's own and the programme's."""
        return sorted({*TABLES, *self.programme.table_names})

    def append(self, table: str, rows: pa.Table, metadata: Mapping[str, str] | None = None) -> None:
        """Add rows in one commit; `metadata` (a source's cursor) rides in the same commit."""
        self._write(table, rows, metadata, mode="append")

    def overwrite(self, table: str, rows: pa.Table, metadata: Mapping[str, str] | None = None) -> None:
        """Replace all rows in one commit."""
        self._write(table, rows, metadata, mode="overwrite", schema_mode="overwrite")

    def replace_year(self, table: str, year: int, rows: pa.Table, metadata: Mapping[str, str] | None = None) -> None:
        """Replace one survey year's rows in one commit, other years untouched.

        Raises:
            WarehouseError: a row is of another year.
        """
        years = set(rows.column("survey_year").to_pylist())
        if years - {year}:
            raise WarehouseError(f"rows of {sorted(years - {year})} among those of {year}.", table, "Filter by year.")
        current = self.delta(table)
        if current is not None and not _same_columns(current, rows):
            rows = self._with_other_years(table, year, rows)
            self._write(table, rows, metadata, mode="overwrite", schema_mode="overwrite")
        elif current is None:
            self._write(table, rows, metadata, mode="overwrite")
        else:
            self._write(table, rows, metadata, mode="overwrite", predicate=f"survey_year = {year}")

    def merge_new(
        self,
        table: str,
        rows: pa.Table,
        keys: Sequence[str],
        metadata: Mapping[str, str] | None = None,
        decided_on: int | None = ANY_VERSION,
    ) -> int:
        """Insert the rows whose keys are not there yet, exactly once however many writers race.

        Args:
            decided_on: the version (None: no table yet) that the rows were decided on; by default any.

        Returns:
            The number of rows inserted.

        Raises:
            StaleRead: the table has moved on from the version that the rows were decided on.
        """
        rows = self._prepared(table, rows)
        self._create(table, rows.schema)
        predicate = " AND ".join(f"t.{key} = s.{key}" for key in keys)

        def attempt() -> int:
            current = self._open(table)
            if decided_on != ANY_VERSION and current.version() != (decided_on or 0):
                raise StaleRead("the table has moved on.", table, "Decide again on its newest version.")
            merge = current.merge(
                rows,
                predicate=predicate,
                source_alias="s",
                target_alias="t",
                commit_properties=CommitProperties(custom_metadata=dict(metadata or {}), max_commit_retries=0),
            )
            return int(merge.when_not_matched_insert_all().execute()["num_target_rows_inserted"])

        return until_committed(attempt)

    def rewrite(self, table: str, rows: pa.Table, keys: Sequence[str]) -> int:
        """Put rows in place of those stored, in one commit; give the number of rows changed.

        Args:
            rows: every column's new value, and for each key a column `was_<key>` with the stored one.
        """
        if not rows.num_rows:
            return 0
        columns = [name for name in rows.column_names if not name.startswith("was_")]
        predicate = " AND ".join(f"t.{key} = s.was_{key}" for key in keys)

        def attempt() -> int:
            merge = self._open(table).merge(
                rows,
                predicate=predicate,
                source_alias="s",
                target_alias="t",
                commit_properties=CommitProperties(max_commit_retries=0),
            )
            done = merge.when_matched_update({name: f"s.{name}" for name in columns}).execute()
            return int(done["num_target_rows_updated"])

        return until_committed(attempt)

    def forget_history(self, table: str) -> None:
        """Leave nothing of a table but its newest version: older files, log entries and checkpoints go.

        What commits carried beside their rows (cursors) is carried on. Nobody may write the table meanwhile.
        """
        delta = self.delta(table)
        if delta is None:
            return
        carried = {key: value for commit in reversed(delta.history()) for key, value in commit.items() if ":" in key}
        delta.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
        for days in (0, LOG_DAYS):
            delta = self._open(table)
            delta.alter.set_table_properties(
                {"delta.logRetentionDuration": f"interval {days} days"},
                commit_properties=CommitProperties(custom_metadata={key: str(v) for key, v in carried.items()}),
            )
            delta.create_checkpoint()
            delta.cleanup_metadata()

    @contextmanager
    def lent(self, is_alone: bool = False) -> Iterator[None]:
        """Hold the tables while writing them: with any number of others, or alone for what removes their files."""
        with (self.folder("locks") / "tables").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
            yield

    def metadata(self, table: str, key: str) -> str | None:
        """Give the newest commit's value of a metadata key, such as a source's cursor."""
        delta = self.delta(table)
        if delta is None:
            return None
        for commit in delta.history():
            if key in commit:
                return str(commit[key])
        return None

    def connect(self, versions: Mapping[str, int] | None = None) -> duckdb.DuckDBPyConnection:
        """Open DuckDB in memory with a view a table, at pinned versions or the newest.

        Args:
            versions: table name to version; a table left out is empty. None pins the newest of all.

        Declared tables that were never written are empty views, so that SQL need not ask.
        """
        connection = duckdb.connect(
            ":memory:", config={"threads": self.settings.threads or 0} if self.settings.threads else {}
        )
        connection.execute(
            "SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false; SET preserve_insertion_order = true"
        )
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA {schema}")
        for table in self.table_names():
            self._create_view(connection, table, self._pinned(table, versions))
        return connection

    def export(self, file: Path) -> dict[str, int]:
        """Copy all tables into one .duckdb file that analysts open read-only; give rows a table.

        Raises:
            WarehouseError: the file is there already.
        """
        if file.exists():
            raise WarehouseError("the file is there already.", str(file), "Name another, or remove it.")
        part = file.with_name(file.name + ".part")
        part.unlink(missing_ok=True)
        connection = self.connect()
        connection.execute(f"ATTACH '{str(part).replace(chr(39), chr(39) * 2)}' AS analyst")
        counts = {table: self._copy_to_analyst(connection, table) for table in self.versions()}
        connection.execute("DETACH analyst")
        connection.close()
        part.chmod(0o444)
        part.rename(file)
        return counts

    def _copy_to_analyst(self, connection: duckdb.DuckDBPyConnection, table: str) -> int:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS analyst.{table.split('.')[0]}")
        connection.execute(f"CREATE TABLE analyst.{table} AS SELECT * FROM {table}")
        row = connection.execute(f"SELECT count(*) FROM analyst.{table}").fetchone()
        return int(row[0]) if row else 0

    def _pinned(self, table: str, versions: Mapping[str, int] | None) -> DeltaTable | None:
        if versions is None:
            return self.delta(table)
        return self.delta(table, versions[table]) if table in versions else None

    def _create_view(self, connection: duckdb.DuckDBPyConnection, table: str, delta: DeltaTable | None) -> None:
        uris = sorted(delta.file_uris()) if delta is not None else []
        if uris and "://" in uris[0]:
            self._register_filesystem(connection, uris[0])
        if uris:
            files = ", ".join("'" + uri.replace("'", "''") + "'" for uri in uris)
            # union_by_name: an older file may lack a column that a later version of the table has.
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet([{files}], union_by_name = true)")
        elif delta is not None or table in TABLES:
            schema = TABLES[table].schema if delta is None else pa.schema(delta.schema().to_arrow())
            connection.execute(f"CREATE TABLE {table} ({_columns_as_sql(schema)})")

    def _register_filesystem(self, connection: duckdb.DuckDBPyConnection, uri: str) -> None:
        # Object stores are read through fsspec, since no DuckDB extension is installed.
        import fsspec

        protocol = uri.split("://")[0]
        if not connection.filesystem_is_registered(protocol):
            connection.register_filesystem(fsspec.filesystem(protocol, **fsspec_options(self.settings.storage_options)))

    def _with_other_years(self, table: str, year: int, rows: pa.Table) -> pa.Table:
        connection = duckdb.connect(":memory:")
        connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA " + table.split(".")[0])
        self._create_view(connection, table, self.delta(table))
        others = connection.sql(f"SELECT * FROM {table} WHERE survey_year <> {year}").to_arrow_table()
        return pa.concat_tables([rows, others.cast(_unified(others, rows))], promote_options="default")

    def _open(self, table: str) -> DeltaTable:
        delta = self.delta(table)
        if delta is None:
            raise WarehouseError("the table was never written.", self.path(table), "Run collect first.")
        return delta

    def _create(self, table: str, schema: pa.Schema) -> None:
        if self.delta(table) is None:
            DeltaTable.create(
                self.path(table), schema, mode="ignore", storage_options=self.settings.storage_options or None
            )

    def _prepared(self, table: str, rows: pa.Table) -> pa.Table:
        declared = TABLES.get(table)
        if declared is None:
            return rows.sort_by([(name, "ascending") for name in self._keys(table, rows)])
        missing = set(declared.columns) ^ set(rows.column_names)
        if missing:
            raise WarehouseError(f"columns differ from those declared: {sorted(missing)}.", table, "See tables.py.")
        rows = rows.select(list(declared.columns)).cast(declared.schema)
        return rows.sort_by([(name, "ascending") for name in declared.keys])

    def _keys(self, table: str, rows: pa.Table) -> list[str]:
        known = ("survey_year", "agency_id", "submission_id", "roster_row", "row_number")
        first = [name for name in known if name in rows.column_names]
        rest = [field.name for field in rows.schema if field.name not in first]
        return first + rest

    def _write(self, table: str, rows: pa.Table, metadata: Mapping[str, str] | None, **options: Any) -> None:
        rows = self._prepared(table, rows)
        if options.get("mode") == "append":
            self._create(table, rows.schema)

        def attempt() -> int:
            write_deltalake(
                self.path(table),
                rows,
                storage_options=self.settings.storage_options or None,
                commit_properties=CommitProperties(custom_metadata=dict(metadata or {})),
                **options,
            )
            return rows.num_rows

        until_committed(attempt)


def until_committed(attempt: Callable[[], int]) -> int:
    """Run one optimistic commit again until it wins; a random pause keeps rivals from meeting again."""
    for number in range(ATTEMPTS):
        try:
            return attempt()
        except CommitFailedError:
            time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.02 * 2**number)))
        except DeltaError as error:
            if "already exists" not in str(error) and "conflict" not in str(error).lower():
                raise
            time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.02 * 2**number)))
    raise WarehouseError(f"a commit lost {ATTEMPTS} races in a row.", "", "Run fewer writers at once, then try again.")


def _same_columns(delta: DeltaTable, rows: pa.Table) -> bool:
    stored = pa.schema(delta.schema().to_arrow())
    return {(f.name, str(f.type).replace("large_", "").replace("_view", "")) for f in stored} == {
        (f.name, str(f.type).replace("large_", "").replace("_view", "")) for f in rows.schema
    }


def _unified(others: pa.Table, rows: pa.Table) -> pa.Schema:
    wanted = {field.name: field.type for field in rows.schema}
    return pa.schema([(field.name, wanted.get(field.name, field.type)) for field in others.schema])


def _columns_as_sql(schema: pa.Schema) -> str:
    return ", ".join(f'"{field.name}" {_duckdb_type(field.type)}' for field in schema)


def _duckdb_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    names = {"int64": "BIGINT", "int32": "INTEGER", "double": "DOUBLE", "bool": "BOOLEAN", "date32[day]": "DATE"}
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ" if kind.tz else "TIMESTAMP"
    return names.get(str(kind), "VARCHAR")


def fsspec_options(options: Mapping[str, str]) -> dict[str, Any]:
    """Translate delta-rs options (`aws_access_key_id`, ...) into those of s3fs."""
    low = {key.lower(): value for key, value in options.items()}
    chosen: dict[str, Any] = {"key": low.get("aws_access_key_id"), "secret": low.get("aws_secret_access_key")}
    client = {"endpoint_url": low.get("aws_endpoint_url"), "region_name": low.get("aws_region")}
    chosen["client_kwargs"] = {key: value for key, value in client.items() if value}
    return {key: value for key, value in chosen.items() if value}
