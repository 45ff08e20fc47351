"""Validate: accepted or parked, by rules; the broken field named; corrections replayed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from benchmarking import sql
from benchmarking.tables import TABLES
from benchmarking.validate import gate, staging, suites
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
    settle(connection, units, checks, year)
    found = _gated_counts(connection, warehouse, units, checks, year)
    made = {
        **staging.write_accepted(connection, units, year),
        **staging.build_programme_tables(connection, programme, year),
        "staging.parked": connection.execute(sql.read("validate/parked"), {"year": year}).to_arrow_table(),
        "staging.verdict": connection.execute(sql.read("validate/verdict"), {"year": year}).to_arrow_table(),
    }
    summary = _summary(connection, made["staging.verdict"], sum(len(some) for some in checks.values()))
    for table, rows in made.items():
        _write(warehouse, table, year, rows)
    return summary


def _gated_counts(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, units: tuple[Unit, ...], checks: Checks, year: int
) -> dict[str, int]:
    """Let Great Expectations count what every rule finds, and hold it against our own rows."""
    found: dict[str, int] = {}
    for unit in units:
        suite = suites.load_suite(warehouse.programme, unit.name, checks[unit.name])
        counts = gate.count_broken(connection, suite, schema_of(year), unit.name)
        ours = dict(
            connection.sql(
                f"SELECT rule_id, count(*) FROM {schema_of(year)}.{unit.name}__broken GROUP BY rule_id"
            ).fetchall()
        )
        gate.compare(counts, {check.rule_id: ours.get(check.rule_id, 0) for check in checks[unit.name]})
        found.update(counts)
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


def _write(warehouse: Warehouse, table: str, year: int, rows: pa.Table) -> None:
    """Write a year's rows, unless the table holds exactly these already."""
    rows = rows.cast(TABLES[table].schema) if table in TABLES else rows
    digest = hashlib.sha256()
    ordered = rows.sort_by([(name, "ascending") for name in rows.column_names])
    digest.update(str(ordered.schema).encode())
    for batch in ordered.combine_chunks().to_batches():
        digest.update(batch.serialize())
    key = f"content_{year}"
    if warehouse.metadata(table, key) != digest.hexdigest():
        warehouse.replace_year(table, year, rows, {key: digest.hexdigest()})
