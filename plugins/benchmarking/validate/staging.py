"""Staging tables: accepted answers as wide tables, then the programme's own SELECTs over them."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarking.catalog import Programme
from benchmarking.errors import DefinitionError
from benchmarking.validate.rows import schema_of
from benchmarking.validate.rules import Unit

NAMED = re.compile(r"\bstaging\.([a-z][a-z0-9_]*)")


def accepted_columns(unit: Unit) -> str:
    """Give the columns that a unit's staging table has, as SQL."""
    keys = ["survey_year", "agency_id", "submission_id", *(["roster_row"] if unit.is_roster else [])]
    return ", ".join([*keys, *(question.name for question in unit.questions)])


def write_accepted(connection: duckdb.DuckDBPyConnection, units: tuple[Unit, ...], year: int) -> dict[str, pa.Table]:
    """Put this year's accepted answers into staging.<unit> of the connection, beside other years'; give this year's.

    Reads the table `y<year>.current_submission(submission_id)`.
    """
    found = {}
    for unit in units:
        rows = connection.sql(
            f"SELECT {accepted_columns(unit)} FROM {schema_of(year)}.{unit.name} "
            f"SEMI JOIN {schema_of(year)}.current_submission USING (submission_id)"
        ).to_arrow_table()
        found[f"staging.{unit.name}"] = rows
        _shadow(connection, f"staging.{unit.name}", year, rows)
    return found


def show_inputs(connection: duckdb.DuckDBPyConnection, programme: Programme) -> dict[str, pa.Table]:
    """Put the programme's input tables, as its folder has them now, into the connection; give them by name."""
    found = {one.table_name: one.table for one in programme.inputs.values()}
    for table, rows in found.items():
        kept = _stored(connection, table)
        if kept:
            connection.execute(f"DROP {kept} {table}")
        connection.register("shown_input", rows)
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM shown_input")
        connection.unregister("shown_input")
    return found


def build_programme_tables(
    connection: duckdb.DuckDBPyConnection, programme: Programme, year: int
) -> dict[str, pa.Table]:
    """Run the programme's staging SELECTs in dependency order; give this year's rows of each.

    Raises:
        DefinitionError: a SELECT fails or the SELECTs need each other in a circle; the sentence names the file.
    """
    found = {}
    for table in _in_order(programme.staging_files):
        path = programme.staging_files[table]
        text = path.read_text(encoding="utf-8")
        try:
            rows = connection.execute(
                f"SELECT * FROM ({_bare(text)}\n) AS made WHERE survey_year = {year}",
                {"year": year} if "$year" in text else {},
            ).to_arrow_table()
        except duckdb.Error as error:
            raise DefinitionError(
                f"the SELECT fails: {error}", str(path), "Nothing was written. Correct the file."
            ) from error
        found[table] = rows
        _shadow(connection, table, year, rows)
    return found


def _bare(text: str) -> str:
    return text.strip().rstrip(";")


def _in_order(files: dict[str, Path]) -> list[str]:
    """Sort the tables so that each comes after those that it reads."""
    needs = {
        table: {f"staging.{name}" for name in NAMED.findall(path.read_text("utf-8"))} & set(files) - {table}
        for table, path in files.items()
    }
    try:
        return list(
            TopologicalSorter({table: sorted(others) for table, others in sorted(needs.items())}).static_order()
        )
    except CycleError as error:
        raise DefinitionError(
            f"tables need each other: {error.args[1]}.", "sql/staging", "Break the circle."
        ) from error


def _shadow(connection: duckdb.DuckDBPyConnection, table: str, year: int, rows: pa.Table) -> None:
    """Show a table with this year's new rows in place of the stored ones, other years as they are."""
    connection.register("shadowing", rows)
    kept = _stored(connection, table)
    if kept:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE shadowed AS SELECT * FROM {table} WHERE survey_year <> {year} "
            "UNION ALL BY NAME SELECT * FROM shadowing"
        )
        connection.execute(f"DROP {kept} {table}")
    else:
        connection.execute("CREATE OR REPLACE TEMP TABLE shadowed AS SELECT * FROM shadowing")
    connection.execute(f"CREATE TABLE {table} AS SELECT * FROM shadowed")
    connection.unregister("shadowing")


def _stored(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Give VIEW or TABLE for what the connection has under a name, or ''."""
    schema, name = table.split(".")
    row = connection.execute(
        "SELECT table_type FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", [schema, name]
    ).fetchone()
    return "" if row is None else "VIEW" if row[0] == "VIEW" else "TABLE"
