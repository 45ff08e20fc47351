"""The step: settle a year, let Great Expectations count it, write its tables, its questions and its page."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import pyarrow as pa

from benchmarking import sql
from benchmarking.tables import TABLES
from benchmarking.validate import gate, queries, report, staging, suites
from benchmarking.validate.peers import read_published
from benchmarking.validate.rows import schema_of
from benchmarking.validate.rules import Unit, checks_of, units_of
from benchmarking.validate.settle import Checks, settle
from benchmarking.warehouse import Warehouse

log = logging.getLogger("benchmarking")
VERDICTS = ("accepted", "parked", "rejected", "duplicate")


@dataclass(frozen=True)
class ValidateSummary:
    """What became of one year's submissions; counts. `queries` and `notes` are broken rules of current submissions."""

    received: int
    accepted: int
    parked: int
    rejected: int
    duplicate: int
    queries: int
    notes: int
    rules: int


def validate(warehouse: Warehouse, year: int) -> ValidateSummary:
    """Check one survey year's submissions and write its staging tables, all or none.

    Row-level outcomes come from one DuckDB pass a table; Great Expectations counts the same rows on the same data.
    A rule of severity fail parks the submission; query and note do not.

    Raises:
        BrokenRule, GateError, StaleSuite: a rule cannot be run, was lost, or is counted differently; the sentence
            names the rule, nothing is written and the last good build stands.
    """
    programme = warehouse.programme
    units, checks = units_of(programme), checks_of(programme)
    connection = warehouse.connect()
    inputs = staging.show_inputs(connection, programme)
    settle(connection, units, checks, year)
    record = _gate(connection, warehouse, units, checks, year)
    made = {
        **staging.write_accepted(connection, units, year),
        **staging.build_programme_tables(connection, programme, year),
        "staging.parked": connection.execute(sql.read("validate/parked"), {"survey_year": year}).to_arrow_table(),
        "staging.verdict": connection.execute(sql.read("validate/verdict"), {"survey_year": year}).to_arrow_table(),
    }
    peers = read_published(connection, programme, year, warehouse.folder("retracted"))
    questions = queries.find_queries(connection, programme, units, checks, year, peers)
    summary = _summary(connection, made["staging.verdict"], sum(len(some) for some in checks.values()))
    _write_inputs(warehouse, inputs)
    _write(warehouse, made, year)
    queries.write_queries(warehouse.folder("queries"), programme, year, questions)
    report.write_report(warehouse, year, made, asdict(summary), questions, checks, record)
    return summary


def _gate(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, units: tuple[Unit, ...], checks: Checks, year: int
) -> list[dict[str, Any]]:
    """Let Great Expectations count what every rule finds, and hold it against our own rows; give its record."""
    found = []
    for unit in units:
        suite = suites.load_suite(warehouse.programme, unit.name, checks[unit.name])
        gated = gate.run_suite(connection, suite, schema_of(year), unit.name)
        ours = dict(
            connection.sql(
                f"SELECT rule_id, count(*) FROM {schema_of(year)}.{unit.name}__broken GROUP BY rule_id"
            ).fetchall()
        )
        gate.compare(gated.counts, {check.rule_id: ours.get(check.rule_id, 0) for check in checks[unit.name]})
        found.append(gated.record)
    return found


def _summary(connection: duckdb.DuckDBPyConnection, verdicts: pa.Table, rules: int) -> ValidateSummary:
    names = verdicts.column("verdict").to_pylist()
    severity: Mapping[str, int] = dict(
        connection.sql(
            "SELECT rule.severity, count(*) FROM broken INNER JOIN rule USING (rule_id) "
            "SEMI JOIN current_submission USING (submission_id) GROUP BY rule.severity"
        ).fetchall()
    )
    counts = {verdict: names.count(verdict) for verdict in VERDICTS}
    return ValidateSummary(
        received=len(names),
        **counts,
        queries=severity.get("query", 0),
        notes=severity.get("note", 0),
        rules=rules,
    )


def _write(warehouse: Warehouse, made: Mapping[str, pa.Table], year: int) -> None:
    """Write a year's rows of each table, unless it holds exactly these already: a rerun changes nothing."""
    stored = warehouse.connect()
    for table, rows in made.items():
        rows = rows.cast(TABLES[table].schema) if table in TABLES else rows
        if not _holds(stored, table, f"survey_year = {year}", rows):
            warehouse.replace_year(table, year, rows)


def _write_inputs(warehouse: Warehouse, inputs: Mapping[str, pa.Table]) -> None:
    """Write the input tables whose rows are new: the versions that a release records hold what it was made from."""
    stored = warehouse.connect()
    for table, rows in inputs.items():
        if not _holds(stored, table, "true", rows):
            warehouse.overwrite(table, rows)


def _holds(stored: duckdb.DuckDBPyConnection, table: str, condition: str, rows: pa.Table) -> bool:
    try:
        there = stored.sql(f"SELECT * FROM {table} WHERE {condition}").to_arrow_table()
    except duckdb.CatalogException:
        return False
    if sorted(there.column_names) != sorted(rows.column_names):
        return False
    there = there.select(rows.column_names)
    if there.schema.types != rows.schema.types or there.num_rows != rows.num_rows:
        return False
    order = [(name, "ascending") for name in rows.column_names]
    return bool(there.sort_by(order).equals(rows.sort_by(order)))
