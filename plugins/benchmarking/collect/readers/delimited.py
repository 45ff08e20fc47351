"""CSV and its relatives, read as text: encoding and delimiter are found, declared, and never left to a sniffer."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice

import pyarrow as pa
import pyarrow.csv as arrow_csv

from benchmarking.collect.faults import Fault
from benchmarking.collect.grid import Grid, Reading, letters, text_table
from benchmarking.settings import Limits

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SMALL_BYTES = 256 * 1024
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"))
MARKS_16 = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# Bytes that Windows code page 1252 does not define: text holding them is in another one.
UNDEFINED_1252 = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*"')
csv.field_size_limit(2**31 - 1)


def read_delimited(content: bytes, limits: Limits) -> Reading:
    """Read delimited text whose first row is the header.

    Every row comes back with the number a spreadsheet shows for it; a row whose width differs from the header's is
    a fault of its own, since which cell is which cannot be known.
    """
    if not content.strip():
        return Reading(refusal=Fault("file.empty"))
    text, encoding = decode(content)
    if text is None:
        return Reading(refusal=Fault("file.encoding"), facts={"encoding": "unknown"})
    text = text.lstrip("\ufeff")
    declared, text = _declared_delimiter(text)
    delimiter = declared or find_delimiter(text)
    facts = {"encoding": encoding, "delimiter": DELIMITERS.get(delimiter, delimiter)}
    if "\x00" in text:
        return Reading(refusal=Fault("file.broken", seen="it holds NUL characters"), facts=facts)
    fast = _read_fast(text, content if encoding == "utf-8" and not declared else None, delimiter)
    grid = fast or _read_strict(text, delimiter)
    if isinstance(grid, Fault):
        return Reading(refusal=grid, facts=facts)
    over = _over_limit(grid, limits)
    if declared:
        # The line "sep=;" stands above the header in the file, as a spreadsheet shows it.
        grid.lines = pa.compute.add(pa.array(grid.lines, pa.int64()), 1)
        grid.faults = [Fault(f.rule, f.line + 1, f.column, f.seen) for f in grid.faults]
    return Reading(refusal=over, facts=facts) if over else Reading(grids=[grid], facts=facts)


def decode(content: bytes) -> tuple[str | None, str]:
    """Decode by mark, then strict UTF-8, then UTF-16 without mark, then cp1252, then what the bytes look like."""
    for mark, encoding in (*MARKS, *MARKS_16):
        if content.startswith(mark):
            return _try(content, encoding), encoding
    text = _try(content, "utf-8")
    if text is not None and "\x00" not in text:
        return text, "utf-8"
    for encoding, zeros in (("utf-16-le", content[1::2]), ("utf-16-be", content[::2])):
        if len(content) % 2 == 0 and zeros.count(0) > len(zeros) * 0.4:
            return _try(content, encoding), encoding
    if text is not None:
        return text, "utf-8"
    if not any(byte in content for byte in UNDEFINED_1252) and not _looks_other(content):
        return _try(content, "cp1252"), "cp1252"
    return _looked_up(content)


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _looks_other(content: bytes) -> bool:
    """Say whether letters above ASCII come in runs, as in Cyrillic or Greek, and not singly, as in western names."""
    high = [byte >= 0xC0 for byte in content[:65536]]
    pairs = sum(1 for first, second in zip(high, high[1:], strict=False) if first and second)
    return pairs > 0.5 * max(1, sum(high))


def _looked_up(content: bytes) -> tuple[str | None, str]:
    from charset_normalizer import from_bytes

    best = from_bytes(content[:262144]).best()
    if best is None:
        return None, ""
    return _try(content, best.encoding), best.encoding


def _declared_delimiter(text: str) -> tuple[str, str]:
    first, _, rest = text.partition("\n")
    mark = first.strip().strip('"')
    if mark.lower().startswith("sep=") and len(mark) == 5:
        return mark[4], rest
    return "", text


def find_delimiter(text: str) -> str:
    """Take the delimiter that cuts the first rows into the most columns of the same number."""

    def score(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(islice(csv.reader(io.StringIO(text[:65536], newline=""), delimiter=delimiter), 20))
        except csv.Error:
            return 0, 0
        widths = [len(row) for row in rows if row]
        width = widths[0] if widths else 0
        return (width if width > 1 else 0) * sum(w == width for w in widths), width

    return max(DELIMITERS, key=score)


def _read_fast(text: str, content: bytes | None, delimiter: str) -> Grid | None:
    """Read big, well-formed text by Arrow; None when anything is odd, so that the strict reader decides.

    Args:
        content: the text in UTF-8, where that is at hand.
    """
    if len(text) <= SMALL_BYTES:
        return None
    first = next(csv.reader(io.StringIO(text[:65536], newline=""), delimiter=delimiter), [])
    if not first or not _is_well_quoted(text, delimiter):
        return None
    widths: list[tuple[int, int]] = []
    blanks: list[int] = []

    def keep(row: arrow_csv.InvalidRow) -> str:
        widths.append((row.number, row.actual_columns))
        cells = next(csv.reader(io.StringIO(row.text or "", newline=""), delimiter=delimiter), [])
        # What is blank beyond the header's width is nothing; the strict reader knows what remains.
        if not any(cell.strip() for cell in cells[len(first) :] or cells):
            blanks.append(row.number)
        return "skip"

    names = [str(number) for number in range(len(first))]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content or text.encode("utf-8", "replace")),
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=8 * 1024 * 1024),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if blanks or table.num_rows == 0 or [table.column(n)[0].as_py() for n in names] != first:
        return None
    return _grid_of_arrow(first, table, widths)


def _is_well_quoted(text: str, delimiter: str) -> bool:
    """Say whether each quotation mark opens a value, closes one, or is doubled inside; Arrow reads `"5"x` as 5x."""
    ends = (delimiter, "\n", "\r", "")
    marks = 0
    for found in QUOTED.finditer(text):
        if (
            text[max(0, found.start() - 1) : found.start()] not in ends
            or text[found.end() : found.end() + 1] not in ends
        ):
            return False
        marks += found[0].count('"')
    return marks == text.count('"')


def _grid_of_arrow(header: list[str], table: pa.Table, widths: list[tuple[int, int]]) -> Grid:
    import numpy as np

    numbers = np.ones(table.num_rows + len(widths), dtype=bool)
    numbers[[number - 1 for number, _ in widths]] = False
    lines = pa.array(np.flatnonzero(numbers) + 1, pa.int64())
    faults = [_width_fault(number, width, len(header)) for number, width in widths]
    return Grid(header, table.slice(1), lines.slice(1), _prefixes(len(header)), faults=faults)


def _read_strict(text: str, delimiter: str) -> Grid | Fault:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return Fault("file.broken", seen=_plain(error))
    header = rows[0] if rows else []
    if not any(cell.strip() for cell in header):
        return Fault("header.none")
    while header and not header[-1].strip() and all(len(r) < len(header) or not r[len(header) - 1] for r in rows[1:]):
        # Spreadsheets leave trailing separators behind; a nameless, empty last column is no column.
        header = header[:-1]
    width = len(header)
    good, lines, faults = [], [], []
    for number, row in enumerate(rows[1:], start=2):
        row = row[:width] if len(row) > width and not any(cell.strip() for cell in row[width:]) else row
        if not row:
            continue
        if len(row) == width:
            good.append(row)
            lines.append(number)
        elif any(cell.strip() for cell in row):
            faults.append(_width_fault(number, len(row), width))
    columns: list[list[str | None]] = [list(column) for column in zip(*good, strict=True)] or [[] for _ in header]
    return Grid(header, text_table(columns), lines, _prefixes(width), faults=faults)


def _width_fault(line: int, width: int, wanted: int) -> Fault:
    return Fault("row.width", line, "", f"{width} values under {wanted} columns")


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
