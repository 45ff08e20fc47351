"""A page on one run of validation for one year: works offline, loads nothing, holds no script.

It is internal: it shows agencies' answers. Great Expectations' own pages load styles and a picture from elsewhere and
are not made; its results lie beside the page as JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from jinja2 import Environment, FileSystemLoader, StrictUndefined

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
    broken = made["staging.parked"].to_pylist()
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.j2").render(
        programme=warehouse.programme,
        year=year,
        summary=summary,
        surveys=_by_survey(made["staging.verdict"].to_pylist()),
        rules=_by_rule(broken, checks),
        broken=sorted(broken, key=_place),
        questions=questions,
        corrections=history(warehouse, year),
        definition=warehouse.programme.definition_sha256[:RUN_LENGTH],
    )


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("survey", "agency_id", "submission_id", "rule_id")
    return row["severity"] != "fail", *(row[name] or "" for name in names)


def _by_survey(verdicts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in verdicts:
        found[row["survey"]][row["verdict"]] += 1
        found[row["survey"]]["current"] += bool(row["is_current"])
    return [{"survey": survey, "received": _received(counts), **counts} for survey, counts in sorted(found.items())]


def _received(counts: Mapping[str, int]) -> int:
    return sum(count for name, count in counts.items() if name != "current")


def _by_rule(broken: Sequence[Mapping[str, Any]], checks: Mapping[str, Sequence[Check]]) -> list[dict[str, Any]]:
    rows = Counter(row["rule_id"] for row in broken)
    submissions = Counter(rule_id for rule_id, _ in {(row["rule_id"], row["submission_id"]) for row in broken})
    found = [
        {"check": check, "table": unit, "rows": rows[check.rule_id], "submissions": submissions[check.rule_id]}
        for unit, some in checks.items()
        for check in some
    ]
    return sorted(found, key=lambda entry: -entry["rows"])


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one, never a part."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
