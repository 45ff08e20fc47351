"""Type each answer by its question, column by column, in an in-memory DuckDB."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pyarrow as pa

from benchmarking import sql
from benchmarking.catalog import Question
from benchmarking.collect.assemble import LINE, OWN_LINE

SQL_OF = {
    "money": "answer_number",
    "count": "answer_number",
    "number": "answer_number",
    "percent": "answer_number",
    "date": "answer_date",
    "category": "answer_choice",
    "boolean": "answer_choice",
    "text": "answer_text",
}
# Texts that can be read in one way only, whatever the rest of the file says; see sql/raw/answer_plain.sql.
PLAIN = {
    "money": r"-?\d{1,11}([.]\d{1,2}|[.]\d{4,6})?",
    "number": r"-?\d{1,11}([.]\d{1,2}|[.]\d{4,6})?",
    "count": r"-?\d{1,11}",
    "date": r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])",
    "text": r"[!-~]([ -~]*[!-~])?",
}
NUMBERS = ("money", "count", "number", "percent")
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}
YES = ("yes", "true", "1", "y")
NO = ("no", "false", "0", "n")


def find_evidence(
    connection: duckdb.DuckDBPyConnection, tables: list[tuple[str, tuple[Question, ...]]], declared: pa.Table
) -> None:
    """Make the table `evidence`: what each file proves about its separators and its order of day and month.

    Args:
        tables: names of wide tables with their questions.
        declared: file_no, has_point (the delimiter is a comma) and month_first (the survey tool's order, or null).
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE found"
        " (file_no BIGINT, has_comma BOOL, has_point BOOL, day_first BOOL, month_first BOOL)"
    )
    for table, questions in tables:
        for question in _present(connection, table, questions):
            if question.type in NUMBERS:
                _look_at(connection, table, question)
                connection.execute(f"INSERT INTO found BY NAME {sql.read('raw/evidence_number')}")
            elif question.type == "date":
                _look_at(connection, table, question)
                connection.execute(f"INSERT INTO found BY NAME {sql.read('raw/evidence_date')}")
    connection.register("declared", declared)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE evidence AS {sql.read('raw/evidence')}")
    connection.unregister("declared")


def _present(connection: duckdb.DuckDBPyConnection, table: str, questions: tuple[Question, ...]) -> Iterator[Question]:
    columns = {row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    return (question for question in questions if question.name in columns)


def _look_at(connection: duckdb.DuckDBPyConnection, table: str, question: Question) -> None:
    _view(connection, "cell", table, question, "TRUE")


def _view(connection: duckdb.DuckDBPyConnection, name: str, table: str, question: Question, which: str) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT file_no, {LINE}, roster_row, {OWN_LINE},"
        f' "{question.name}" AS raw_text FROM {table} WHERE {which}'
    )


def _split(connection: duckdb.DuckDBPyConnection, table: str, question: Question) -> None:
    """Make the views `plain_cell` and `cell`: cells that need no second look, and the rest."""
    pattern = PLAIN.get(question.type, "")
    plain = f"coalesce(\"{question.name}\" = '' OR regexp_full_match(\"{question.name}\", '{pattern}'), TRUE)"
    _view(connection, "plain_cell", table, question, plain)
    _view(connection, "cell", table, question, f"NOT {plain}")


def type_answers(
    connection: duckdb.DuckDBPyConnection, table: str, questions: tuple[Question, ...], currency: str
) -> None:
    """Add one row a cell of a wide table to the table `typed`: its state, its value, and the rule it breaks."""
    for question in _present(connection, table, questions):
        _split(connection, table, question)
        plain = {"question": question.name, "type": question.type}
        connection.execute(f"INSERT INTO typed BY NAME {sql.read('raw/answer_plain')}", plain)
        text, values = sql.read(f"raw/{SQL_OF[question.type]}"), {"question": question.name, "type": question.type}
        if SQL_OF[question.type] == "answer_choice":
            connection.register("choice", _choices(question))
        values = {name: value for name, value in {**values, "symbol": _symbol(currency)}.items() if f"${name}" in text}
        connection.execute(f"INSERT INTO typed BY NAME {text}", values)


def new_typed(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty table `typed`."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE typed (file_no BIGINT, line BIGINT, roster_row BIGINT, own_line BIGINT,"
        " question VARCHAR, raw_text VARCHAR, state VARCHAR, rule_id VARCHAR, value_text VARCHAR,"
        " value_number DECIMAL(18, 6), value_minor BIGINT, value_date DATE)"
    )


def _symbol(currency: str) -> str:
    return "|".join(re.escape(text) for text in (currency, SYMBOLS.get(currency, currency)))


def _choices(question: Question) -> pa.Table:
    """Give every text that stands for a choice, in small letters, with its code."""
    if question.type == "boolean":
        pairs = {**dict.fromkeys(YES, "true"), **dict.fromkeys(NO, "false")}
        pairs |= {label.lower(): code for code, label in question.choices.items() if code in ("true", "false")}
    else:
        pairs = {label.strip().lower(): code for code, label in question.choices.items()}
        pairs |= {code.lower(): code for code in question.choices}
    return pa.table({"choice_text": list(pairs), "code": list(pairs.values())})
