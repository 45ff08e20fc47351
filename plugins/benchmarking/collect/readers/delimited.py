"""CSV and its relatives, read as text: encoding and delimiter are found, declared, and never left to a sniffer."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import lru_cache
from itertools import chain, islice
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from benchmarking.collect.faults import Fault
from benchmarking.collect.grid import FILL_IN_HEADER, FORMULA, LINE, NATIVE, Grid, Reading, letters, text_table
from benchmarking.collect.readers.text import Text, find_encoding, is_blank, mixed_line, text_of, translated
from benchmarking.collect.shelf import Shelf, laid
from benchmarking.collect.source import CHUNK_BYTES, Content
from benchmarking.settings import Limits

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SMALL_BYTES = 256 * 1024
ROWS_AT_ONCE = 20_000
LONGEST_QUOTED = 16 * CHUNK_BYTES
TITLE_ROWS = 20
MARKS = (NATIVE.encode(), FORMULA[:1].encode())
# A reader's own marks mean nothing when a stranger writes them: such an answer is parked for what it is.
UNMARKED = bytes.maketrans(b"".join(MARKS), b"\x03" * len(MARKS))
QUOTED = re.compile(rb'"[^"]*(?:""[^"]*)*"')
csv.field_size_limit(2**31 - 1)


def read_delimited(content: Content, limits: Limits, shelf: Shelf | None = None) -> Reading:
    """Read delimited text whose first row is the header.

    Every row comes back with the number a spreadsheet shows for it; a row whose width differs from the header's is
    a fault of its own, since which cell is which cannot be known.

    Args:
        shelf: where the rows of a big file are laid; without one they stay in memory.
    """
    if is_blank(content):
        return Reading(refusal=Fault("file.empty"))
    encoding = find_encoding(content)
    if not encoding:
        line = mixed_line(content)
        fault = Fault("file.mixed", seen=str(line)) if line else Fault("file.encoding")
        return Reading(refusal=fault, facts={"encoding": "two at once" if line else "unknown"})
    text = text_of(content, encoding)
    declared, text = _declared_delimiter(text)
    head = text.head()
    delimiter = declared or find_delimiter(head)
    facts = {"encoding": encoding, "delimiter": DELIMITERS.get(delimiter, delimiter)}
    if any(b"\x00" in chunk for chunk in text.chunks()):
        return Reading(refusal=Fault("file.broken", seen="it holds NUL characters"), facts=facts)
    if any(mark in chunk for chunk in text.chunks() for mark in MARKS):
        text = translated(text, UNMARKED)
    grid = _read_fast(text, head, delimiter, shelf) or _read_strict(text, delimiter, shelf)
    if isinstance(grid, Fault):
        return Reading(refusal=grid, facts=facts)
    if tuple(cell.strip().casefold() for cell in grid.header[:2]) == FILL_IN_HEADER:
        return Reading(refusal=Fault("file.form_text"), facts=facts)
    over = _over_limit(grid, limits)
    if declared:
        # The line "sep=;" stands above the header in the file, as a spreadsheet shows it.
        grid.lines = pa.compute.add(grid.line_numbers(), 1)
        grid.faults = [Fault(f.rule, f.line + 1, f.column, f.seen) for f in grid.faults]
    return Reading(refusal=over, facts=facts) if over else Reading(grids=[grid], facts=facts)


def _declared_delimiter(text: Text) -> tuple[str, Text]:
    first, end, _ = text.head().partition("\n")
    mark = first.strip().strip('"')
    if mark.lower().startswith("sep=") and len(mark) == 5:
        return mark[4], text.after(first + end)
    return "", text


def find_delimiter(text: str) -> str:
    """Take the delimiter that cuts the first rows into the most columns of the same number."""

    def score(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(islice(csv.reader(io.StringIO(text[:65536], newline=""), delimiter=delimiter), 20))
        except csv.Error:
            return 0, 0
        widths = [len(row) for row in rows if row]
        # A title above the table has one cell, whatever parts the table's.
        width = next((width for width in widths if width > 1), 0)
        return width * sum(w == width for w in widths), width

    return max(DELIMITERS, key=score)


def _read_fast(text: Text, head: str, delimiter: str, shelf: Shelf | None) -> Grid | None:
    """Read big, well-formed text by Arrow; None when anything is odd, so that the strict reader decides."""
    if text.size <= SMALL_BYTES:
        return None
    header = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
    if sum(map(is_filled, header)) < 2 or not header[-1].strip() or not _is_well_quoted(text.chunks(), delimiter):
        return None
    widths: list[tuple[int, int]] = []
    blanks: list[int] = []

    def keep(row: arrow_csv.InvalidRow) -> str:
        widths.append((row.number, row.actual_columns))
        cells = next(csv.reader(io.StringIO(row.text or "", newline=""), delimiter=delimiter), [])
        # What is blank beyond the header's width is nothing; the strict reader knows what remains.
        if not any(is_filled(cell) for cell in cells[len(header) :] or cells):
            blanks.append(row.number)
        return "skip"

    names = [str(number) for number in range(len(header))]
    try:
        with text.open() as stream, _arrow_reader(stream, names, delimiter, keep) as reader:
            parts = laid(shelf, _numbered(reader, widths))
    except pa.ArrowInvalid:
        return None
    if blanks or not parts or [parts[0].column(name)[0].as_py() for name in names] != header:
        return None
    faults = [_width_fault(number, width, len(header)) for number, width in widths]
    return _grid(header, pa.concat_tables(parts).slice(1), faults)


def _arrow_reader(
    stream: BinaryIO, names: list[str], delimiter: str, keep: Callable[[arrow_csv.InvalidRow], str]
) -> arrow_csv.CSVStreamingReader:
    return arrow_csv.open_csv(
        pa.PythonFile(stream, "r"),
        read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=CHUNK_BYTES),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in names}, strings_can_be_null=False
        ),
    )


def _numbered(batches: Iterable[pa.RecordBatch], widths: list[tuple[int, int]]) -> Iterator[pa.Table]:
    """Give tables with each row's number, from 1; numbers in `widths`, which grows meanwhile, are of rows left out."""
    start, seen = 1, 0
    for batch in batches:
        left_out = np.array([number for number, _ in widths[seen:]], dtype=np.int64)
        numbers = np.arange(start, start + batch.num_rows + len(left_out))
        numbers = numbers[~np.isin(numbers, left_out)][: batch.num_rows] if len(left_out) else numbers
        if batch.num_rows:
            start = int(numbers[-1]) + 1
            while seen < len(widths) and widths[seen][0] < start:
                seen += 1
            yield pa.table(batch).append_column(LINE, pa.array(numbers, pa.int64()))


def _is_well_quoted(chunks: Iterable[bytes], delimiter: str) -> bool:
    """Say whether each quotation mark opens a value, closes one, or is doubled inside; Arrow reads `"5"x` as 5x."""
    ends = (delimiter.encode(), b"\n", b"\r", b"")
    before, rest = b"", b""
    for chunk in chain(chunks, [b""]):
        text = rest + chunk
        start = 0
        for found in QUOTED.finditer(text):
            start = found.start()
            if chunk and text[found.end() : found.end() + 1] in (b"", b'"'):
                break  # The value may go on in the next chunk.
            if (text[start - 1 : start] if start else before) not in ends:
                return False
            if text[found.end() : found.end() + 1] not in ends:
                return False
            start = found.end()
        marked = text.find(b'"', start)
        start = len(text) if marked < 0 else marked
        before, rest = text[start - 1 : start] if start else before, text[start:]
        if len(rest) > LONGEST_QUOTED:
            return False
    return not rest


def is_filled(cell: str) -> bool:
    """Say whether a cell holds anything: more than white space and the mark at which DOS ended its files."""
    return bool(cell.strip().strip("\x1a\ufeff").strip())


def find_header(rows: Iterable[list[str]]) -> tuple[int, list[str]]:
    """Give the header and its row, counted from 1: the first of two cells or more, since titles have one."""
    first: tuple[int, list[str]] = 0, []
    for number, row in enumerate(islice(rows, TITLE_ROWS), start=1):
        filled = sum(map(is_filled, row))
        if filled > 1:
            return number, row
        if filled and not first[0]:
            first = number, row
    return first


def _read_strict(text: Text, delimiter: str, shelf: Shelf | None) -> Grid | Fault:
    try:
        with closing(_rows(text, delimiter)) as rows:
            at, header = find_header(rows)
            if not at:
                deque(rows, maxlen=0)
                return Fault("header.none")
        width = _width(at, header, text, delimiter)
        faults: list[Fault] = []
        parts = laid(shelf if text.size > SMALL_BYTES else None, _good_rows(text, delimiter, at, width, faults))
    except csv.Error as error:
        return Fault("file.broken", seen=str(error))
    return _grid(header[:width], pa.concat_tables(parts), faults)


def _rows(text: Text, delimiter: str) -> Generator[list[str], None, None]:
    with io.TextIOWrapper(text.open(), "utf-8", newline="") as stream:
        reader, begun = csv.reader(stream, delimiter=delimiter, strict=True), 1
        try:
            for row in reader:
                begun = reader.line_num + 1
                yield row
        except csv.Error as error:
            where = f"line {begun}" if begun == reader.line_num else f"lines {begun} to {reader.line_num}"
            raise csv.Error(f"{_plain(error)}, in {where}") from error


def _width(at: int, header: list[str], text: Text, delimiter: str) -> int:
    """Count the columns: spreadsheets leave trailing separators behind; a nameless, empty last column is no column."""
    named = max(number for number, cell in enumerate(header, start=1) if cell.strip())
    if named == len(header):
        return named
    with closing(_rows(text, delimiter)) as rows:
        below = islice(rows, at, None)
        filled = (max((n for n, cell in enumerate(row[: len(header)], start=1) if cell), default=0) for row in below)
        return max(named, max(filled, default=0))


def _good_rows(text: Text, delimiter: str, at: int, width: int, faults: list[Fault]) -> Iterator[pa.Table]:
    """Give the rows of the header's width in tables of bounded size; the others become faults."""
    good: list[list[str]] = []
    lines: list[int] = []
    with closing(_rows(text, delimiter)) as rows:
        for number, row in enumerate(islice(rows, at, None), start=at + 1):
            row = row[:width] if len(row) > width and not any(map(is_filled, row[width:])) else row
            if len(row) == width:
                good.append(row)
                lines.append(number)
            elif any(map(is_filled, row)):
                faults.append(_width_fault(number, len(row), width))
            if len(good) == ROWS_AT_ONCE:
                yield _table(good, lines, width)
                good, lines = [], []
    yield _table(good, lines, width)


def _table(rows: list[list[str]], lines: list[int], width: int) -> pa.Table:
    columns: list[list[str | None]] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
    return text_table(columns).append_column(LINE, pa.array(lines, pa.int64()))


def _grid(header: list[str], table: pa.Table, faults: list[Fault]) -> Grid:
    names = [str(number) for number in range(len(header))]
    return Grid(header, table.select(names), table.column(LINE), _prefixes(len(header)), faults=faults)


def _width_fault(line: int, width: int, wanted: int) -> Fault:
    return Fault("row.width", line, "", _under(width, wanted))


@lru_cache
def _under(width: int, wanted: int) -> str:
    """Give one text for all rows of a width: there may be a million."""
    return f"{counted(width, 'value')} under {counted(wanted, 'column')}"


def counted(count: int, what: str) -> str:
    """Give a number with its noun."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _plain(error: Exception) -> str:
    known = {"unexpected end of data": "a quotation mark is never closed"}
    return known.get(str(error), "quotation marks are out of place")


def _prefixes(width: int) -> list[str]:
    return [letters(number) for number in range(1, width + 1)]


def _over_limit(grid: Grid, limits: Limits) -> Fault | None:
    if len(grid.header) > limits.columns:
        return Fault("file.limit", seen=f"{len(grid.header):,} columns, {limits.columns:,} allowed")
    if grid.rows.num_rows > limits.rows:
        return Fault("file.limit", seen=f"{grid.rows.num_rows:,} rows, {limits.rows:,} allowed")
    return None
