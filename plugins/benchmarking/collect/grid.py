"""What every reader gives: rows of text under a header, and where each stood in the file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from benchmarking.collect.faults import Fault

# A cell's text begins with one of these when the file knows more about it than its text says.
NATIVE = "\x02"  # a number that the file holds as a number: no separator to guess
FORMULA = "\x01formula"  # a formula whose value was never calculated
ERROR = "\x01error "  # an error value, such as "\x01error #N/A"
LINE = "line"
FILL_IN_HEADER = ("question", "answer")  # of a form with one question a row
DIGITS = "\x01digits "  # a number longer than a spreadsheet keeps exactly


@dataclass
class Grid:
    """One table of a file, all text; `rows` has one column a header entry, in order, named "0", "1", ...

    lines: the row of each in the file, counted from 1 as a spreadsheet shows it, or the record in a JSON list.
    prefixes: for each column what stands before the line in a cell's locator, such as "Sheet1!C"; with `is_fixed`
        the whole locator.
    """

    header: list[str]
    rows: pa.Table
    lines: list[int] | pa.Array | pa.ChunkedArray
    prefixes: list[str]
    sheet: str = ""
    is_fixed: bool = False
    is_records: bool = False
    faults: list[Fault] = field(default_factory=list)
    parents: pa.Array | None = None

    def line_numbers(self) -> pa.Array | pa.ChunkedArray:
        """Give `lines` as a column."""
        return pa.array(self.lines, pa.int64()) if isinstance(self.lines, list) else self.lines


@dataclass
class Reading:
    """One file as read: its tables, or the one fault for which it cannot be read at all.

    facts: what was found out and is declared on the receipt (encoding, delimiter, profile, ...).
    stamp: the key and value rows of a fill-in workbook's `_form` sheet.
    """

    grids: list[Grid] = field(default_factory=list)
    rosters: list[Grid] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    stamp: dict[str, str] = field(default_factory=dict)
    refusal: Fault | None = None


def has_bytes_between(cells: pa.Array, low: str, high: str) -> bool:
    """Say whether every byte of every text lies between two ASCII characters."""
    content = cells.buffers()[2] if len(cells) else None
    if content is None or not content.size:
        return True
    seen = np.frombuffer(content, dtype=np.uint8)
    return bool(seen.min() >= ord(low) and seen.max() <= ord(high))


def text_table(columns: list[list[str | None]]) -> pa.Table:
    """Build the all-text table of a grid from its columns."""
    return pa.table({str(number): pa.array(cells, pa.string()) for number, cells in enumerate(columns)})


def letters(number: int) -> str:
    """Give a spreadsheet's name of a column, counted from 1: 1 is A, 27 is AA."""
    name = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
