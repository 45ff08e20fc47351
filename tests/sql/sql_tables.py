"""Tables written as text, put where a programme's SQL looks for them."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from benchmarking.catalog import Programme, Question

TYPES = {
    "money": "DECIMAL(18, 2)",
    "count": "BIGINT",
    "number": "DECIMAL(18, 6)",
    "percent": "DECIMAL(18, 6)",
    "boolean": "BOOLEAN",
    "category": "VARCHAR",
    "text": "VARCHAR",
    "date": "DATE",
}
KEYS = {"survey_year": "BIGINT", "agency_id": "VARCHAR", "submission_id": "VARCHAR"}


def world(programme: Programme, tables: dict[str, str]) -> duckdb.DuckDBPyConnection:
    """Open DuckDB with a programme's staging tables: those given hold their text's rows, the others what follows.

    Args:
        tables: name to text; the first line names columns, `|` parts cells, a blank cell is NULL. Columns left out
            are NULL. Input tables hold what the programme's folder has.
    """
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA staging")
    for name, columns in answer_tables(programme).items():
        listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        connection.execute(f"CREATE TABLE {name} ({listed})")
        fill(connection, name, tables.get(name, ""))
    connection.execute("CREATE SCHEMA reference")
    for one in programme.inputs.values():
        connection.register("input_rows", one.table)
        connection.execute(f"CREATE TABLE {one.table_name} AS SELECT * FROM input_rows")
    for name, path in in_order(programme).items():
        connection.execute(f"CREATE VIEW {name} AS {path.read_text('utf-8')}")
        if name in tables:
            connection.execute(f"CREATE TABLE given AS SELECT * FROM {name} LIMIT 0; DROP VIEW {name}")
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given; DROP TABLE given")
            fill(connection, name, tables[name])
    return connection


def answer_tables(programme: Programme) -> dict[str, dict[str, str]]:
    """Give the columns of each survey's and roster's table, as validation writes them."""
    found = {}
    for survey in programme.surveys.values():
        found[f"staging.{survey.name}"] = {**KEYS, **typed(survey.questions)}
        if survey.roster:
            own = {**KEYS, "roster_row": "BIGINT", **typed(survey.roster.questions)}
            found[f"staging.{survey.name}_{survey.roster.name}"] = own
    return found


def typed(questions: tuple[Question, ...]) -> dict[str, str]:
    roles = ("answer", "period", "currency")
    return {question.name: TYPES[question.type] for question in questions if question.role in roles}


def in_order(programme: Programme) -> dict[str, Path]:
    files = programme.staging_files
    texts = {name: path.read_text("utf-8") for name, path in files.items()}
    needs = {name: {other for other in files if other != name and names(text, other)} for name, text in texts.items()}
    return {name: files[name] for name in TopologicalSorter(needs).static_order()}


def names(text: str, table: str) -> bool:
    return any(word.strip("(),;") == table for word in text.split())


def fill(connection: duckdb.DuckDBPyConnection, table: str, text: str) -> None:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return
    columns = cells(lines[0])
    for line in lines[1:]:
        values = [cell or None for cell in cells(line)]
        marks = ", ".join("?" for _ in columns)
        connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def expect(connection: duckdb.DuckDBPyConnection, query: str, text: str) -> None:
    """Assert that a query gives exactly the text's rows and, in any order, of its columns those that are named."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    columns = cells(lines[0])
    wanted = sorted(tuple(cells(line)) for line in lines[1:])
    found = connection.execute(f"SELECT {', '.join(columns)} FROM ({query}\n) AS made").fetchall()
    assert sorted(tuple(shown(value) for value in row) for row in found) == wanted


def shown(value: Any) -> str:
    """Give a value as the tests write it: no trailing zeros, blank for NULL."""
    if value is None:
        return ""
    text = str(value)
    is_number = text.replace(".", "", 1).replace("-", "", 1).isdigit() and "." in text
    return text.rstrip("0").rstrip(".") if is_number else text
