"""A page on one run of validation for one year: works offline, loads nothing, holds no script.

It is internal: it shows agencies' answers. Great Expectations' own pages load styles and a picture from elsewhere and
are not made; its results lie beside the page as JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarking.validate import report_parts as parts
from benchmarking.validate.corrections import history
from benchmarking.validate.queries import Query
from benchmarking.validate.rules import Check
from benchmarking.warehouse import Warehouse

LATEST = "latest"
RUN_LENGTH = 12


def write_report(
    warehouse: Warehouse,
    year: int,
    made: Mapping[str, pa.Table],
    summary: Mapping[str, int],
    questions: Sequence[Query],
    checks: Mapping[str, Sequence[Check]],
    record: Sequence[Mapping[str, Any]],
) -> Path:
    """Write `data/validation/<programme>/<year>/<run>.html` with Great Expectations' record as JSON; give the page.

    A run is named by its content, so that the same inputs give the same page; `latest.html` is the newest.
    """
    page = render(warehouse, year, made, summary, questions, checks)
    folder = warehouse.folder("validation") / str(year)
    folder.mkdir(parents=True, exist_ok=True)
    run = hashlib.sha256(page.encode()).hexdigest()[:RUN_LENGTH]
    text = json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"
    for name in (run, LATEST):
        _replace(folder / f"{name}.html", page)
        _replace(folder / f"{name}.json", text)
    return folder / f"{run}.html"


def render(
    warehouse: Warehouse,
    year: int,
    made: Mapping[str, pa.Table],
    summary: Mapping[str, int],
    questions: Sequence[Query],
    checks: Mapping[str, Sequence[Check]],
) -> str:
    """Give the page as HTML; every text of an agency is escaped."""
    broken, verdicts = made["staging.parked"].to_pylist(), made["staging.verdict"].to_pylist()
    rules = {check.rule_id for some in checks.values() for check in some}
    held = parts.held_up(verdicts, broken, questions, _file_names(warehouse), rules)
    finding, silent = parts.by_rule(broken, checks)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        programme=warehouse.programme,
        year=year,
        summary=summary,
        verdicts=parts.VERDICTS,
        standing=parts.STANDING,
        surveys=parts.by_survey(verdicts),
        asked=[one for one in held if one.questions],
        stuck=[one for one in held if not one.questions and not one.is_overtaken],
        overtaken=[one for one in held if one.is_overtaken],
        agencies=len({query.agency_id for query in questions}),
        to_confirm=parts.to_confirm(questions, held),
        turned_away=[row for row in verdicts if row["verdict"] in ("rejected", "duplicate")],
        finding=finding,
        silent=silent,
        corrections=history(warehouse, year),
        definition=warehouse.programme.definition_sha256[:RUN_LENGTH],
    )


def _file_names(warehouse: Warehouse) -> dict[str, str]:
    return dict(
        warehouse.connect().sql("SELECT file_sha256, min(file_name) FROM raw.file GROUP BY file_sha256").fetchall()
    )


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one, never a part."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
