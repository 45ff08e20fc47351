"""Which reader reads which file: by what the bytes are, with the ending of the name as the second witness."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from benchmarking.collect.faults import Fault
from benchmarking.collect.grid import Reading
from benchmarking.collect.readers.delimited import read_delimited
from benchmarking.collect.readers.json_records import read_json
from benchmarking.collect.readers.prescan import OLD_OFFICE
from benchmarking.collect.readers.text import is_blank
from benchmarking.collect.readers.workbook import WorkbookReaders
from benchmarking.collect.shelf import Shelf
from benchmarking.collect.source import Content, head_of, whole_of
from benchmarking.settings import Limits

DELIMITED = (".csv", ".tsv", ".txt", ".tab")
OTHERS = {
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "a rich-text document",
}
HEAD_BYTES = 200
PAGE = re.compile(
    rb"\s*<(!doctype|!--|\?xml|html|head|body|meta|style|script|table|div)\b|\s*<(!--|\?xml)", re.IGNORECASE
)
RECORDS = re.compile(rb'\s*(\[\s*)?\{\s*"')
JSON = (".json", ".jsonl", ".ndjson")


def read_all(
    files: Sequence[tuple[str, Content]],
    limits: Limits,
    workbooks: WorkbookReaders,
    rosters: tuple[str, ...] = (),
    shelf: Shelf | None = None,
) -> list[Reading]:
    """Read files (name and bytes); each gives its own reading, in the same order, and none can stop another.

    Args:
        shelf: where the rows of big text files are laid.
    """
    kinds = [_kind(name, content, limits) for name, content in files]
    is_book = [kind == "book" for kind in kinds]
    books = iter(workbooks.read([whole_of(file[1]) for file, is_one in zip(files, is_book, strict=True) if is_one]))
    readings = []
    for (_, content), kind in zip(files, kinds, strict=True):
        if isinstance(kind, Fault):
            readings.append(Reading(refusal=kind))
        elif kind == "book":
            readings.append(next(books))
        elif kind == "json":
            readings.append(read_json(whole_of(content), limits, rosters))
        else:
            readings.append(read_delimited(content, limits, shelf))
    return readings


def _kind(name: str, content: Content, limits: Limits) -> str | Fault:
    ending, head = PurePosixPath(name.lower()).suffix, head_of(content, HEAD_BYTES)
    if is_blank(content):
        return Fault("file.empty")
    if len(content) > limits.file_bytes:
        return Fault("file.too_big", seen=f"{len(content):,} bytes, {limits.file_bytes:,} allowed")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", OLD_OFFICE)):
        return "book"
    other = next((what for mark, what in OTHERS.items() if head.startswith(mark)), None)
    head = head.removeprefix(b"\xef\xbb\xbf")
    if other or PAGE.match(head):
        return Fault("file.kind", seen=other or "a web page or XML")
    if ending in (".xlsx", ".xlsm"):
        return Fault("file.broken", seen="it is no workbook, whatever its name ends in")
    if ending in JSON or (ending in DELIMITED and RECORDS.match(head)):
        return "json"
    return "csv" if ending in DELIMITED else Fault("file.kind", seen=ending or "a name without an ending")
