"""Redacted copies: a file with one agency's contact details and free text taken out, readable as the original was."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell

from benchmarking.catalog import Survey
from benchmarking.collect.grid import DIGITS, ERROR, FORMULA, NATIVE
from benchmarking.collect.headers import Headers, plain
from benchmarking.collect.profiles import shape_grid
from benchmarking.collect.readers.delimited import decode, find_delimiter, read_delimited
from benchmarking.collect.readers.json_records import LISTS
from benchmarking.collect.readers.workbook import FILL_IN_HEADER, Child, reading_of
from benchmarking.settings import Limits

ERASED = "[erased]"
FORM_COLUMNS = 5


@dataclass(frozen=True)
class Subject:
    """Whose private answers go, from files of which survey."""

    agency_id: str
    headers: Headers

    @property
    def survey(self) -> Survey:
        return self.headers.survey

    def kept(self, names: dict[str, int]) -> set[int]:
        """Give the columns that stay: those of questions that are not private."""
        return {number for name, number in names.items() if not self.survey.question(name).is_private}


def redact(content: bytes, subject: Subject, limits: Limits) -> bytes:
    """Give the file without the subject's private answers, in the same format.

    In the subject's rows every cell goes that is no answer to a known question: a column that nobody knows may hold
    anything. A file that cannot be read goes whole.
    """
    if content.startswith(b"PK"):
        return _workbook(content, subject, limits)
    if content.lstrip()[:1] in (b"[", b"{"):
        return _records(content, subject)
    return _delimited(content, subject, limits)


def _delimited(content: bytes, subject: Subject, limits: Limits) -> bytes:
    reading = read_delimited(content, limits)
    text, _ = decode(content)
    if reading.refusal is not None or text is None:
        return ERASED.encode()
    shape = shape_grid(reading.grids[0], "")
    match = subject.headers.match(shape)
    kept = subject.kept({**match.questions, **match.roster})
    agency = subject.survey.with_role("agency")
    at = match.questions.get(agency.name) if agency else None
    text = text.lstrip("\ufeff")
    delimiter = find_delimiter(text)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\n")
    for number, row in enumerate(rows):
        is_header = number <= shape.skipped
        is_mine = at is None or len(row) != len(rows[0]) or row[at].strip() == subject.agency_id
        writer.writerow(row if is_header or not is_mine else [_or_erased(c, n in kept) for n, c in enumerate(row)])
    return target.getvalue().encode()


def _or_erased(cell: str, is_kept: bool) -> str:
    return cell if is_kept or not cell.strip() else ERASED


def _records(content: bytes, subject: Subject) -> bytes:
    text, _ = decode(content)
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        return ERASED.encode()
    inside = (
        next((value[key] for key in LISTS if isinstance(value.get(key), list)), [value])
        if isinstance(value, dict)
        else value
    )
    for record in inside if isinstance(inside, list) else []:
        if isinstance(record, dict) and _is_of(record, subject):
            _redact_record(record, subject)
    return json.dumps(value, ensure_ascii=False).encode()


def _is_of(record: dict[str, Any], subject: Subject) -> bool:
    agency = subject.survey.with_role("agency")
    found = [value for key, value in _leaves(record) if agency and subject.headers.known.get(plain(key)) == agency.name]
    return not found or any(str(value).strip() == subject.agency_id for value in found)


def _leaves(record: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in record.items():
        found += _leaves(value) if isinstance(value, dict) else [(key, value)]
    return found


def _redact_record(record: dict[str, Any], subject: Subject) -> None:
    for key, value in list(record.items()):
        if isinstance(value, dict):
            _redact_record(value, subject)
        elif isinstance(value, list):
            for row in value:
                if isinstance(row, dict):
                    _redact_record(row, subject)
        elif value not in (None, "") and not _stays(key, subject):
            record[key] = ERASED


def _stays(key: str, subject: Subject) -> bool:
    last = plain(key.replace("/", ".").split(".")[-1])
    name = subject.headers.known.get(last) or subject.headers.below.get(last)
    own = key.startswith(("__", "_")) or last in ("id", "submitdate", "lastpage", "startlanguage", "seed", "datestamp")
    return own if name is None else not subject.survey.question(name).is_private


def _workbook(content: bytes, subject: Subject, limits: Limits) -> bytes:
    child = Child(limits)
    try:
        answer = child.ask(content)
    finally:
        child.stop()
    if "refusal" in answer:
        return ERASED.encode()
    target = Workbook()
    for empty in target.worksheets:
        target.remove(empty)
    stamped = answer["stamp"].get("agency_id", "")
    for sheet in answer["sheets"]:
        rows = _sheet_rows(sheet, subject, stamped)
        made = target.create_sheet(sheet["name"])
        for line, cells in rows:
            for column, text in enumerate(cells, start=1):
                _write(made.cell(line, column), text)
        for line in sheet["hidden"]:
            made.row_dimensions[line].hidden = True
    form = target.create_sheet("_form")
    form.sheet_state = "veryHidden"
    for pair in answer["stamp"].items():
        form.append(pair)
    stream = io.BytesIO()
    target.save(stream)
    return stream.getvalue()


def _sheet_rows(sheet: dict[str, Any], subject: Subject, stamped: str) -> list[tuple[int, list[str]]]:
    rows: list[tuple[int, list[str]]] = [(line, list(cells)) for line, cells in sheet["rows"]]
    head = next(
        (n for n, (_, c) in enumerate(rows) if tuple(t.strip().casefold() for t in c[:2]) == FILL_IN_HEADER), None
    )
    if head is not None:
        return [(line, cells[:FORM_COLUMNS]) if n <= head else (line, _form_row(cells, subject))
                for n, (line, cells) in enumerate(rows)]  # fmt: skip
    reading = reading_of({"sheets": [sheet], "stamp": {}})
    if reading.refusal is not None:
        return []
    grid = reading.grids[0]
    match = subject.headers.match(shape_grid(grid, ""))
    kept = subject.kept({**match.questions, **match.roster})
    agency = subject.survey.with_role("agency")
    at = match.questions.get(agency.name) if agency else None
    lines = set(grid.lines)

    def redacted(line: int, cells: list[str]) -> list[str]:
        is_mine = at is None or at >= len(cells) or cells[at].strip().lstrip(NATIVE) in (subject.agency_id, stamped)
        return cells if line not in lines or not is_mine else [_or_erased(c, n in kept) for n, c in enumerate(cells)]

    return [(line, redacted(line, cells)) for line, cells in rows]


def _form_row(cells: list[str], subject: Subject) -> list[str]:
    keys = [plain(cells[4]) if len(cells) > 4 else "", plain(cells[0]) if cells else ""]
    name = next((subject.headers.known[key] for key in keys if key in subject.headers.known), None)
    if len(cells) > 1 and cells[1] and (name is None or subject.survey.question(name).is_private):
        cells[1] = ERASED
    return cells[:FORM_COLUMNS]


def _write(cell: Cell, text: str) -> None:
    """Write a cell so that the reader finds again what it found: number, error, formula without value, or text."""
    if text.startswith((NATIVE, DIGITS)):
        digits = text.removeprefix(NATIVE).removeprefix(DIGITS)
        cell.value = float(digits) if "." in digits else int(digits)
    elif text.startswith(ERROR):
        cell.value, cell.data_type = text.removeprefix(ERROR), "e"
    elif text == FORMULA:
        cell.value = "=0"
    elif text:
        cell.value, cell.data_type = text, "s"
