"""Corrections and confirmations that agencies send back: rows with who, why and when, replayed on every rebuild."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarking.catalog import Question
from benchmarking.errors import BenchmarkingError
from benchmarking.tables import TABLES
from benchmarking.validate.answers import read_answer
from benchmarking.validate.rules import checks_of
from benchmarking.warehouse import Warehouse

KEYS = ("survey", "survey_year", "agency_id", "roster_row", "question")
HASHED = (*KEYS, "rules", "old_text", "new_text", "who", "why", "kind")


class UnusableCorrection(BenchmarkingError):
    """A line of a returned query file cannot be taken as it is; nothing of the file was taken."""


@dataclass(frozen=True)
class CorrectionSummary:
    """What a returned file held: lines taken, those known from an earlier return, and those left unanswered."""

    corrections: int
    confirmations: int
    already_known: int
    unanswered: int
    years: tuple[int, ...]
    next: str


def take_corrections(warehouse: Warehouse, file: Path, who: str = "") -> CorrectionSummary:
    """Read a returned query file (CSV or JSON) into raw.correction, all of it or nothing; twice is once.

    Args:
        who: who answered, where the file's lines do not say.

    Raises:
        UnusableCorrection: a line names no known question, rule or submission, is not of the question's type, confirms
            what must be corrected, or does not say who and why; the sentence names the line.
    """
    lines = [_cleaned(line) for line in _read(file)]
    rows, unanswered = [], 0
    for number, line in enumerate(lines, start=1):
        if not line.get("answer"):
            unanswered += 1
            continue
        rows.append(_row(warehouse, line, who, f"{file.name} line {number}"))
    _check_submitted(warehouse, rows, file.name)
    table = pa.Table.from_pylist(rows, TABLES["raw.correction"].schema)
    new = warehouse.merge_new("raw.correction", table, ["correction_id"]) if rows else 0
    kinds = Counter(row["kind"] for row in rows)
    years = tuple(sorted({row["survey_year"] for row in rows}))
    advice = f"Run validate again for {', '.join(map(str, years))}." if new else "Nothing new was taken."
    return CorrectionSummary(kinds["correct"], kinds["confirm"], len(rows) - new, unanswered, years, advice)


def history(warehouse: Warehouse, year: int | None = None, agency: str = "") -> list[dict[str, Any]]:
    """Give all corrections and confirmations in the order in which they came: what, who, why, when."""
    rows = warehouse.connect().sql("SELECT * FROM raw.correction ORDER BY corrected_at, correction_id")
    entries = [dict(zip(rows.columns, values, strict=True)) for values in rows.fetchall()]
    return [
        entry
        for entry in entries
        if (year is None or entry["survey_year"] == year) and (not agency or entry["agency_id"] == agency)
    ]


def _read(file: Path) -> list[Mapping[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableCorrection(f"the file cannot be read: {error}.", str(file), "Save it as UTF-8.") from error
    if file.suffix.lower() != ".json":
        delimiter = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
        return list(csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter))
    try:
        return list(json.loads(text)["questions"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableCorrection(f"it is not a query file: {error!r}.", str(file), "Return the file sent.") from error


def _cleaned(line: Mapping[str, Any]) -> dict[str, str]:
    """Give a line's texts without the mark that keeps spreadsheets from reading a formula."""
    texts = {str(key): str(value if value is not None else "").strip() for key, value in line.items() if key}
    return {
        key: text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@\t\r") else text for key, text in texts.items()
    }


def _row(warehouse: Warehouse, line: Mapping[str, str], who: str, where: str) -> dict[str, Any]:
    kind = line["answer"].lower()
    if kind not in ("confirm", "correct"):
        raise UnusableCorrection(f"answer '{line['answer']}' is neither confirm nor correct.", where, "Write one.")
    question = _question(warehouse, line, where)
    if kind == "confirm" and line.get("must_be_corrected") == "yes":
        raise UnusableCorrection(
            f"{question.name} cannot be confirmed: {line.get('message', '')}", where, "Correct it, or another answer."
        )
    who, why = line.get("who") or who, line.get("why", "")
    if not who or not why:
        raise UnusableCorrection("it does not say who answers and why.", where, "Fill in who and why.")
    if kind == "correct":
        read_answer(question, line.get("new_answer"))
    row = {
        **{key: line.get(key, "") for key in KEYS},
        "survey_year": int(line["survey_year"]),
        "roster_row": int(line.get("roster_row") or 0),
        "rules": " ".join(_rules(warehouse, line, kind, where)),
        "old_text": line.get("your_answer", ""),
        "new_text": line.get("new_answer", "") if kind == "correct" else line.get("your_answer", ""),
        "who": who,
        "why": why,
        "corrected_at": warehouse.settings.now(),
        "kind": kind,
    }
    text = json.dumps([row[name] for name in HASHED], ensure_ascii=False)
    return {"correction_id": hashlib.sha256(text.encode()).hexdigest()[:32], **row}


def _rules(warehouse: Warehouse, line: Mapping[str, str], kind: str, where: str) -> list[str]:
    """Give the rules that asked: a confirmation silences these for this answer, and no other."""
    rules = line.get("rules", "").split()
    known = {check.rule_id for some in checks_of(warehouse.programme).values() for check in some}
    if set(rules) - known or (kind == "confirm" and not rules):
        raise UnusableCorrection("it does not say which rules asked.", where, "Return the file sent.")
    return rules


def _question(warehouse: Warehouse, line: Mapping[str, str], where: str) -> Question:
    if any(not line.get(key) for key in ("survey", "survey_year", "agency_id", "question")):
        raise UnusableCorrection(
            "survey, survey_year, agency_id or question is missing.", where, "Return the file sent."
        )
    if not line["survey_year"].isdigit():
        raise UnusableCorrection(f"'{line['survey_year']}' is not a year.", where, "Return the file sent.")
    return warehouse.programme.survey(line["survey"]).question(line["question"])


def _check_submitted(warehouse: Warehouse, rows: Iterable[Mapping[str, Any]], file: str) -> None:
    known = set(
        warehouse.connect().sql("SELECT DISTINCT survey, survey_year, agency_id FROM raw.submission").fetchall()
    )
    for row in rows:
        if (row["survey"], row["survey_year"], row["agency_id"]) not in known:
            raise UnusableCorrection(
                f"{row['agency_id']} sent nothing to {row['survey']} {row['survey_year']}.", file, "Check the file."
            )
