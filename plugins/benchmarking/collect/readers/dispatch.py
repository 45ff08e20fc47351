"""Which reader reads which file: by what the bytes are, with the ending of the name as the second witness."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from benchmarking.collect.faults import Fault
from benchmarking.collect.grid import Reading
from benchmarking.collect.readers.delimited import read_delimited
from benchmarking.collect.readers.json_records import read_json
from benchmarking.collect.readers.prescan import OLD_OFFICE
from benchmarking.collect.readers.workbook import WorkbookReaders
from benchmarking.settings import Limits

DELIMITED = (".csv", ".tsv", ".txt", ".tab")
OTHERS = {b"%PDF": "a PDF", b"\x1f\x8b": "a gzip archive", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture"}
PAGES = (b"<!doctype html", b"<html", b"<?xml")


def read_all(
    files: Sequence[tuple[str, bytes]], limits: Limits, workbooks: WorkbookReaders, rosters: tuple[str, ...] = ()
) -> list[Reading]:
    """Read files (name and bytes); each gives its own reading, in the same order, and none can stop another."""
    kinds = [_kind(name, content, limits) for name, content in files]
    books = iter(workbooks.read([content for (_, content), kind in zip(files, kinds, strict=True) if kind == "book"]))
    readings = []
    for (_, content), kind in zip(files, kinds, strict=True):
        if isinstance(kind, Fault):
            readings.append(Reading(refusal=kind))
        elif kind == "book":
            readings.append(next(books))
        else:
            readings.append(read_json(content, limits, rosters) if kind == "json" else read_delimited(content, limits))
    return readings


def _kind(name: str, content: bytes, limits: Limits) -> str | Fault:
    ending = PurePosixPath(name.lower()).suffix
    if not content.strip():
        return Fault("file.empty")
    if len(content) > limits.file_bytes:
        return Fault("file.too_big", seen=f"{len(content):,} bytes, {limits.file_bytes:,} allowed")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", OLD_OFFICE)):
        return "book"
    other = next((what for mark, what in OTHERS.items() if content.startswith(mark)), None)
    if other or content[:200].lstrip().lower().startswith(PAGES):
        return Fault("file.kind", seen=other or "a web page or XML")
    if ending in (".xlsx", ".xlsm"):
        return Fault("file.broken", seen="it is no workbook")
    if ending == ".json":
        return "json"
    return "csv" if ending in DELIMITED else Fault("file.kind", seen=ending or "a name without an ending")
