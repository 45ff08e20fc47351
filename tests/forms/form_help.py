"""A copied programme with one question more, and eyes for workbooks."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path

import yaml
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from benchmarking.catalog import Programme, load_programme
from benchmarking.settings import ROOT

NEW_QUESTION = {
    "name": "podcasts_count",
    "wording": "=How many podcasts did marketing make?",
    "type": "count",
    "unit": "podcasts a year",
    "required": False,
    "min": 0,
    "max": 365,
    "since": 2026,
    "role": "answer",
}

SHARE = {
    "name": "online_rate",
    "wording": "Which part of the budget goes online?",
    "type": "percent",
    "min": 0,
    "max": 1,
    "since": 2026,
}
YES_OR_NO = {"name": "has_agency", "wording": "Does an agency help?", "type": "boolean", "since": 2026}


def opened(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content))


def rows_of(content: bytes, sheet: str) -> list[tuple]:
    return [tuple(row) for row in opened(content)[sheet].iter_rows(values_only=True)]


def records_of(content: bytes, sheet: str) -> dict[str, dict]:
    header, *rows = rows_of(content, sheet)
    return {row[header.index("name")]: dict(zip(header, row, strict=True)) for row in rows}


def programme_with_new_question(folder: Path, *questions: dict) -> Programme:
    """Copy the definitions and add questions to the budget survey."""
    shutil.copytree(ROOT / "expectations", folder / "expectations")
    shutil.copytree(ROOT / "reference", folder / "reference")
    shutil.copytree(ROOT / "sql" / "staging", folder / "sql" / "staging")
    shutil.copytree(ROOT / "sql" / "measures", folder / "sql" / "measures")
    shutil.copy(ROOT / "programme.yaml", folder / "programme.yaml")
    path = folder / "expectations" / "budget.yaml"
    entry = yaml.safe_load(path.read_text("utf-8"))
    entry["questions"] += questions or (NEW_QUESTION,)
    path.write_text(yaml.safe_dump(entry, sort_keys=False), "utf-8")
    return load_programme(folder)
