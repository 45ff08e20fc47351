"""Put `<question>__last` and `<question>__outlier` beside the answers that rules compare with last year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarking.catalog import Question
from benchmarking.validate.hidiroglou_berthelot import A, C, U, hidiroglou_berthelot, tukey_log
from benchmarking.validate.rows import schema_of
from benchmarking.validate.rules import LAST, NUMERIC, OUTLIER, Check, Unit

DEFAULTS = {"u": U, "a": A, "c": C, "floor": 0.0, "floor_share": 0.0}


def compared_questions(unit: Unit, checks: Sequence[Check]) -> list[Question]:
    """Give the questions of a unit that some rule compares with last year; all numeric ones, for queries."""
    if unit.is_roster:
        return []
    named = " ".join(check.holds for check in checks)
    return [q for q in unit.questions if q.type in NUMERIC or f"{q.name}{LAST}" in named]


def add_last_year(
    connection: duckdb.DuckDBPyConnection, unit: Unit, checks: Sequence[Check], year: int, current_last: str
) -> None:
    """Add last year's answers and outlier marks to a unit's wide rows.

    Args:
        current_last: a relation of last year's accepted answers, one row an agency, with the question columns.
    """
    compared = compared_questions(unit, checks)
    if not compared:
        return
    table = f"{schema_of(year)}.{unit.name}"
    columns = ", ".join(f"earlier.{q.name} AS {q.name}{LAST}" for q in compared)
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT now.*, {columns} FROM {table} AS now "
        f"LEFT JOIN {current_last} AS earlier USING (agency_id)"
    )
    rules = [check for check in checks if OUTLIER in check.holds]
    judged = {q.name: rule for q in compared for rule in rules if f"{q.name}{OUTLIER}" in rule.holds}
    if judged:
        _mark(connection, table, judged)


def _mark(connection: duckdb.DuckDBPyConnection, table: str, judged: dict[str, Check]) -> None:
    """Judge the newest answer of each agency; older versions are never outliers."""
    names = list(judged)
    pairs = ", ".join(f"CAST({n} AS DOUBLE) AS {n}, CAST({n}{LAST} AS DOUBLE) AS {n}{LAST}" for n in names)
    rows = connection.sql(
        f"SELECT submission_id, {pairs} FROM {table} WHERE newest_first = 1 ORDER BY submission_id"
    ).fetchnumpy()
    marks = {f"{n}{OUTLIER}": judge(rows[n], rows[n + LAST], judged[n].options) for n in names}
    found = pa.table({"submission_id": pa.array(list(rows["submission_id"]), pa.string()), **marks})
    connection.register("outlier_mark", found)
    columns = ", ".join(f"coalesce(mark.{name}, FALSE) AS {name}" for name in marks)
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT now.*, {columns} FROM {table} AS now "
        "LEFT JOIN outlier_mark AS mark USING (submission_id)"
    )
    connection.unregister("outlier_mark")


def judge(now: np.ndarray, last: np.ndarray, options: Mapping[str, Any]) -> np.ndarray:
    """Use the ratio to last year where there is one, and the log fences for agencies that are new.

    Where most answers stay as they were, the method takes every change for an outlier: a change is none that is at
    most `floor`, in the question's unit, or at most `floor_share` of last year's answer.

    Args:
        now, last: shape (agencies,), in the question's unit; masked or NaN where missing.
        options: u, a and c of the method, floor and floor_share; those not named are `DEFAULTS`.
    """
    values, before = _filled(now), _filled(last)
    u, a, c, floor, floor_share = (float(options.get(key, default)) for key, default in DEFAULTS.items())
    by_ratio = hidiroglou_berthelot(before, values, u, a, c).is_outlier
    with np.errstate(invalid="ignore"):
        by_ratio &= np.abs(values - before) > np.maximum(floor, floor_share * before)
    return np.where(np.isfinite(before) & (before > 0), by_ratio, tukey_log(values))


def _filled(values: np.ndarray) -> np.ndarray:
    """Give DuckDB's masked column with NaN where it is blank."""
    return np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
