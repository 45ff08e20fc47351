"""Which row breaks which rule: one pass of DuckDB over each unit."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from benchmarking.errors import BenchmarkingError, DefinitionError
from benchmarking.validate.rows import schema_of
from benchmarking.validate.rules import STATE, WRONG, Check, Unit, broken_if, literal

KEYS = "submission_id, survey_year, agency_id, roster_row, newest_first"
NO_TEXT = "''"


class BrokenRule(BenchmarkingError):
    """A rule cannot be run on the data, so that nothing may be concluded from it."""


def check_runnable(connection: duckdb.DuckDBPyConnection, unit: Unit, checks: Sequence[Check], year: int) -> None:
    """Bind every rule to its unit's columns before any row is read.

    Raises:
        BrokenRule: a rule names a column that is not there, or is no yes-or-no question; the sentence names it.
    """
    for check in checks:
        try:
            kind = connection.sql(f"SELECT ({check.holds}) FROM {schema_of(year)}.{unit.name} LIMIT 0").types[0]
        except duckdb.Error as error:
            raise _broken(check, str(error).splitlines()[0]) from error
        if str(kind) != "BOOLEAN":
            raise _broken(check, f"it gives {kind}, not yes or no.")


def find_broken(connection: duckdb.DuckDBPyConnection, unit: Unit, checks: Sequence[Check], year: int) -> str:
    """Write the rows that break a rule into a table and give its name.

    Its columns: submission_id, survey_year, agency_id, roster_row, newest_first, rule_id, values_seen. One pass over
    the unit: rows that keep every rule are dropped by one condition; only the others are taken apart, rule by rule.

    Raises:
        BrokenRule: a rule raises on some row; the sentence names it.
    """
    wide = f"{schema_of(year)}.{unit.name}"
    names = {question.name for question in unit.columns}
    # NULL AND FALSE is FALSE, so that a blank answer hides no other broken rule.
    all_hold = " AND ".join(f"({check.holds})" for check in checks) or "TRUE"
    each = [_found(literal(check.rule_id), _values_seen(check, names), broken_if(check)) for check in checks]
    statement = f"""
        CREATE OR REPLACE TABLE {wide}__broken AS
        WITH doubtful AS MATERIALIZED (SELECT * FROM {wide} WHERE NOT ({all_hold}))
        {" UNION ALL ".join(each or [_found(NO_TEXT, NO_TEXT, "FALSE")])}
    """
    try:
        connection.execute(statement)
    except duckdb.Error as error:
        raise _culprit(connection, unit, checks, year, error) from error
    return f"{wide}__broken"


def _found(rule_id: str, values_seen: str, condition: str) -> str:
    return f"SELECT {KEYS}, {rule_id} AS rule_id, {values_seen} AS values_seen FROM doubtful WHERE {condition}"


def _values_seen(check: Check, names: set[str]) -> str:
    """Give SQL for "question = answer; ...": what could not be read as it was written, a blank by its state."""
    parts = []
    for name in check.fields:
        shown = f"CAST({name} AS VARCHAR)"
        if f"{name}{WRONG}" in check.holds or f"{name}{STATE}" in check.holds:
            shown = f"coalesce({shown}, {name}{WRONG}, {name}{STATE})"
        if name in names or name == "survey_year":
            parts.append(f"'{name} = ' || coalesce({shown}, 'blank')")
    return f"concat_ws('; ', {', '.join(parts)})" if parts else NO_TEXT


def _culprit(
    connection: duckdb.DuckDBPyConnection, unit: Unit, checks: Sequence[Check], year: int, error: duckdb.Error
) -> BenchmarkingError:
    """Run the rules one by one to name the one that raises."""
    for check in checks:
        try:
            connection.execute(
                f"SELECT count(*) FROM {schema_of(year)}.{unit.name} WHERE {broken_if(check)}"
            ).fetchone()
        except duckdb.Error as own:
            return _broken(check, str(own).splitlines()[0])
    return DefinitionError(str(error).splitlines()[0], f"rules of {unit.name}", "Run the rules one by one.")


def _broken(check: Check, reason: str) -> BrokenRule:
    return BrokenRule(
        f"it cannot be run: {reason}",
        f"rule {check.rule_id}",
        "Nothing was written and the last good build stands. Correct the rule in expectations/rules.yaml.",
    )
