"""Erase from the receipts: what was seen goes, and so do names of files, columns and sheets that may be somebody's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarking.collect.erase_tables import DUPLICATE
from benchmarking.collect.faults import RULES, sentence
from benchmarking.collect.receipts import FORMATS, Receipt, as_json
from benchmarking.collect.store import write_whole
from benchmarking.collect.traces import ERASED, Traces

LINES = re.compile(r"(?:row|record) (\d+)(?: to (\d+))?")


@dataclass(frozen=True)
class Told:
    """What a file's receipt may no longer tell.

    is_own: nobody else's submissions are in the file.  lines: the agency's in a file of several.
    """

    file_name: str
    is_own: bool
    lines: frozenset[int]


def clean_receipts(
    folder: Path, traces: Traces, told: Mapping[tuple[str, str], Told], renamed: Mapping[str, str]
) -> int:
    """Rewrite receipts; give the number of files changed.

    Args:
        told: by a file's hash and name what becomes of its receipt.
        renamed: new file names by old ones, for the receipts that were compared with such a file.
    """
    changed = 0
    for path in sorted(folder.glob("*.json")):
        entry = json.loads(path.read_text("utf-8"))
        receipt = _receipt(entry)
        before = list(as_json(receipt))
        rule = told.get((receipt.sha256, receipt.file_name))
        _erase(receipt, rule, traces, renamed)
        if list(as_json(receipt)) != before:
            for ending, text in FORMATS:
                path.with_suffix(f".{ending}").unlink(missing_ok=True)
                write_whole(folder / f"{receipt.stem}.{ending}", (part.encode() for part in text(receipt)))
                changed += 1
    return changed


def _receipt(entry: dict[str, Any]) -> Receipt:
    return Receipt(
        entry["file_name"],
        entry["sha256"],
        entry["survey"],
        entry["programme"],
        entry["notice"],
        entry["read_as"],
        {name: entry[name] for name in ("accepted", "parked", "rejected", "duplicate") if entry[name]},
        entry["lines"],
        entry["problems"],
        entry["compared_with"],
        entry["changes"],
    )


def _erase(receipt: Receipt, told: Told | None, traces: Traces, renamed: Mapping[str, str]) -> None:
    receipt.compared_with = renamed.get(receipt.compared_with, receipt.compared_with)
    if told is None:
        return
    receipt.file_name = told.file_name
    if told.is_own and "not read" in receipt.facts:
        receipt.facts = {**receipt.facts, "not read": ERASED}
    for line in receipt.lines:
        if told.is_own or line["rule"].startswith("header.") or _touches(line["line"], told.lines):
            _erase_line(line, told.is_own)
    for problem in receipt.problems:
        is_mine = told.is_own or (problem["line"].isdigit() and int(problem["line"]) in told.lines)
        is_mine = is_mine or problem["rule"].startswith("header.")
        if is_mine or traces.are_in(problem["seen"]) or traces.are_in(problem["column"]):
            _erase_problem(problem)
        if told.is_own:
            problem["line"] = problem["line"].rpartition("!")[2]


def _touches(place: str, lines: frozenset[int]) -> bool:
    found = LINES.fullmatch(place)
    if not found:
        return False
    return any(int(found[1]) <= line <= int(found[2] or found[1]) for line in lines)


def _erase_line(line: dict[str, Any], is_own: bool) -> None:
    if is_own and not LINES.fullmatch(line["line"]):
        line["line"] = "file"
    if line["verdict"] == "duplicate":
        line["what"] = DUPLICATE
    elif line["rule"] in RULES:
        more = re.search(r" \(and \d+ more\)$", line["what"])
        line["what"] = sentence(line["rule"], ERASED) + (more[0] if more else "")


def _erase_problem(problem: dict[str, str]) -> None:
    if problem["seen"]:
        problem["seen"] = ERASED
    if problem["rule"].startswith("header.") or "<" in problem["column"]:
        problem["column"] = ERASED if problem["column"] else ""
    problem["what"] = sentence(problem["rule"], ERASED)
