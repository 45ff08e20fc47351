"""Workbooks for the tests, good ones and ones taken apart and put together wrongly."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

from openpyxl import Workbook

Row = Iterable[Any]


def book(*rows: Row, sheets: dict[str, list[Row]] | None = None, stamp: dict[str, str] | None = None) -> bytes:
    """Write rows to the first sheet, others to sheets of their own, and a stamp to the hidden `_form`."""
    target = Workbook()
    sheet = target.active
    sheet.title = "Answers"
    for row in rows:
        sheet.append(list(row))
    for name, more in (sheets or {}).items():
        other = target.create_sheet(name)
        for row in more:
            other.append(list(row))
    if stamp:
        form = target.create_sheet("_form")
        form.sheet_state = "veryHidden"
        for pair in stamp.items():
            form.append(pair)
    return saved(target)


def saved(target: Workbook) -> bytes:
    """Give a workbook's bytes."""
    stream = io.BytesIO()
    target.save(stream)
    return stream.getvalue()


def with_parts(content: bytes, change: Callable[[str, bytes], bytes] | None = None, **added: bytes) -> bytes:
    """Put a workbook together again with changed and added parts (`__` in a name stands for a slash)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            data = source.read(entry)
            target.writestr(entry.filename, change(entry.filename, data) if change else data)
        for name, data in added.items():
            target.writestr(name.replace("__", "/"), data)
    return stream.getvalue()


def with_named_part(content: bytes, name: str, data: bytes) -> bytes:
    """Add one part under any name."""
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as target:
        target.writestr(name, data)
    return stream.getvalue()


def changed_sheet(content: bytes, old: bytes, new: bytes) -> bytes:
    """Replace bytes in the first sheet's XML."""

    def change(name: str, data: bytes) -> bytes:
        return data.replace(old, new) if name == "xl/worksheets/sheet1.xml" else data

    return with_parts(content, change)
