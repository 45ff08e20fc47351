"""Wide, typed rows of one year in an in-memory DuckDB: from raw answers, with corrections replayed.

Everything of a year lies in the schema `y<year>`: one table a unit, named like its staging table.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa

from benchmarking import sql
from benchmarking.catalog import Question
from benchmarking.tables import DAY, NUMBER, TEXT, WHOLE
from benchmarking.validate.answers import read_answer
from benchmarking.validate.rules import ROLES_WITH_COLUMN, STATE, WRONG, Unit

REPLAYED = pa.schema(
    {
        "submission_id": TEXT,
        "roster_row": WHOLE,
        "question": TEXT,
        "raw_text": TEXT,
        "state": TEXT,
        "value_text": TEXT,
        "value_number": NUMBER,
        "value_minor": WHOLE,
        "value_date": DAY,
    }
)
TYPES = {
    "money": "CAST({number} * 0.01 AS DECIMAL(18, 2))",
    "count": "CAST({number} AS BIGINT)",
    "number": "CAST({number} AS DECIMAL(18, 6))",
    "percent": "CAST({number} AS DECIMAL(18, 6))",
    "boolean": "({text} = 'true')",
    "category": "{text}",
    "text": "{text}",
    "date": "{day}",
}


def schema_of(year: int) -> str:
    """Give the name of the DuckDB schema that holds a year's rows."""
    return f"y{year}"


def build(connection: duckdb.DuckDBPyConnection, units: tuple[Unit, ...], year: int) -> None:
    """Make the wide tables of all units for one year, in the schema `y<year>`.

    Every submission that intake accepted has its row, older versions too; `newest_first` is 1 for the newest.
    """
    connection.execute(f"CREATE SCHEMA {schema_of(year)}")
    for unit in units:
        if not unit.is_roster:
            _take_survey(connection, unit, year)
        _take_unit(connection, unit, year)
    surveys = [unit.survey.name for unit in units if not unit.is_roster]
    union = " UNION ALL ".join(f"SELECT * FROM {schema_of(year)}.{name}__submission" for name in surveys)
    connection.execute(f"CREATE TABLE {schema_of(year)}.checked_submission AS {union}")


def _take_survey(connection: duckdb.DuckDBPyConnection, unit: Unit, year: int) -> None:
    """Make the tables that a survey and its roster share: the submissions and their answers as corrected."""
    correctable = [q.name for q in unit.survey.all_questions if q.role in ROLES_WITH_COLUMN]
    parameters = {"survey": unit.survey.name, "survey_year": year, "questions": correctable}
    connection.execute(f"CREATE OR REPLACE TABLE submission_to_check AS {sql.read('validate/submission')}", parameters)
    connection.execute(f"CREATE TABLE {schema_of(year)}.{unit.name}__submission AS SELECT * FROM submission_to_check")
    replayed = _replay(connection, unit)
    connection.register("replayed", replayed)
    connection.execute(f"CREATE OR REPLACE TABLE answer_to_check AS {sql.read('validate/answer')}")
    connection.unregister("replayed")
    connection.execute(f"CREATE TABLE {schema_of(year)}.{unit.name}__answer AS SELECT * FROM answer_to_check")


def _replay(connection: duckdb.DuckDBPyConnection, unit: Unit) -> pa.Table:
    """Apply each correction, in order, where it speaks of the answer that stands there.

    A correction of an answer that the agency has since sent anew no longer applies.
    """
    found = connection.sql(sql.read("validate/correctable")).fetchall()
    rows: list[dict[str, Any]] = []
    for (submission_id, roster_row, name), steps in groupby(found, key=lambda row: row[:3]):
        changes = list(steps)
        text = received = changes[0][3] or ""
        for *_, old_text, new_text, kind, _ in changes:
            if kind == "correct" and (old_text or "") == text:
                text = new_text or ""
        if text != received:
            key = {"submission_id": submission_id, "roster_row": roster_row, "question": name, "raw_text": text}
            rows.append({**key, **read_answer(unit.survey.question(name), text)})
    return pa.Table.from_pylist(rows, REPLAYED)


def _take_unit(connection: duckdb.DuckDBPyConnection, unit: Unit, year: int) -> None:
    at = "> 0" if unit.is_roster else "= 0"
    pivoted = ", ".join(_pivot(question, year) for question in unit.questions)
    columns = ", ".join(f"answers.{name}" for q in unit.questions for name in (q.name, q.name + STATE, q.name + WRONG))
    source = f"""
        SELECT submission_id, roster_row, {pivoted}
        FROM answer_to_check WHERE roster_row {at} GROUP BY submission_id, roster_row
    """
    rows = f"""
        SELECT s.submission_id, s.survey_year, s.agency_id, coalesce(answers.roster_row, 0) AS roster_row,
            s.newest_first, {columns}{_borrowed(unit)}
        FROM submission_to_check AS s
        {"INNER" if unit.is_roster else "LEFT"} JOIN ({source}) AS answers USING (submission_id)
        {_parent(unit, year)}
        ORDER BY s.agency_id, s.submission_id, 4
    """
    connection.execute(f"CREATE TABLE {schema_of(year)}.{unit.name} AS {rows}")
    _settle_unasked(connection, unit, year)


def _settle_unasked(connection: duckdb.DuckDBPyConnection, unit: Unit, year: int) -> None:
    """Name the state of answers without a row: blank where the question was on the form, else not asked."""
    states = ", ".join(
        f"coalesce({q.name}{STATE}, '{'blank' if q.is_asked_in(year) else 'not_asked'}') AS {q.name}{STATE}"
        for q in unit.questions
    )
    table = f"{schema_of(year)}.{unit.name}"
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * REPLACE ({states}) FROM {table}")


def _pivot(question: Question, year: int) -> str:
    mine = f"FILTER (WHERE question = '{question.name}')"
    answered = f"FILTER (WHERE question = '{question.name}' AND state = 'answered')"
    number = "value_minor" if question.type == "money" else "value_number"
    value = TYPES[question.type].format(
        number=f"max({number}) {answered}", text=f"max(value_text) {answered}", day=f"max(value_date) {answered}"
    )
    wrong = f"max(raw_text) FILTER (WHERE question = '{question.name}' AND state = 'error')"
    return f"{value} AS {question.name}, max(state) {mine} AS {question.name}{STATE}, {wrong} AS {question.name}{WRONG}"


def _borrowed(unit: Unit) -> str:
    return "".join(f", parent.{question.name}" for question in unit.borrowed)


def _parent(unit: Unit, year: int) -> str:
    if not unit.borrowed:
        return ""
    return f"INNER JOIN {schema_of(year)}.{unit.survey.name} AS parent USING (submission_id)"
