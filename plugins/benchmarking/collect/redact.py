"""Redacted copies: a file without one agency's private words, readable as the original was.

Of the agency's rows a cell stays only where the tables hold it as an answer of its question's type; names of columns
and keys that nobody knows go. In a file that is the agency's alone everything else goes too: notes beside the table,
names of sheets. A file of several keeps what the others wrote, below its header. A file that cannot be read goes whole.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell

from benchmarking.collect.grid import DIGITS, ERROR, FILL_IN_HEADER, FORMULA, NATIVE, Grid, letters
from benchmarking.collect.headers import Headers, Match, plain
from benchmarking.collect.profiles import Shape, shape_grid
from benchmarking.collect.profiles.tools import TOOLS
from benchmarking.collect.readers.delimited import find_delimiter, find_header, read_delimited
from benchmarking.collect.readers.text import decode
from benchmarking.collect.readers.workbook import Child, reading_of
from benchmarking.collect.redact_records import redact_records
from benchmarking.collect.traces import ERASED, Traces
from benchmarking.settings import Limits

FORM_COLUMNS = 5
PLAIN_SHEET = re.compile(r"(Answers|Sheet|Tabelle|Blatt|Feuil|Feuille|Hoja|Foglio|erased|erased note) ?\d*")
PLACE = re.compile(r"(?:(.*)!)?[A-Z]+(\d+)|(?:row|record) (\d+)|.* of record (\d+)", re.DOTALL)
STAMPED = ("programme", "survey", "agency_id", "survey_year", "form_version")


@dataclass(frozen=True)
class Subject:
    """Whose words go from one file.

    is_own: nobody else's submissions are in the file.
    kept: locators of the cells that stay.  places: of all that the agency's submissions were read from.
    sheets: new names of sheets, by old ones.
    """

    headers: Headers
    traces: Traces
    is_own: bool
    kept: frozenset[str]
    places: frozenset[str]
    rosters: tuple[str, ...] = ()
    sheets: Mapping[str, str] = field(default_factory=dict)
    rows: set[tuple[str, int]] = field(default_factory=set)

    @property
    def agency_id(self) -> str:
        """Give the agency's id."""
        return self.traces.agency_id

    def has_row(self, line: int, cells: Iterable[str], sheet: str = "", is_odd: bool = False) -> bool:
        """Say whether a row is the agency's; an odd one was cut wrongly or hidden, so no submission came of it."""
        if not self.rows:
            self.rows.update(_rows_of(self.places))
        texts = [cell.strip().lstrip(NATIVE) for cell in cells]
        return (
            self.is_own
            or (sheet, line) in self.rows
            or self.agency_id in texts
            or (is_odd and any(self.traces.are_in(text) for text in texts))
        )


def _rows_of(places: Iterable[str]) -> Iterable[tuple[str, int]]:
    for place in places:
        found = PLACE.fullmatch(place)
        if found:
            yield found[1] or "", int(found[2] or found[3] or found[4])


def erased_sheets(names: Iterable[str], traces: Traces, is_own: bool, stem: str = "erased") -> dict[str, str]:
    """Give another name for each sheet whose own may be somebody's."""
    odd = [name for name in dict.fromkeys(names) if not PLAIN_SHEET.fullmatch(name)]
    return {name: f"{stem} {n}" for n, name in enumerate(sorted(odd), 1) if is_own or traces.are_in_name(name)}


def redact(content: bytes, subject: Subject, limits: Limits) -> bytes:
    """Give the file without the subject's private words, in the same format."""
    if content.startswith(b"PK"):
        return _workbook(content, subject, limits)
    if content.lstrip()[:1] in (b"[", b"{"):
        return redact_records(content, subject)
    return _delimited(content, subject, limits)


def _delimited(content: bytes, subject: Subject, limits: Limits) -> bytes:
    reading = read_delimited(content, limits)
    text, _ = decode(content)
    if reading.refusal is not None or text is None:
        return ERASED.encode()
    grid = reading.grids[0]
    shape = shape_grid(grid, "")
    text = text.lstrip("\ufeff")
    declared = _declared(text)
    delimiter = declared or find_delimiter(text)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    first = find_header(rows)[0]
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\n")
    keeper = _Keeper(subject, shape, subject.headers.match(shape), grid)
    for line, row in enumerate(rows, start=1):
        if line < first:
            writer.writerow(row if declared and line == 1 else [erased(cell) for cell in row])
            continue
        is_odd = len(row) != len(grid.header)
        writer.writerow(keeper.row(line, row, line <= first + shape.skipped, is_odd))
    return target.getvalue().encode()


def _declared(text: str) -> str:
    """Give the delimiter that a first line such as "sep=;" names."""
    first = text.split("\n", 1)[0].strip().strip('"')
    return first[4] if first.lower().startswith("sep=") and len(first) == 5 else ""


@dataclass
class _Keeper:
    """What stays of each row of one grid."""

    subject: Subject
    shape: Shape
    match: Match
    grid: Grid
    whose: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.known = {*self.match.questions.values(), *self.match.roster.values(), *self.shape.ignored}
        states = TOOLS[self.shape.name].states if self.shape.name in TOOLS else ()
        low = [text.strip().casefold() for text in self.grid.header]
        self.states = [(low.index(column), applies) for column, _, applies in states if column in low]

    def row(self, line: int, cells: list[str], is_header: bool, is_odd: bool) -> list[str]:
        """Give a row as it stays."""
        if is_header:
            return [self._label(number, cell) for number, cell in enumerate(cells)]
        if not self.subject.has_row(line, cells, self.grid.sheet, is_odd):
            return cells
        return [cell if self._stays(number, line, cell) else erased(cell) for number, cell in enumerate(cells)]

    def _label(self, number: int, cell: str) -> str:
        is_known = number in self.known or plain(cell) in self.subject.headers.ignored
        return cell if is_known and "<" not in cell and not self.subject.traces.are_in(cell) else erased(cell)

    def _stays(self, number: int, line: int, cell: str) -> bool:
        place = f"{self.grid.sheet}!{letters(number + 1)}{line}" if self.grid.sheet else f"{letters(number + 1)}{line}"
        # A roster's row says whose it is, by an id and a year, which are no private words.
        text = cell.strip().lstrip(NATIVE)
        is_key = number in self.whose and (text == self.subject.agency_id or re.fullmatch(r"\d{4}", text) is not None)
        is_state = any(number == at and applies(cell.strip().casefold()) for at, applies in self.states)
        return place in self.subject.kept or is_state or is_key


def erased(cell: str) -> str:
    """Give what stands for a cell; a blank one stays blank."""
    return ERASED if cell.strip() else cell


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
    unread = [sheet["name"] for sheet in answer["sheets"] if sheet["name"] not in subject.sheets]
    names = {**erased_sheets(unread, subject.traces, subject.is_own, "erased note"), **subject.sheets}
    for sheet in answer["sheets"]:
        made = target.create_sheet(names.get(sheet["name"], sheet["name"]))
        for line, cells in _sheet_rows(sheet, subject):
            for column, text in enumerate(cells, start=1):
                _write(made.cell(line, column), text)
        for line in sheet["hidden"]:
            made.row_dimensions[line].hidden = True
        for first, last in sheet["hidden_columns"]:
            made.column_dimensions.group(letters(first), letters(last), outline_level=0, hidden=True)
    form = target.create_sheet("_form")
    form.sheet_state = "veryHidden"
    for key, value in answer["stamp"].items():
        if key in STAMPED:
            form.append((key, value if re.fullmatch(r"\S{1,60}", value) else ERASED))
    stream = io.BytesIO()
    target.save(stream)
    return stream.getvalue()


def _sheet_rows(sheet: dict[str, Any], subject: Subject) -> list[tuple[int, list[str]]]:
    rows: list[tuple[int, list[str]]] = [(line, list(cells)) for line, cells in sheet["rows"]]
    head = next(
        (n for n, (_, c) in enumerate(rows[:12]) if tuple(t.strip().casefold() for t in c[:2]) == FILL_IN_HEADER), None
    )
    if head is not None:
        header = [text if text.strip().casefold() in ("question", "answer", "name") else "" for text in rows[head][1]]
        below = [(line, _form_row(sheet["name"], line, cells, header, subject)) for line, cells in rows[head + 1 :]]
        return [(rows[head][0], header), *below]
    reading = reading_of({"sheets": [sheet], "stamp": {}, "unseen": []})
    if reading.refusal is not None:
        return [(line, [erased(cell) for cell in cells]) for line, cells in rows if not subject.is_own]
    grid = reading.grids[0]
    shape = shape_grid(grid, "")
    keeper = _Keeper(subject, shape, subject.headers.match(shape), grid)
    roster = subject.headers.match_roster(grid.header)
    if roster.roster:
        keeper.known |= {*roster.roster.values(), *roster.questions.values()}
        keeper.whose = frozenset(roster.questions.values())
    lines = grid.line_numbers().to_pylist()
    header_line = next((line for line, cells in rows if sum(1 for cell in cells if cell) > 1), rows[0][0])
    heads = {header_line, *lines[: shape.skipped]}
    return [(line, keeper.row(line, cells, line in heads, line not in lines)) for line, cells in rows]


def _form_row(sheet: str, line: int, cells: list[str], header: list[str], subject: Subject) -> list[str]:
    """Keep of a form's row its question, as far as it is one, and an answer that stays."""
    low = [text.strip().casefold() for text in header]
    kept = []
    for number, cell in enumerate(cells[:FORM_COLUMNS]):
        is_answer = number == 1
        named = low[number : number + 1] in (["question"], ["name"]) and subject.headers.knows(cell) and "<" not in cell
        stays = f"{sheet}!B{line}" in subject.kept if is_answer else named
        asks = number < len(low) and low[number] in ("question", "name")
        kept.append(cell if stays else erased(cell) if is_answer or asks else "")
    return kept


def _write(cell: Cell, text: str) -> None:
    """Write a cell so that the reader finds again what it found: number, error, formula without value, or text."""
    if text.startswith((NATIVE, DIGITS)):
        shown = text.removeprefix(NATIVE).removeprefix(DIGITS)
        digits = re.sub(r"\A[^\d.-]+", "", shown)
        sign = shown.removesuffix(digits)
        cell.value = float(digits) if "." in digits else int(digits)
        if sign:
            cell.number_format = f'"{sign}"0.00'
    elif text.startswith(ERROR):
        cell.value, cell.data_type = text.removeprefix(ERROR), "e"
    elif text == FORMULA:
        cell.value = "=0"
    elif text:
        cell.value, cell.data_type = text, "s"
