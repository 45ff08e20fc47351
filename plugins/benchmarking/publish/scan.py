"""Look through every byte of a release for what must not be in it: agencies' ids, names, answers, hidden figures."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from benchmarking import sql
from benchmarking.catalog import Programme, Question
from benchmarking.errors import BenchmarkingError
from benchmarking.publish.content import Content
from benchmarking.publish.quality import is_written
from benchmarking.warehouse import Warehouse

WORD = re.compile(r"[\w-]+")
# A comma joins digits only before groups of three: "28,145,1040" in a line of CSV is not one number.
NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?!\w)")
BASE64 = re.compile(r";base64,[A-Za-z0-9+/=]+")
# Where a cell stands in a sheet: A1000 is the place of one before it is anybody's id.
CELL_PLACE = re.compile(r'\b(?:r|ref|sqref|topLeftCell|activeCell)="[A-Z]{1,3}\d+(?:[: ][A-Z]{1,3}\d+)*"')
SHORTEST_NAME, SHORTEST_ANSWER, SHORTEST_DIGITS = 4, 12, 7
# Below this many digits a number of the page may equal an answer by chance; from it on, it was copied.
TELLING_DIGITS, EXACT_DIGITS = 7, 15
IDENTITY_ROLES = ("agency", "record_id", "contact")
ZIPPED = (".xlsx", ".pptx")
PNG_TEXT = (b"tEXt", b"iTXt", b"zTXt")


class SecretInRelease(BenchmarkingError):
    """A file of the release holds what must not leave the warehouse."""


@dataclass(frozen=True)
class Secrets:
    """What must not appear: single words, longer texts, and numbers by their first seven digits."""

    words: frozenset[str]
    texts: tuple[str, ...]
    numbers: frozenset[str]


def scan_release(warehouse: Warehouse, content: Content, folder: Path, tables: Mapping[str, int]) -> int:
    """Scan every file; give the number of files.

    Raises:
        SecretInRelease: the sentence names the file and the kind of finding, not the secret.
    """
    connection = warehouse.connect(tables)
    try:
        secrets = find_secrets(connection, content)
    finally:
        connection.close()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        for name, text in texts_of(path):
            kind = finding(text, secrets)
            if kind:
                place = f"{path.relative_to(folder)} {name}".strip()
                raise SecretInRelease(f"{place} holds {kind}.", content.version, "Nothing was published; report this.")
    return len(files)


def find_secrets(connection: duckdb.DuckDBPyConnection, content: Content) -> Secrets:
    """Gather what must not appear, from the answers and the figures of the release's year."""
    public = _public_text(content)
    names = {text for text in _identities(connection, content.programme) if text not in public}
    shown = {telling(number) for cell in content.cells for number in (cell.value, cell.lower, cell.upper) if number}
    found = connection.execute(sql.read("release/secret_numbers"), {"year": content.survey_year}).fetchall()
    numbers = {telling(value) for (value,) in found} - shown - {""}
    single = frozenset(text for text in names if WORD.fullmatch(text))
    return Secrets(single, tuple(sorted(names - single)), frozenset(numbers))


def finding(text: str, secrets: Secrets) -> str:
    """Give what kind of secret a text holds; '' for none."""
    plain = BASE64.sub("", html.unescape(text))
    if secrets.words & set(WORD.findall(plain)) or any(secret in plain for secret in secrets.texts):
        return "an agency's id, name or own words"
    numbers = {telling(match.replace(",", "")) for match in NUMBER.findall(plain)}
    return "an answer or a hidden figure" if secrets.numbers & numbers else ""


def telling(number: float | str) -> str:
    """Give a number's first seven digits if it has that many, else ''; 0.01234567 and 1234567 tell alike."""
    text = repr(number) if isinstance(number, float) else str(number)
    if sum(map(str.isdigit, text)) > EXACT_DIGITS and "." in text:
        # What a number has beyond these digits is noise of its writing: 0.08500000000000001 is 0.085.
        text = f"{float(text):.{EXACT_DIGITS}g}"
    if "e" in text or "E" in text:
        text = f"{float(text):.12f}"
    digits = text.lstrip("-").replace(".", "").lstrip("0").rstrip("0")
    return digits[:TELLING_DIGITS] if len(digits) >= TELLING_DIGITS else ""


def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """Give every text in a file by the name of its part: members of zips, pages of a PDF, columns of Parquet.

    Cells of CSV and values of JSON stand in lines of their own: 228,676 beside each other are two numbers, not one.
    """
    if path.suffix in ZIPPED:
        yield from _zip_texts(path.read_bytes())
    elif path.suffix == ".pdf":
        yield from _pdf_texts(path)
    elif path.suffix == ".parquet":
        table = pq.read_table(path)
        yield "metadata", str(table.schema.metadata)
        yield from ((name, "\n".join(map(str, table.column(name).to_pylist()))) for name in table.column_names)
    elif path.suffix == ".png":
        yield from _png_texts(path.read_bytes())
    else:
        yield "", _as_lines(path.suffix, path.read_bytes().decode("utf-8", "replace"))


def _as_lines(suffix: str, text: str) -> str:
    if suffix == ".csv":
        return "\n".join(chain.from_iterable(csv.reader(io.StringIO(text, newline=""))))
    return "\n".join(_scalars(json.loads(text))) if suffix == ".json" else text


def _scalars(value: Any) -> Iterator[str]:
    """Give every key and value of what a JSON text says."""
    if isinstance(value, dict):
        yield from map(str, value)
        value = list(value.values())
    if isinstance(value, list):
        yield from chain.from_iterable(map(_scalars, value))
    else:
        yield str(value)


def _zip_texts(content: bytes) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith(ZIPPED):
                yield from _zip_texts(data)
            elif name.endswith(".png"):
                yield from _png_texts(data)
            else:
                text = data.decode("utf-8", "replace")
                yield name, CELL_PLACE.sub("", text) if name.startswith("xl/") else text


def _pdf_texts(path: Path) -> Iterator[tuple[str, str]]:
    from pypdf import PdfReader

    reader = PdfReader(path)
    yield "metadata", str(reader.metadata)
    yield from ((f"page {number}", page.extract_text()) for number, page in enumerate(reader.pages, 1))


def _png_texts(content: bytes) -> Iterator[tuple[str, str]]:
    # Only text chunks: compressed pixels hold any four letters sooner or later.
    position = 8
    while position + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        if kind in PNG_TEXT:
            yield kind.decode(), content[position + 8 : position + 8 + length].decode("utf-8", "replace")
        position += length + 12


def _identities(connection: duckdb.DuckDBPyConnection, programme: Programme) -> Iterator[str]:
    """Give every agency's ids and names, and its longer texts."""
    for table, column, shortest in identity_columns(connection, programme):
        # Table and column names come from the programme's definitions.
        rows = connection.execute(f'SELECT DISTINCT CAST("{column}" AS VARCHAR) FROM {table}').fetchall()
        yield from (text for (text,) in rows if text and len(text) >= shortest and not _is_common_number(text))


def identity_columns(connection: duckdb.DuckDBPyConnection, programme: Programme) -> list[tuple[str, str, int]]:
    """Give table, column and shortest telling text of everything that names an agency or quotes it."""
    found = [("raw.submission", "agency_id", SHORTEST_NAME), ("benchmark.contribution", "holding_id", SHORTEST_NAME)]
    for survey in programme.surveys.values():
        names = [f"staging.{survey.name}"] + ([f"staging.{survey.name}_{survey.roster.name}"] if survey.roster else [])
        for table in (name for name in names if is_written(connection, name)):
            columns = {row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
            for question in (q for q in survey.all_questions if q.name in columns):
                is_frame = survey.role == "frame" and question.type == "text"
                is_alone = is_frame or _tells_agencies_apart(connection, table, question)
                is_name = question.role in IDENTITY_ROLES or is_alone
                is_quote = question.type == "text" or question.role == "free_text"
                if is_name or is_quote:
                    found.append((table, question.name, SHORTEST_NAME if is_name else SHORTEST_ANSWER))
    return found


def _tells_agencies_apart(connection: duckdb.DuckDBPyConnection, table: str, question: Question) -> bool:
    """Say whether most agencies have a text of their own here, as they have a name or a group's name."""
    if question.type != "text" or question.role != "answer":
        return False
    row = connection.execute(
        f'SELECT count(DISTINCT "{question.name}"), count(DISTINCT agency_id) FROM {table}'
    ).fetchone()
    return bool(row and row[0] > row[1] / 10)


def _is_common_number(text: str) -> bool:
    return text.isdigit() and len(text) < SHORTEST_DIGITS


def _public_text(content: Content) -> set[str]:
    """Give the words that a release uses anyway; an answer that equals one gives nobody away."""
    programme = content.programme
    labels: Iterable[str] = (
        *(str(value) for group in programme.peer_labels.values() for value in group.get("values", {})),
        *(str(value) for group in programme.peer_labels.values() for value in group.get("values", {}).values()),
        *(choice for s in programme.surveys.values() for q in s.all_questions for choice in q.choices),
        *(choice for s in programme.surveys.values() for q in s.all_questions for choice in q.choices.values()),
    )
    return {*labels, *programme.measures}
