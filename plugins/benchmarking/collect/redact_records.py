"""Redacted copies of JSON: records without one agency's private words, and without what a server says of its users."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from benchmarking.collect.headers import Headers, plain
from benchmarking.collect.readers.json_records import LISTS, NUMBERED, is_roster
from benchmarking.collect.readers.text import decode
from benchmarking.collect.traces import ERASED

# What a survey server adds and the reader needs; never who sent it, from where, or with which device.
TOOLS_OWN = {
    "__id", "__system.submissiondate", "__system.updatedat", "__system.deletedat", "__system.reviewstate",
    "__system.status", "__system.edits", "_id", "_uuid", "_submission_time", "_validation_status.uid",
    "id", "submitdate", "lastpage", "startlanguage", "startdate", "datestamp",
}  # fmt: skip
TOOLS_OWN_TEXT = re.compile(r"[\w.:+-]{0,64}( [\d:.+-]{0,20})?")


class Subject(Protocol):
    """What redacting records needs to know; see `benchmarking.collect.redact.Subject`."""

    @property
    def headers(self) -> Headers:
        """Give the headers that the survey knows."""

    @property
    def kept(self) -> frozenset[str]:
        """Give the locators of the cells that stay."""

    @property
    def rosters(self) -> tuple[str, ...]:
        """Give the keys under which rosters lie."""

    def has_row(self, line: int, cells: Iterable[str]) -> bool:
        """Say whether a record is the agency's."""


def redact_records(content: bytes, subject: Subject) -> bytes:
    """Give the records without the subject's private words; beside the list of records nothing stays."""
    text, _ = decode(content)
    try:
        value = _loaded((text or "").lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return ERASED.encode()
    key = next((key for key in LISTS if isinstance(value, dict) and isinstance(value.get(key), list)), None)
    inside = value[key] if key else [value] if isinstance(value, dict) else value
    if not isinstance(inside, list) or not all(isinstance(record, dict) for record in inside):
        return ERASED.encode()
    try:
        records = list(_redacted(inside, subject))
    except RecursionError:
        return ERASED.encode()
    return json.dumps({key: records} if key else records, ensure_ascii=False).encode()


def _loaded(text: str) -> Any:
    """Load a document, or the records that stand one a line."""
    try:
        return json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def _redacted(records: list[dict[str, Any]], subject: Subject) -> Iterator[dict[str, Any]]:
    below = 0
    for number, record in enumerate(records, start=1):
        key, inside = _opened(record)
        rosters = {name: inside[name] for name in subject.rosters if is_roster(inside.get(name))}
        is_mine = subject.has_row(number, [str(value) for _, value in _leaves(inside)])
        made: dict[str, Any] = dict(inside)
        if is_mine:
            made = _object({k: v for k, v in inside.items() if k not in rosters}, "", number, subject)
        for name, rows in rosters.items():
            made[name] = []
            for row in rows:
                below += isinstance(row, dict)
                made[name].append(_object(_bare(row, name), "", below, subject) if is_mine else row)
        yield {key: made} if key else made


def _opened(record: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Open the form {"17": {...}} in which some versions of LimeSurvey give a response."""
    if len(record) == 1:
        ((key, inside),) = record.items()
        if NUMBERED.match(key) and isinstance(inside, dict):
            return key, inside
    return "", record


def _bare(row: Any, roster: str) -> dict[str, Any]:
    items = row.items() if isinstance(row, dict) else ()
    return {key.removeprefix(f"{roster}/"): value for key, value in items if not key.startswith("__")}


def _leaves(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield key, value


def _object(record: dict[str, Any], before: str, number: int, subject: Subject) -> dict[str, Any]:
    """Give one object as it stays; of keys that are no question's the name goes too."""
    made: dict[str, Any] = {}
    for key, value in record.items():
        path = f"{before}{key}"
        inner = _object(value, f"{path}.", number, subject) if isinstance(value, dict) else None
        is_known = _is_known(path, subject) if inner is None else any(not k.startswith("erased ") for k in inner)
        name = key if is_known else f"erased {len(made) + 1}"
        if inner is not None and is_known:
            made[name] = inner
        elif value in (None, "", [], {}) or (is_known and _stays(path, value, number, subject)):
            made[name] = value
        else:
            made[name] = ERASED
    return made


def _is_known(path: str, subject: Subject) -> bool:
    # Around a question's own name may stand those of its groups.
    texts = {plain(text) for text in (path, path.rpartition("/")[2], path.rpartition(".")[2])}
    known = (subject.headers.known, subject.headers.below, subject.headers.ignored)
    return "<" not in path and (any(not texts.isdisjoint(names) for names in known) or _is_tools(path))


def _is_tools(path: str) -> bool:
    return path.casefold() in TOOLS_OWN


def _stays(path: str, value: Any, number: int, subject: Subject) -> bool:
    if _is_tools(path):
        return TOOLS_OWN_TEXT.fullmatch(str(value)) is not None
    return f"{path} of record {number}" in subject.kept
