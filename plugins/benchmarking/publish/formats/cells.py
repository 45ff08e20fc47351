"""The published cells as CSV, Parquet and JSON, and the two lists of changes as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarking.publish.content import Cell, Change, Content
from benchmarking.publish.formats.plain import as_number, as_text, escaped, write_json, write_text

NUMBERS = ("value", "lower", "upper")
COUNTS = ("survey_year", "contributors", "people")
COLUMNS = [item.name for item in fields(Cell)]
CHANGE_COLUMNS = [item.name for item in fields(Change)]
RELEASE_CHANGE_COLUMNS = [
    "survey_year", "measure", "category", "peer_group", "peer_value", "statistic", "before", "after", "tag",
]  # fmt: skip


def cell_record(cell: Cell) -> dict[str, Any]:
    """Give a cell as JSON knows it; a hidden cell's numbers are null."""
    record = {name: getattr(cell, name) for name in COLUMNS}
    return {name: as_number(value) if name in NUMBERS else value for name, value in record.items()}


def write_cells_csv(content: Content, folder: Path) -> Path:
    """Write benchmarks.csv: one row a cell, the notice in a column of its own so that no reader trips over it."""
    rows = [{**{name: getattr(cell, name) for name in COLUMNS}, "notice": content.notice} for cell in content.cells]
    return write_text(folder / "benchmarks.csv", _csv([*COLUMNS, "notice"], rows))


def write_cells_parquet(content: Content, folder: Path) -> Path:
    """Write benchmarks.parquet with the same rows; notice and version ride in the file's metadata too."""
    kinds = {**dict.fromkeys(NUMBERS, pa.float64()), **dict.fromkeys(COUNTS, pa.int64())}
    columns = {
        name: pa.array([getattr(cell, name) for cell in content.cells], kinds.get(name, pa.string()))
        for name in COLUMNS
    }
    columns["notice"] = pa.array([content.notice] * len(content.cells), pa.string())
    about = {"title": content.programme.title, "version": content.version, "notice": content.notice}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "benchmarks.parquet"
    pq.write_table(pa.table(columns).replace_schema_metadata(about), path, compression="zstd")
    return path


def write_cells_json(content: Content, folder: Path) -> Path:
    """Write benchmarks.json: what the release is, and its cells."""
    said = {**about(content), "cells": [cell_record(cell) for cell in content.cells]}
    return write_json(folder / "benchmarks.json", said, indent=None)


def about(content: Content) -> dict[str, Any]:
    """Give what every JSON file of the release says of it."""
    return {
        "programme": content.programme.name,
        "title": content.programme.title,
        "survey_year": content.survey_year,
        "version": content.version,
        "previous_version": content.previous_version or None,
        "published_at": content.published_at.isoformat(),
        "notice": content.notice,
        "citation": content.citation,
    }


def write_changes(content: Content, folder: Path) -> list[Path]:
    """Write changes.csv (since the last version) and headline_change.csv (since last year)."""
    since_version = [{**row, "notice": content.notice} for row in content.release_changes]
    since_year = [{**vars(change), "notice": content.notice} for change in content.changes]
    return [
        write_text(folder / "changes.csv", _csv([*RELEASE_CHANGE_COLUMNS, "notice"], since_version)),
        write_text(folder / "headline_change.csv", _csv([*CHANGE_COLUMNS, "notice"], since_year)),
    ]


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_csv_text(row.get(name)) for name in columns] for row in rows])
    return text.getvalue()


def _csv_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return as_text(value)
    return "" if value is None else escaped(str(value))
