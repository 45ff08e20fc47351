"""Receipts: what happened to every line of a file, as CSV, JSON and a page, and how to put right what was wrong.

A receipt depends on the file's bytes and name, and on what was known before; never on the hour.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from markupsafe import escape

from benchmarking.catalog import Programme
from benchmarking.collect.batch import Arrived
from benchmarking.collect.faults import RULES, sentence
from benchmarking.collect.store import write_whole

CSV_HEADER = ("line", "verdict", "column", "seen", "rule", "what", "how_to_fix")
MOST_ON_PAGE = 500
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
VERDICTS = ("accepted", "parked", "rejected", "duplicate")
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2733}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;vertical-align:top;"
    "padding:.4rem .6rem;border-bottom:1px solid #d5dbe1}th{background:#eef2f5}"
    ".accepted{color:#14663a}.parked{color:#8a5200}"
    ".rejected{color:#a11d1d}.duplicate{color:#4a5568}caption{text-align:left;font-weight:600;padding:.4rem 0}"
    "@media (prefers-color-scheme:dark){body{background:#12181f;color:#e6ebf0}th{background:#1f2933}"
    ".accepted{color:#7bd8a3}.parked{color:#f0b35a}.rejected{color:#ff9a9a}.duplicate{color:#b0bac5}}"
)


@dataclass
class Receipt:
    """One file's answer; `lines` and `problems` are rows of text, `counts` submissions by verdict."""

    file_name: str
    sha256: str
    survey: str
    programme: str
    notice: str
    facts: dict[str, str]
    counts: dict[str, int] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, str]] = field(default_factory=list)
    compared_with: str = ""
    changes: list[dict[str, str]] = field(default_factory=list)

    @property
    def stem(self) -> str:
        """Give the receipt's file name without its ending."""
        return f"{self.sha256[:12]}-{UNSAFE.sub('_', self.file_name)[-100:]}"


@dataclass(frozen=True)
class Findings:
    """What is to be told of a batch's files.

    lines: runs of lines with file_no, first_locator, last_locator, submissions, verdict, rule_id, reason.
    faults: file_no, line, column_name, seen, rule_id.
    compared: agencies and years that are new, changed or gone since the file before: file_no, compared_with (its
        hash), kind, agency_id, survey_year.
    names: file names by hash.
    """

    lines: pa.Table
    faults: pa.Table
    compared: pa.Table
    names: dict[str, str]


def write_receipts(folder: Path, programme: Programme, arrived: list[Arrived], findings: Findings) -> list[Receipt]:
    """Write each file's receipt as CSV, JSON and HTML."""
    receipts = {file.file_no: _receipt(file, programme) for file in arrived}
    names = {**findings.names, **{file.sha256: file.name for file in arrived}}
    for row in findings.lines.to_pylist():
        receipt = receipts[row["file_no"]]
        receipt.lines.append(_line(row))
        receipt.counts[row["verdict"]] = receipt.counts.get(row["verdict"], 0) + row["submissions"]
    for row in findings.faults.to_pylist():
        receipts[row["file_no"]].problems.append(_problem(row))
    for row in findings.compared.to_pylist():
        receipt = receipts[row["file_no"]]
        receipt.compared_with = names.get(row["compared_with"], row["compared_with"][:12])
        receipt.changes.append({"verdict": row["kind"], "agency": row["agency_id"], "year": str(row["survey_year"])})
    for receipt in receipts.values():
        for ending, text in (("csv", as_csv(receipt)), ("json", as_json(receipt)), ("html", as_html(receipt))):
            write_whole(folder / f"{receipt.stem}.{ending}", text.encode(), sync=False)
    return list(receipts.values())


def _receipt(file: Arrived, programme: Programme) -> Receipt:
    notice = programme.notice if programme.is_made_up else ""
    facts = dict(sorted(file.assembled.facts.items()))
    return Receipt(file.name, file.sha256, file.survey.name, programme.title, notice, facts)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    place = row["first_locator"]
    if row["submissions"] > 1:
        place = f"{place} to {row['last_locator'].split(' ')[-1]}"
    cure = RULES[row["rule_id"]].cure if row["rule_id"] in RULES else ""
    return {
        "line": place,
        "submissions": row["submissions"],
        "verdict": row["verdict"],
        "rule": row["rule_id"],
        "what": row["reason"],
        "how_to_fix": cure,
    }


def _problem(row: dict[str, Any]) -> dict[str, str]:
    rule = RULES[row["rule_id"]]
    return {
        "line": str(row["line"]) if row["line"] else "all",
        "verdict": rule.verdict,
        "column": row["column_name"],
        "seen": row["seen"][:200],
        "rule": row["rule_id"],
        "what": sentence(row["rule_id"], row["seen"]),
        "how_to_fix": rule.cure,
    }


def as_json(receipt: Receipt) -> str:
    """Give the receipt as JSON."""
    entry = {
        "file_name": receipt.file_name,
        "sha256": receipt.sha256,
        "programme": receipt.programme,
        "survey": receipt.survey,
        "notice": receipt.notice,
        "read_as": receipt.facts,
        "received": sum(receipt.counts.values()),
        **{verdict: receipt.counts.get(verdict, 0) for verdict in VERDICTS},
        "lines": receipt.lines,
        "problems": receipt.problems,
        "compared_with": receipt.compared_with,
        "changes": receipt.changes,
    }
    return json.dumps(entry, indent=1, ensure_ascii=False) + "\n"


def as_csv(receipt: Receipt) -> str:
    """Give one row a run of lines and one a problem; text that a spreadsheet would calculate is escaped."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    if receipt.notice:
        writer.writerow([f"# {receipt.notice}"])
    writer.writerow(CSV_HEADER)
    lines = [{**line, "column": "", "seen": ""} for line in receipt.lines]
    for row in [*lines, *receipt.problems, *(_change(receipt, change) for change in receipt.changes)]:
        writer.writerow([_harmless(str(row[name])) for name in CSV_HEADER])
    return target.getvalue()


def _change(receipt: Receipt, change: dict[str, str]) -> dict[str, str]:
    told = {"new": "It was not in", "changed": "It differs from", "gone": "It was in"}[change["verdict"]]
    seen = f"{change['agency']} {change['year']}"
    what = f"{told} {receipt.compared_with}."
    return {
        "line": "",
        "verdict": change["verdict"],
        "column": "",
        "seen": seen,
        "rule": "",
        "what": what,
        "how_to_fix": "",
    }


def _harmless(text: str) -> str:
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def as_html(receipt: Receipt) -> str:
    """Give a page that a person can read and act on; it fetches nothing."""
    counts = ", ".join(f"{receipt.counts[verdict]:,} {verdict}" for verdict in VERDICTS if receipt.counts.get(verdict))
    facts = "; ".join(f"{key}: {value}" for key, value in receipt.facts.items())
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">',
        f"<title>Receipt for {escape(receipt.file_name)}</title><style>{STYLE}</style>",
        f"<h1>Receipt for {escape(receipt.file_name)}</h1>",
        f"<p><strong>{escape(receipt.notice)}</strong></p>" if receipt.notice else "",
        f"<p>{escape(receipt.programme)}, survey {escape(receipt.survey)}. "
        f"Received {sum(receipt.counts.values()):,}: {escape(counts)}.</p>",
        f"<p>Read as {escape(facts)}.</p>" if facts else "",
        _table("What happened to each line", ("line", "verdict", "what", "how_to_fix"), receipt.lines),
        _table("What to put right", ("line", "column", "seen", "what", "how_to_fix"), receipt.problems),
        _table(f"Compared with {receipt.compared_with}", ("verdict", "agency", "year"), receipt.changes),
        f"<p>SHA-256 of the file: <code>{receipt.sha256}</code></p></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _table(caption: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{name.replace("_", " ").capitalize()}</th>' for name in columns)
    body = "".join(_row(columns, row) for row in rows[:MOST_ON_PAGE])
    rest = len(rows) - MOST_ON_PAGE
    more = f"<p>{rest:,} more stand in the CSV and JSON receipts.</p>" if rest > 0 else ""
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"
    )


def _row(columns: tuple[str, ...], row: dict[str, Any]) -> str:
    cells = "".join(f'<td class="{row["verdict"]}">{escape(row[name])}</td>' for name in columns)
    return f"<tr>{cells}</tr>"
