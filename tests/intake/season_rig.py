"""A small programme with a question of every type, an inbox, and what the tests ask of the tables."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarking.catalog import load_programme
from benchmarking.collect import CollectSummary, collect
from benchmarking.settings import load_settings
from benchmarking.warehouse import Warehouse

SEASON = Path(__file__).parent / "season"
SURVEY = "answers"
FIRST_DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HEADER = ["agency_id", "survey_year", "budget_gbp", "people_count"]
COUNTS = ("received", "accepted", "parked", "rejected", "duplicate")


def open_season(data: Path, **environment: str) -> Warehouse:
    """Open the season's warehouse under a data folder."""
    return Warehouse(load_settings({"BENCHMARKING_DATA": str(data), **environment}), load_programme(SEASON))


def drop(warehouse: Warehouse, name: str, content: bytes | str, minutes: int = 0) -> Path:
    """Drop a file into the inbox, as of so many minutes after the first."""
    path = warehouse.folder("inbox") / SURVEY / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    moment = FIRST_DAY.timestamp() + 60 * minutes
    os.utime(path, (moment, moment))
    return path


def csv_of(*rows: list[Any], header: list[str] | None = None) -> str:
    """Give plain CSV text; values are written as they are."""
    return "".join(",".join(str(cell) for cell in row) + "\n" for row in [header or HEADER, *rows])


def collected(warehouse: Warehouse, name: str, content: bytes | str) -> CollectSummary:
    """Drop one file and collect."""
    drop(warehouse, name, content)
    return collect(warehouse)


def counts_of(warehouse: Warehouse, name: str) -> dict[str, int]:
    """Give a file's counts in raw.file."""
    columns = ", ".join(f"{count}_count" for count in COUNTS)
    row = warehouse.connect().execute(f"SELECT {columns} FROM raw.file WHERE file_name = ?", [name]).fetchone()
    assert row is not None, f"{name} has no row in raw.file"
    return dict(zip(COUNTS, row, strict=True))


def receipt_of(warehouse: Warehouse, name: str) -> dict[str, Any]:
    """Give a file's receipt."""
    for path in warehouse.folder("receipts").glob("*.json"):
        entry = json.loads(path.read_text())
        if entry["file_name"] == name:
            return entry
    raise AssertionError(f"{name} has no receipt")


def answers_of(warehouse: Warehouse, name: str, roster_row: int = 0) -> list[dict[str, Any]]:
    """Give the answers of each submission in a file, question by question, as (state, value)."""
    rows = warehouse.connect().execute(
        """
        SELECT submission.submission_id, question, state,
            coalesce(value_text, CAST(value_date AS VARCHAR), CAST(CAST(value_number AS DOUBLE) AS VARCHAR), '')
        FROM raw.answer
        JOIN raw.submission AS submission USING (submission_id)
        JOIN raw.file AS file ON file.file_sha256 = submission.file_sha256
        WHERE file.file_name = ? AND roster_row = ?
        ORDER BY submission.locator, question
        """,
        [name, roster_row],
    )
    found: dict[str, dict[str, Any]] = {}
    for submission_id, question, state, value in rows.fetchall():
        found.setdefault(submission_id, {})[question] = (state, value)
    return list(found.values())


def table_hash(warehouse: Warehouse) -> dict[str, tuple[int, str]]:
    """Give for each raw table its number of rows and a hash over all of them in order."""
    connection = warehouse.connect()
    found = {}
    for table in ("raw.file", "raw.submission", "raw.answer"):
        text = "SELECT count(*), coalesce(md5(string_agg(CAST(t AS VARCHAR), chr(10) ORDER BY CAST(t AS VARCHAR))), '')"
        found[table] = connection.execute(f"{text} FROM {table} AS t").fetchone()
    return found
