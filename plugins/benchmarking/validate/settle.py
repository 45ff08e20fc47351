"""Settle one year's submissions: wide rows, broken rules, and which submission of each agency is current."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from benchmarking import sql
from benchmarking.tables import TEXT
from benchmarking.validate import outliers, rows
from benchmarking.validate.outcomes import check_runnable, find_broken
from benchmarking.validate.rows import schema_of
from benchmarking.validate.rules import Check, Unit

RULE = pa.schema(
    {"rule_id": TEXT, "unit": TEXT, "survey": TEXT, "severity": TEXT, "fields": TEXT, "message": TEXT, "because": TEXT}
)
Checks = Mapping[str, Sequence[Check]]


def settle(connection: duckdb.DuckDBPyConnection, units: tuple[Unit, ...], checks: Checks, year: int) -> None:
    """Make the tables of a year from raw answers alone, last year's first.

    In the schema `y<year>`: one wide table a unit, `checked_submission`, `broken` and `current_submission`. Last
    year is settled here too, by its rules of severity fail, so that the outcome does not depend on which year was
    built first.

    Raises:
        BrokenRule: a rule cannot be run; the sentence names it.
    """
    _register_rules(connection, units, checks)
    plain = {
        name: [check for check in some if check.severity == "fail" and not check.is_about_last_year]
        for name, some in checks.items()
    }
    _settle_year(connection, units, plain, year - 1, compares=False)
    _settle_year(connection, units, checks, year, compares=True)


def accepted(unit: Unit, year: int) -> str:
    """Give a relation of a unit's rows of current submissions."""
    schema = schema_of(year)
    return f"(SELECT * FROM {schema}.{unit.name} SEMI JOIN {schema}.current_submission USING (submission_id))"


def _settle_year(
    connection: duckdb.DuckDBPyConnection, units: tuple[Unit, ...], checks: Checks, year: int, compares: bool
) -> None:
    schema = schema_of(year)
    rows.build(connection, units, year)
    broken = []
    for unit in units:
        if compares:
            outliers.add_last_year(connection, unit, checks[unit.name], year, accepted(unit, year - 1))
        check_runnable(connection, unit, checks[unit.name], year)
        broken.append(find_broken(connection, unit, checks[unit.name], year))
    union = " UNION ALL ".join(f"SELECT * FROM {table}" for table in broken)
    connection.execute(f"CREATE TABLE {schema}.broken AS {union}")
    for name in ("broken", "checked_submission"):
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {schema}.{name}")
    connection.execute(f"CREATE TABLE {schema}.current_submission AS {sql.read('validate/current')}")
    connection.execute(f"CREATE OR REPLACE VIEW current_submission AS SELECT * FROM {schema}.current_submission")


def _register_rules(connection: duckdb.DuckDBPyConnection, units: tuple[Unit, ...], checks: Checks) -> None:
    entries = [
        {
            "rule_id": check.rule_id,
            "unit": unit.name,
            "survey": unit.survey.name,
            "severity": check.severity,
            "fields": ", ".join(check.fields),
            "message": check.message,
            "because": check.because,
        }
        for unit in units
        for check in checks[unit.name]
    ]
    connection.register("rule_entry", pa.Table.from_pylist(entries, RULE))
    connection.execute("CREATE OR REPLACE TABLE rule AS SELECT * FROM rule_entry")
    connection.unregister("rule_entry")
