"""Receipts: what happened to every line of a file, as CSV, JSON and a page, and how to put right what was wrong.

A receipt depends on the file's bytes and name, and on what was known before; never on the hour.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from markupsafe import escape

from benchmarking.catalog import Programme
from benchmarking.collect.batch import Arrived
from benchmarking.collect.headers import Headers
from benchmarking.collect.receipt_words import Words
from benchmarking.collect.store import write_whole

CSV_HEADER = ("line", "verdict", "column", "seen", "rule", "what", "how_to_fix")
MOST_ON_PAGE, AT_ONCE = 500, 1_000
JSON = json.JSONEncoder(ensure_ascii=False)
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
FORMULA_STARTS = ("=", "+", "-", "@")
CELL_STARTS = re.compile(r"([;|,]\s*)(?=[=+@-])")
# Without it a spreadsheet takes the letters for those of its own country.
BYTE_ORDER_MARK = "\ufeff"
VERDICTS = ("accepted", "parked", "rejected", "duplicate")
MEANING = {
    "accepted": "taken in. Further checks follow; questions about an answer reach you separately.",
    "parked": "kept aside, and in no figure, until somebody corrects it.",
    "rejected": "not taken in, for the reason given.",
    "duplicate": "received before, and counted once.",
}
SEND_AGAIN = (
    "Correct the file as told below, and send the whole file again. What was accepted is known by its content and"
    " not counted twice; what was parked is replaced."
)
NOT_READ = "not read"
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2733}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;vertical-align:top;"
    "padding:.4rem .6rem;border-bottom:1px solid #d5dbe1}th{background:#eef2f5}"
    "ul{padding-left:1.2rem}code,h1,.seen,.what{overflow-wrap:anywhere}.seen,.what{min-width:8rem}"
    "@media (max-width:44rem){thead{display:none}td{display:block;border:0;padding:.1rem 0}td:empty{display:none}"
    "td::before{content:attr(data-label) ': ';font-weight:600}tr{display:block;border-bottom:1px solid #d5dbe1;"
    "padding:.5rem 0}}"
    ".accepted{color:#14663a}.parked{color:#8a5200}"
    ".rejected{color:#a11d1d}.duplicate{color:#4a5568}caption{text-align:left;font-weight:600;padding:.4rem 0}"
    "@media (prefers-color-scheme:dark){body{background:#12181f;color:#e6ebf0}th{background:#1f2933}"
    ".accepted{color:#7bd8a3}.parked{color:#f0b35a}.rejected{color:#ff9a9a}.duplicate{color:#b0bac5}}"
)


class Entries:
    """Entries of a receipt that are made from rows whenever they are asked for, since there may be a million."""

    def __init__(self, tables: Callable[[], Iterable[pa.Table]], make: Callable[[dict[str, Any]], dict[str, Any]]):
        """Take what gives the rows, table by table, and what makes an entry of a row."""
        self.make, self.count = make, 0
        few: list[pa.Table] = []
        for table in tables():
            self.count += table.num_rows
            few = [*few, table] if 0 < self.count <= AT_ONCE else []
        # Few rows are looked up once; of many only what gives them is kept.
        self.tables = tables if self.count > AT_ONCE else lambda: few

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for table in self.tables():
            for batch in table.to_batches(max_chunksize=AT_ONCE):
                yield from map(self.make, batch.to_pylist())

    def __contains__(self, entry: object) -> bool:
        return any(entry == one for one in self)


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
    lines: Collection[dict[str, Any]] = ()
    problems: Collection[dict[str, str]] = ()
    compared_with: str = ""
    changes: Collection[dict[str, str]] = ()

    @property
    def stem(self) -> str:
        """Give the receipt's file name without its ending."""
        return f"{self.sha256[:12]}-{UNSAFE.sub('_', self.file_name)[-100:]}"


OfFile = Callable[[int], Iterable[pa.Table]]


@dataclass(frozen=True)
class Findings:
    """What is to be told of a batch's files; rows come by a file's number, table by table.

    counts: submissions by file number and verdict.
    lines: runs of lines with first_locator, last_locator, submissions, verdict, rule_id, reason.
    faults: line, column_name, seen, rule_id.
    compared: agencies and years that are new, changed or gone since the file before: compared_with (its hash), kind,
        agency_id, survey_year.
    names: file names by hash.
    """

    counts: Mapping[int, Mapping[str, int]]
    lines: OfFile
    faults: OfFile
    compared: OfFile
    names: dict[str, str]


def write_receipts(folder: Path, programme: Programme, arrived: list[Arrived], findings: Findings) -> None:
    """Write each file's receipt as CSV, JSON and HTML, entry by entry."""
    names = {**findings.names, **{file.sha256: file.name for file in arrived}}
    headers = Headers(arrived[0].survey)
    for file in arrived:
        receipt, words = _receipt(file, programme), Words.of(file, programme, headers)
        receipt.counts = dict(findings.counts[file.file_no])
        receipt.lines = Entries(partial(findings.lines, file.file_no), words.line)
        receipt.problems = Entries(partial(findings.faults, file.file_no), words.problem)
        receipt.changes = Entries(partial(findings.compared, file.file_no), _changed)
        tables = (table for table in findings.compared(file.file_no) if table.num_rows)
        before = next((table.column("compared_with")[0].as_py() for table in tables), "")
        receipt.compared_with = names.get(before, before[:12])
        for ending, text in FORMATS:
            parts = (part.encode() for part in text(receipt))
            write_whole(folder / f"{receipt.stem}.{ending}", parts, sync=False)


def _changed(row: dict[str, Any]) -> dict[str, str]:
    return {"verdict": row["kind"], "agency": row["agency_id"], "year": str(row["survey_year"])}


def _receipt(file: Arrived, programme: Programme) -> Receipt:
    notice = programme.notice if programme.is_made_up else ""
    facts = dict(sorted(file.assembled.facts.items()))
    return Receipt(file.name, file.sha256, file.survey.name, programme.title, notice, facts)


def as_json(receipt: Receipt) -> Iterator[str]:
    """Give the receipt as JSON, part by part."""
    entry = {
        "file_name": receipt.file_name,
        "sha256": receipt.sha256,
        "programme": receipt.programme,
        "survey": receipt.survey,
        "notice": receipt.notice,
        "read_as": receipt.facts,
        "received": sum(receipt.counts.values()),
        **{verdict: receipt.counts.get(verdict, 0) for verdict in VERDICTS},
    }
    yield json.dumps(entry, indent=1, ensure_ascii=False).removesuffix("\n}")
    yield from _json_list("lines", receipt.lines)
    yield from _json_list("problems", receipt.problems)
    yield f',\n "compared_with": {JSON.encode(receipt.compared_with)}'
    yield from _json_list("changes", receipt.changes)
    yield "\n}\n"


def _json_list(name: str, rows: Collection[dict[str, Any]]) -> Iterator[str]:
    yield f',\n "{name}": ['
    for number, row in enumerate(rows):
        cells = ",\n".join(f"   {JSON.encode(key)}: {JSON.encode(value)}" for key, value in row.items())
        yield f"{',' if number else ''}\n  {{\n{cells}\n  }}"
    yield "\n ]" if rows else "]"


def as_csv(receipt: Receipt) -> Iterator[str]:
    """Give one row a run of lines and one a problem; text that a spreadsheet would calculate is escaped."""
    target = io.StringIO()
    target.write(BYTE_ORDER_MARK)
    writer = csv.writer(target, lineterminator="\r\n")
    if receipt.notice:
        writer.writerow([f"# {receipt.notice}"])
    writer.writerow(CSV_HEADER)
    lines = ({**line, "column": "", "seen": ""} for line in receipt.lines)
    changes = (_change(receipt, change) for change in receipt.changes)
    for row in chain(lines, receipt.problems, changes):
        writer.writerow([_harmless(str(row[name])) for name in CSV_HEADER])
        yield target.getvalue()
        target.seek(0)
        target.truncate()
    yield target.getvalue()


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
    """Give text that no spreadsheet calculates, even where it cuts cells at semicolons, tabs or line ends."""
    text = CELL_STARTS.sub(r"\1'", " ".join(text.split()))
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def as_html(receipt: Receipt) -> Iterator[str]:
    """Give a page that a person can read and act on; it fetches nothing."""
    facts = "; ".join(f"{key}: {value}" for key, value in receipt.facts.items() if key != NOT_READ)
    unread = receipt.facts.get(NOT_READ, "")
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">',
        f"<title>Receipt for {escape(receipt.file_name)}</title><style>{STYLE}</style></head>",
        "<body><main>",
        f"<h1>Receipt for {escape(receipt.file_name)}</h1>",
        f"<p><strong>{escape(receipt.notice)}</strong></p>" if receipt.notice else "",
        f"<p>{escape(receipt.programme)}, survey {escape(receipt.survey)}. "
        f"Received {sum(receipt.counts.values()):,}: {escape(_counted(receipt))}.</p>",
        _meanings(receipt),
        f"<p><strong>Not read: the sheet {escape(unread)}.</strong></p>" if unread else "",
        _table("What to put right", ("line", "column", "seen", "what", "how_to_fix"), receipt.problems),
        _table("What happened to each line", ("line", "verdict", "what", "how_to_fix"), receipt.lines),
        _table(f"Compared with {receipt.compared_with}", ("verdict", "agency", "year"), receipt.changes),
        f"<p>Read with {escape(facts)}.</p>" if facts else "",
        f"<p>SHA-256 of the file: <code>{receipt.sha256}</code></p></main></body></html>\n",
    ]
    yield "\n".join(part for part in parts if part)


def _counted(receipt: Receipt) -> str:
    return ", ".join(f"{receipt.counts[verdict]:,} {verdict}" for verdict in VERDICTS if receipt.counts.get(verdict))


def _meanings(receipt: Receipt) -> str:
    """Say what each verdict among the file's means, and what to do next."""
    found = [name for name in VERDICTS if receipt.counts.get(name)]
    told = [f"<li><strong>{name.capitalize()}</strong>: {MEANING[name]}</li>" for name in found]
    again = receipt.counts.get("parked") or receipt.counts.get("rejected")
    return f"<ul>{''.join(told)}</ul>" + (f"<p>{SEND_AGAIN}</p>" if again else "")


def _table(caption: str, columns: tuple[str, ...], rows: Collection[dict[str, Any]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{_title(name)}</th>' for name in columns)
    body = "".join(_row(columns, row) for row in islice(rows, MOST_ON_PAGE))
    rest = len(rows) - MOST_ON_PAGE
    more = f"<p>{rest:,} more stand in the CSV and JSON receipts.</p>" if rest > 0 else ""
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"
    )


def _row(columns: tuple[str, ...], row: dict[str, Any]) -> str:
    cells = "".join(f'<td class="{name}" data-label="{_title(name)}">{escape(row[name])}</td>' for name in columns)
    return f'<tr class="{row["verdict"]}">{cells}</tr>'


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


FORMATS: tuple[tuple[str, Callable[[Receipt], Iterator[str]]], ...] = (
    ("csv", as_csv),
    ("json", as_json),
    ("html", as_html),
)
