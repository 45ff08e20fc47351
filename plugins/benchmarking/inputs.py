"""A programme's input tables: figures that others published, such as exchange rates, each with its source.

An input is declared in `programme.yaml` and lies in `reference/<name>.csv`. Every row says where it comes from, when it
was read there, and whether it is illustrative. It is part of the definition: its hash decides what is built again.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarking.errors import DefinitionError

SCHEMA = "reference"
SOURCE, RETRIEVED, ILLUSTRATIVE = "source", "retrieved_date", "is_illustrative"
PROVENANCE = {SOURCE: "text", RETRIEVED: "date", ILLUSTRATIVE: "boolean"}
YES_NO = {"true": True, "false": False}


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(text)
    return value.quantize(Decimal("0.000001"))


READERS: dict[str, tuple[pa.DataType, Callable[[str], Any]]] = {
    "date": (pa.date32(), date.fromisoformat),
    "number": (pa.decimal128(18, 6), _number),
    "text": (pa.string(), str),
    "boolean": (pa.bool_(), YES_NO.__getitem__),
}


@dataclass(frozen=True)
class Input:
    """One input table.

    Attributes:
        path: its CSV file. keys: columns that identify a row.
        columns: name to type (date, number, text, boolean), those of its provenance last.
        measures: measures that are made from it, whose definitions say so where a row is illustrative.
    """

    name: str
    title: str
    path: Path
    keys: tuple[str, ...]
    columns: Mapping[str, str]
    measures: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def table_name(self) -> str:
        """Give the table that SQL reads it from."""
        return f"{SCHEMA}.{self.name}"

    @property
    def table(self) -> pa.Table:
        """Give its rows as a table, in the order of their keys."""
        schema = pa.schema([(name, READERS[kind][0]) for name, kind in self.columns.items()])
        return pa.Table.from_pylist(list(self.rows), schema=schema)

    @property
    def sha256(self) -> str:
        """Give the hash of the file's bytes."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @property
    def record(self) -> dict[str, Any]:
        """Give what a release records of it: table, hash of its file, rows, illustrative rows, and sources."""
        return {
            "table": self.table_name,
            "sha256": self.sha256,
            "row_count": len(self.rows),
            "illustrative_count": sum(row[ILLUSTRATIVE] for row in self.rows),
            "sources": "; ".join(sorted({row[SOURCE] for row in self.rows})),
        }

    @property
    def warning(self) -> str:
        """Give the sentence that names its illustrative rows, or '' where there are none."""
        made_up = [row for row in self.rows if row[ILLUSTRATIVE]]
        if not made_up:
            return ""
        first, last = (", ".join(str(row[key]) for key in self.keys) for row in (made_up[0], made_up[-1]))
        which = f"that of {first} is" if len(made_up) == 1 else f"{len(made_up)} rows from {first} to {last} are"
        return f"{self.title}: {which} illustrative, not published figures."


def load_inputs(directory: Path, entries: Mapping[str, Mapping[str, Any]], where: str) -> dict[str, Input]:
    """Read a programme's input tables.

    Args:
        entries: `inputs` of programme.yaml: name to title, keys, columns, and measures where it has any.

    Raises:
        DefinitionError: an entry or a row is wrong; the sentence names the file, the line and the cure.
    """
    return {name: _load(directory, name, entry, f"{where}: input {name}") for name, entry in entries.items()}


def warnings_of(inputs: Mapping[str, Input]) -> dict[str, str]:
    """Give what the definition of each measure must say of illustrative rows that it is made from."""
    found: dict[str, str] = {}
    for one in (one for one in inputs.values() if one.warning):
        for name in one.measures:
            found[name] = f"{found.get(name, '')} {one.warning}".strip()
    return found


def _load(directory: Path, name: str, entry: Mapping[str, Any], where: str) -> Input:
    known, needed = {"title", "keys", "columns", "measures"}, {"title", "keys", "columns"}
    if set(entry) - known or needed - set(entry):
        raise DefinitionError(f"it has {sorted(entry)}.", where, f"It needs {sorted(needed)}, and may have measures.")
    columns = {**entry["columns"], **PROVENANCE}
    if set(columns.values()) - set(READERS):
        raise DefinitionError(f"types {sorted(set(columns.values()))}.", where, f"Use {', '.join(READERS)}.")
    if not entry["keys"] or set(entry["keys"]) - set(columns):
        raise DefinitionError(f"keys {entry['keys']} are not among its columns.", where, "Correct them.")
    path = directory / SCHEMA / f"{name}.csv"
    if not path.is_file():
        raise DefinitionError("the file is missing.", str(path), "Add it, or take it out of programme.yaml.")
    keys = tuple(entry["keys"])
    rows = _rows(path, keys, columns)
    return Input(name, entry["title"], path, keys, columns, tuple(entry.get("measures", ())), rows)


def _rows(path: Path, keys: tuple[str, ...], columns: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if list(reader.fieldnames or ()) != list(columns):
            raise DefinitionError(f"its columns are {reader.fieldnames}.", str(path), f"Declared are {list(columns)}.")
        rows = [_row(entry, columns, f"{path}, line {reader.line_num}") for entry in reader]
    identities = [tuple(row[key] for key in keys) for row in rows]
    twice = sorted({one for one in identities if identities.count(one) > 1})
    if twice:
        told = ", ".join(str(part) for part in twice[0])
        raise DefinitionError(f"{told} stands twice.", str(path), "Keep the row that is right.")
    return tuple(row for _, row in sorted(zip(identities, rows, strict=True), key=lambda pair: pair[0]))


def _row(entry: Mapping[str, str], columns: Mapping[str, str], where: str) -> dict[str, Any]:
    row = {}
    for name, kind in columns.items():
        text = (entry[name] or "").strip()
        try:
            row[name] = READERS[kind][1](text)
        except (ValueError, KeyError, InvalidOperation) as error:
            raise DefinitionError(f"{name} '{text}' is no {kind}.", where, "Correct it; nothing is guessed.") from error
        if not text:
            raise DefinitionError(f"{name} is blank.", where, "Every figure needs its value, source and date.")
    return row
