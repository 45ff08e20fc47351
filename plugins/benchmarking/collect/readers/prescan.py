"""A look at a workbook before anything parses it: sizes, names, macros, links, cell references."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from benchmarking.collect.faults import Fault

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
CELL = re.compile(rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Z]{1,9})(\d{1,12})"')
HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]{0,400}\bhidden="(?:1|true)")[^>]{0,400}?\br="(\d{1,9})"')
HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\b(?=[^>]{0,400}\bhidden="(?:1|true)")([^>]{0,400})')
SPAN = re.compile(rb'\b(min|max)="(\d{1,5})"')
FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml\Z")
SMALL_ENTRY = 100_000
# What other programs put into a zip archive, by the part that tells.
ARCHIVES = {
    "xl/workbook.bin": "a binary workbook (.xlsb)",
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a PowerPoint file",
    "index/document.iwa": "an Apple Numbers or Pages document",
    "mimetype": "an OpenDocument file (such as .ods)",
}


@dataclass(frozen=True)
class Hidden:
    """What a sheet hides: rows, and first and last of neighbouring columns, counted from 1."""

    rows: list[int]
    columns: list[tuple[int, int]]


def prescan(content: bytes, limits: dict[str, int]) -> tuple[Fault | None, dict[str, Hidden], bool]:
    """Say why a workbook is refused, else give what is hidden by sheet part and whether it holds formulas."""
    if content.startswith(OLD_OFFICE):
        return Fault("file.encrypted") if ENCRYPTED in content else _kind("an old .xls workbook"), {}, False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            fault = _names(archive) or _sizes(archive, limits)
            return (fault, {}, False) if fault else _parts(archive, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        return Fault("file.broken", seen="it is no workbook"), {}, False


def _kind(seen: str) -> Fault:
    return Fault("file.kind", seen=seen)


def _names(archive: zipfile.ZipFile) -> Fault | None:
    names = [entry.filename for entry in archive.infolist()]
    low = [name.replace("\\", "/").lower() for name in names]
    for name in low:
        if name.startswith("/") or ".." in name.split("/") or ":" in name:
            return Fault("file.unsafe", seen=f"a part named {name}")
    if len(set(low)) < len(low):
        return Fault("file.unsafe", seen="two parts of one name")
    if any(entry.flag_bits & 1 for entry in archive.infolist()):
        return Fault("file.encrypted")
    for mark, rule in (
        ("vbaproject", "file.macros"),
        ("xl/macrosheets/", "file.macros"),
        ("externallinks/", "file.links"),
    ):
        found = next((name for name in low if mark in name), None)
        if found:
            return Fault(rule, seen=found)
    if "[content_types].xml" not in low or "xl/workbook.xml" not in low:
        other = next(
            (what for part, what in ARCHIVES.items() if part in low), "a zip archive that is no .xlsx workbook"
        )
        return _kind(other)
    return None


def _sizes(archive: zipfile.ZipFile, limits: dict[str, int]) -> Fault | None:
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if total > limits["unzipped_bytes"]:
        return Fault("file.limit", seen=f"{total:,} bytes unzipped, {limits['unzipped_bytes']:,} allowed")
    for entry in entries:
        if entry.file_size > SMALL_ENTRY and entry.file_size > limits["zip_ratio"] * max(1, entry.compress_size):
            return Fault("file.limit", seen=f"{entry.filename} is packed more than {limits['zip_ratio']} to 1")
    sheets = sum(1 for entry in entries if SHEET.match(entry.filename))
    if sheets > limits["sheets"]:
        return Fault("file.limit", seen=f"{sheets} sheets, {limits['sheets']} allowed")
    return None


def _parts(archive: zipfile.ZipFile, limits: dict[str, int]) -> tuple[Fault | None, dict[str, Hidden], bool]:
    hidden: dict[str, Hidden] = {}
    formulas = False
    for entry in archive.infolist():
        if not entry.filename.lower().endswith((".xml", ".rels")):
            continue
        data = archive.read(entry)
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            return Fault("file.unsafe", seen="a part with declared entities"), {}, False
        if SHEET.match(entry.filename):
            fault = _references(data, limits)
            if fault:
                return fault, {}, False
            formulas = formulas or FORMULA.search(data) is not None
            hidden[entry.filename] = _hidden(data)
    return None, hidden, formulas


def _hidden(data: bytes) -> Hidden:
    if b"hidden=" not in data:
        return Hidden([], [])
    spans = [dict(SPAN.findall(column)) for column in HIDDEN_COLUMN.findall(data)]
    columns = [(int(span[b"min"]), int(span[b"max"])) for span in spans if len(span) == 2]
    return Hidden([int(row) for row in HIDDEN_ROW.findall(data)], columns)


def _references(data: bytes, limits: dict[str, int]) -> Fault | None:
    columns, rows = limits["columns"], limits["rows"]
    for letters, digits in CELL.findall(data):
        number = 0
        for letter in letters:
            number = number * 26 + letter - 64
        if number > columns or int(digits) > rows:
            return Fault("file.limit", seen=f"a cell at {letters.decode()}{digits.decode()}")
    return None
