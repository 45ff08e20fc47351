"""The child that parses workbooks: `python -m benchmarking.collect.readers.worker`, one file after another.

It says that it is ready, then reads frames from standard input (a JSON line with the length and the limits, then the
bytes) and answers each with one line of JSON. It runs under limits of memory and of processor time for each file;
whatever a workbook does to it, the parent lives on and starts another.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import re
import resource
import sys
import time
import warnings
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException

from benchmarking.collect.grid import DIGITS, ERROR, FORMULA, NATIVE
from benchmarking.collect.readers.prescan import Hidden, prescan

STAMP_SHEET = "_form"
EXACT_DIGITS = 15
READY = b"ready\n"
FIRST_OWN_FORMAT = 164
# A number format's words: space of a letter's width, a locale, a currency, quoted text, one letter, a sign.
CURRENCY = re.compile(r"""[_*].|\[\$-[^\]]*\]|\[\$([^\]-]+)[^\]]*\]|"([^"]*)"|\\(.)|([€£$¥])""")
SIGN = re.compile(r"[€£$¥]|\b(AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|NOK|NZD|PLN|SEK|SGD|USD|ZAR)\b")
# A stranger's marks that look like ours become another control character, which no answer may hold either.
UNMARKED = str.maketrans({NATIVE: "\x03", FORMULA[0]: "\x03"})


def main() -> None:
    """Answer frames until the input ends."""
    warnings.simplefilter("ignore")
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    answers.write(READY)
    answers.flush()
    while head := source.readline():
        frame = json.loads(head)
        _limit(resource.RLIMIT_AS, frame["limits"]["parse_memory_bytes"])
        _limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + frame["limits"]["parse_seconds"])
        content = source.read(frame["length"])
        try:
            answer = read_workbook(content, frame["limits"])
        except MemoryError:
            answer = {"refusal": ["file.gave_up", ""]}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _limit(what: int, size: int) -> None:
    _, hard = resource.getrlimit(what)
    with contextlib.suppress(ValueError):
        resource.setrlimit(what, (size, hard))


def read_workbook(content: bytes, limits: dict[str, int]) -> dict[str, Any]:
    """Give a workbook's visible sheets as rows of text and its stamp, or the rule that refuses it."""
    fault, hidden, formulas = prescan(content, limits)
    if fault:
        return {"refusal": [fault.rule, fault.seen]}
    try:
        values = _opened(content, data_only=True)
        texts = _opened(content, data_only=False) if formulas else None
        return _workbook(values, texts, hidden)
    except MemoryError:
        raise
    except (
        InvalidFileException,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        OSError,
        SyntaxError,
    ) as e:
        # openpyxl raises whatever its innards run into; to the sender they are all one thing.
        return {"refusal": ["file.broken", f"its parts do not fit together ({type(e).__name__})"]}
    except Exception as e:
        return {"refusal": ["file.broken", f"it cannot be read ({type(e).__name__})"]}


class _Reader(ExcelReader):
    """openpyxl's reader, without the sheets that are nothing but a chart: one of them stops it."""

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """Leave it out."""


def _opened(content: bytes, data_only: bool) -> Any:
    reader = _Reader(io.BytesIO(content), read_only=True, data_only=data_only, keep_links=False)
    reader.read()
    return reader.wb


def _workbook(values: Any, texts: Any, hidden: dict[str, Hidden]) -> dict[str, Any]:
    sheets, stamp, unseen = [], {}, []
    for sheet in values.worksheets:
        if sheet.title == STAMP_SHEET:
            stamp = {str(row[0]): _cell_text(row[1]) for row in _values(sheet) if len(row) > 1 and row[0] is not None}
        elif sheet.sheet_state == "visible":
            rows = _rows(sheet, texts[sheet.title] if texts is not None else None)
            part = getattr(sheet, "_worksheet_path", "")
            away = hidden.get(part.lstrip("/"), Hidden([], []))
            sheets.append({"name": sheet.title, "rows": rows, "hidden": away.rows, "hidden_columns": away.columns})
        elif any(True for row in _values(sheet) for value in row if value is not None):
            unseen.append(sheet.title)
    return {"sheets": sheets, "unseen": unseen, "stamp": {key: value.lstrip(NATIVE) for key, value in stamp.items()}}


def _values(sheet: Any) -> Any:
    sheet.reset_dimensions()
    return sheet.iter_rows(values_only=True)


def _rows(sheet: Any, formulas: Any) -> list[tuple[int, list[str]]]:
    """Give the rows that hold anything, each with its number; cells are text, "" where blank."""
    found: list[tuple[int, list[str]]] = []
    sheet.reset_dimensions()
    beside = _values(formulas) if formulas is not None else None
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_text(cell) for cell in row]
        if beside is not None:
            cells = [_or_formula(text, formula) for text, formula in zip(cells, next(beside), strict=False)]
        cells = [cell if cell.strip() else "" for cell in cells]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            found.append((number, cells))
    return found


def _or_formula(text: str, formula: Any) -> str:
    if text == "" and isinstance(formula, str) and formula.startswith("="):
        return FORMULA
    return FORMULA if text == "" and formula is not None and not isinstance(formula, (str, int, float)) else text


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return ERROR + value if cell.data_type == "e" else _clean(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return f"{float(value) * 100:.13g}%"
    text = _cell_text(value)
    return NATIVE + _sign(cell) + text.removeprefix(NATIVE) if text.startswith(NATIVE) else text


def _sign(cell: Any) -> str:
    """Give the currency that a number is shown in, where its format names one; the mere "$" of a built-in format is
    whatever currency the sender's computer has.
    """
    pattern = cell.number_format or ""
    if pattern == "General" or cell.style_array.numFmtId < FIRST_OWN_FORMAT:
        return ""
    shown = ["".join(found.groups("")) for found in CURRENCY.finditer(pattern.split(";")[0])]
    return next((text.strip() for text in shown if SIGN.search(text)), "")


def _cell_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time_of_day(0) else value.isoformat(" ", "seconds")
    if isinstance(value, (date, time_of_day)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return _clean(str(value)) if value is not None else ""


def _number(value: int | float) -> str:
    """Give the fifteen digits that a spreadsheet shows; a longer whole number has lost some."""
    if isinstance(value, int) or value.is_integer():
        digits = str(int(value)) if abs(value) < 1e300 else f"{value:.15g}"
        return (DIGITS if len(digits.lstrip("-")) > EXACT_DIGITS else NATIVE) + digits
    text = f"{value:.15g}"
    return NATIVE + (f"{value:.20f}".rstrip("0") if "e" in text else text)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").translate(UNMARKED)


if __name__ == "__main__":
    main()
