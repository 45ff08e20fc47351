"""Numbers and texts as every format writes them: no rounding, no formula, no needless zero."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

LOOKS_LIKE_FORMULA = ("=", "+", "-", "@", "\t", "\r")
PLAIN_NUMBER = re.compile(r"[-+]?([A-Z]{3} |[A-Z]{0,2}[£$€¥₹₩₪₫])?\d[\d,]*(\.\d+)?(%| months?| points)?\Z")


def as_text(value: float | None) -> str:
    """Give a number as text without exponent or needless zeros; '' for none."""
    if value is None:
        return ""
    text = f"{Decimal(str(value)):f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def as_number(value: float | None) -> int | float | None:
    """Give a number as JSON and Excel know it: whole numbers without a point."""
    return int(value) if value is not None and float(value).is_integer() else value


def escaped(text: str) -> str:
    """Give text that a spreadsheet does not take for a formula: an apostrophe before = + - @, tab and return."""
    if text.startswith(LOOKS_LIKE_FORMULA) and not PLAIN_NUMBER.match(text):
        return "'" + text
    return text


def unescaped(text: str) -> str:
    """Give back what `escaped` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(LOOKS_LIKE_FORMULA) else text


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 text with plain line ends, making the folder; give the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def write_json(path: Path, value: Any, indent: int | None = 1) -> Path:
    """Write JSON with keys in the order given, so that the same content is the same bytes."""
    return write_text(path, json.dumps(value, indent=indent, ensure_ascii=False, default=str) + "\n")
