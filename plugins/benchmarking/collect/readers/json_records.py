"""JSON: a list of records, or one record; numbers keep the digits they were written with."""

from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa

from benchmarking.collect.faults import Fault
from benchmarking.collect.grid import FORMULA, NATIVE, Grid, Reading, text_table
from benchmarking.collect.readers.text import decode
from benchmarking.settings import Limits

LISTS = ("responses", "value", "results", "submissions", "records", "answers")
DEEPEST = 60
# Another control character, which no answer may hold either.
UNMARKED = str.maketrans({NATIVE: "\x03", FORMULA[0]: "\x03"})
NUMBERED = re.compile(r"\d+\Z")


class _Number(str):
    """A number's digits, behind the mark that says so."""


class _Twice(ValueError):
    """A key stands twice in one object."""


class _TwoLists(ValueError):
    """Which of two lists holds the answers cannot be known."""


def read_json(content: bytes, limits: Limits, rosters: tuple[str, ...] = ()) -> Reading:
    """Read records; an object inside a record gives columns joined by a full stop, a roster's list gives its rows."""
    if not content.strip():
        return Reading(refusal=Fault("file.empty"))
    text, encoding = decode(content)
    if text is None:
        return Reading(refusal=Fault("file.encoding"))
    try:
        records = _records(_load_all(text))
    except _Twice as error:
        return Reading(refusal=Fault("file.broken", seen=f"the key {error} stands twice in one record"))
    except RecursionError:
        return Reading(refusal=Fault("file.limit", seen="values nested too deep"))
    except _TwoLists as error:
        return Reading(refusal=Fault("file.kind", seen=f"JSON with two lists of records, {error}"))
    except ValueError as error:
        return Reading(refusal=Fault("file.broken", seen=f"no JSON ({str(error).split(' (char')[0]})"))
    if records is None:
        return Reading(refusal=Fault("file.kind", seen="JSON without a list of records"))
    if len(records) > limits.rows:
        return Reading(refusal=Fault("file.limit", seen=f"{len(records):,} records, {limits.rows:,} allowed"))
    return _reading(records, rosters, encoding, limits)


def _load_all(text: str) -> Any:
    """Load a document, or one record a line."""
    try:
        return _load(text)
    except _Twice:
        raise
    except ValueError:
        lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise
        return [_load(line) for line in lines]


def _load(text: str) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            raise _Twice(next(key for n, (key, _) in enumerate(items) if key in dict(items[:n])))
        return found

    return json.loads(
        text.lstrip("\ufeff"),
        parse_int=lambda digits: _Number(NATIVE + digits),
        parse_float=lambda digits: _Number(NATIVE + digits),
        parse_constant=lambda name: name,
        object_pairs_hook=pairs,
    )


def _records(value: Any) -> list[dict[str, Any]] | None:
    if isinstance(value, dict):
        inside = next((value[key] for key in LISTS if isinstance(value.get(key), list)), None)
        others = [key for key, other in value.items() if other is not inside and is_roster(other) and other]
        if inside is not None and others:
            raise _TwoLists(f"beside the answers '{others[0]}'")
        value = [value] if inside is None else inside
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        return None
    return [_unwrapped(record) for record in value]


def _unwrapped(record: dict[str, Any]) -> dict[str, Any]:
    """Open the form {"17": {...}} in which some versions of LimeSurvey give a response."""
    if len(record) == 1:
        ((key, inside),) = record.items()
        if NUMBERED.match(key) and isinstance(inside, dict):
            return inside
    return record


def _reading(records: list[dict[str, Any]], rosters: tuple[str, ...], encoding: str, limits: Limits) -> Reading:
    flat, below, parents = [], [], []
    for number, record in enumerate(records, start=1):
        inner = {name: record.get(name) for name in rosters if is_roster(record.get(name))}
        flat.append(_flat({_told(key, value, rosters): value for key, value in record.items() if key not in inner}))
        rows = [_roster_row(name, row) for name, value in inner.items() for row in value or ()]
        below.extend(rows)
        parents.extend([number] * len(rows))
    if not any(flat):
        return Reading(refusal=Fault("file.no_rows"), facts={"encoding": encoding})
    grid = _grid(flat, list(range(1, len(flat) + 1)))
    if len(grid.header) > limits.columns:
        return Reading(refusal=Fault("file.limit", seen=f"{len(grid.header):,} columns, {limits.columns:,} allowed"))
    reading = Reading(grids=[grid], facts={"encoding": encoding})
    if below:
        roster = _grid(below, list(range(1, len(below) + 1)))
        roster.parents = pa.array(parents, pa.int64())
        reading.rosters.append(roster)
    return reading


def _told(key: str, value: Any, rosters: tuple[str, ...]) -> str:
    """Give a key, or one that no question has for a roster of something else than rows."""
    return f"{key} (a list of other things)" if key in rosters and isinstance(value, list) else key


def is_roster(value: Any) -> bool:
    """Say whether a value is a list of nothing but rows; any other is text under a column that nobody knows."""
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _roster_row(roster: str, row: dict[str, Any]) -> dict[str, str]:
    """Give a roster's row without what survey tools add: its name before every key, and ids that begin with "__"."""
    return _flat({key.removeprefix(f"{roster}/"): value for key, value in row.items() if not key.startswith("__")})


def _grid(records: list[dict[str, str]], lines: list[int]) -> Grid:
    header = list(dict.fromkeys(key for record in records for key in record))
    columns: list[list[str | None]] = [[record.get(key, "") for record in records] for key in header]
    return Grid(header, text_table(columns), lines, [f"{key} of record " for key in header], is_records=True)


def _flat(record: dict[str, Any], before: str = "", depth: int = 0) -> dict[str, str]:
    if depth > DEEPEST:
        raise RecursionError
    flat: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{before}{key}.", depth + 1))
        else:
            flat[_clean(f"{before}{key}")] = _text(value)
    return flat


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if isinstance(value, _Number) else _clean(value)
    return _clean(json.dumps(value, ensure_ascii=False).replace("\\u0002", ""))


def _clean(text: str) -> str:
    """Replace halves of surrogate pairs, which no UTF-8 text can hold, and a stranger's marks that look like ours."""
    return text.encode("utf-8", "replace").decode("utf-8").translate(UNMARKED)
