"""Erase an agency's contact details and free text wherever they lie; its answers and every release stay.

An answer of its question's type is no private word, wherever it stands; everything else that the agency wrote is, and
goes. Order, so that a run cut short can be run again: redacted copies first, then the originals and the inbox, the
tables, the receipts, what was made from them, the private answers, and last the tombstone.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath

import duckdb

from benchmarking import sql
from benchmarking.collect import erase_tables as tables
from benchmarking.collect import store
from benchmarking.collect.erase_receipts import Told, clean_receipts
from benchmarking.collect.headers import Headers
from benchmarking.collect.originals import remote_originals
from benchmarking.collect.redact import PLACE, Subject, erased_sheets, redact
from benchmarking.collect.traces import CONTACT, ERASED, SHORTEST_TRACE, Traces
from benchmarking.errors import BenchmarkingError
from benchmarking.file_names import stem_of
from benchmarking.warehouse import Warehouse

ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".json", ".jsonl", ".ndjson", ".xlsx", ".xlsm")
SHEET = re.compile(r"(?:sheet (.*)|(.*)![A-Z]+\d+)", re.DOTALL)
FileKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class Erasure:
    """What was erased.

    private_answers: contact details and free text given as such.  redacted_answers: answers that were none of their
    question's type.  redacted: files of which a redacted copy was kept.  inbox_files, receipts: files removed or
    changed.  removed_originals: files taken away at their sources.  still_to_remove: where the originals, or records
    in a survey tool, still lie, and what to do.  to_look_at: what stays in files of several because nobody can say
    whose it is.
    """

    agency_id: str
    private_answers: int
    redacted_answers: int
    redacted: int
    inbox_files: int
    receipts: int
    removed_originals: tuple[str, ...]
    still_to_remove: tuple[str, ...]
    to_look_at: tuple[str, ...]
    tombstone: str


@dataclass(frozen=True)
class _Found:
    """What belongs to the agency: texts, files by hash with their survey (own ones and those of several)."""

    traces: Traces
    private_count: int
    own: dict[str, str]
    shared: dict[str, str]
    told: tuple[str, ...]

    @property
    def files(self) -> dict[str, str]:
        """Give all files."""
        return {**self.own, **self.shared}


def erase(warehouse: Warehouse, agency_id: str) -> Erasure:
    """Erase one agency's private words from everything under `data/`; nobody may collect or validate meanwhile.

    Raises:
        BenchmarkingError: nothing was ever received from such an agency.
    """
    with warehouse.lent(is_alone=True):
        found = _find(warehouse, agency_id)
        names = _new_names(warehouse, found)
        sheets = _new_sheets(warehouse, found)
        change = tables.Change(tuple(found.files), tuple(found.own), found.told, names, sheets)
        connection = tables.open_tables(warehouse, found.traces, change)
        redacted = _redact_received(warehouse, connection, found, sheets)
        inbox = _empty_inbox(warehouse, set(redacted))
        lines = _lines(connection)
        looked = _to_look_at(tables.unattributed(connection, change), found, names)
        answers = tables.rewrite_tables(warehouse, connection, found.traces, change)
        connection.close()
        receipts = clean_receipts(
            warehouse.folder("receipts"), found.traces, _told(found, names, lines), _renamed(names)
        )
        _remove_made(warehouse, agency_id)
        tables.forget_older_versions(warehouse)
        _remove_leftovers(warehouse)
        _forget(warehouse.folder("private"), found)
        removed, still = remote_originals(warehouse, agency_id, set(redacted))
        tombstone = _write_tombstone(warehouse, agency_id, found.private_count, answers, redacted)
    return Erasure(
        agency_id, found.private_count, answers, len(redacted), inbox, receipts, removed, still, looked, str(tombstone)
    )


def _to_look_at(places: Iterable[tuple[str, str]], found: _Found, names: Mapping[FileKey, str]) -> tuple[str, ...]:
    """Say where words stay that may be anybody's: in a row cut wrongly, a note, a response that names no agency."""
    called = {sha: new for (sha, _, _, _), new in names.items()}
    told = [
        f"{place} of {called[sha]} (received/{sha[:2]}/{sha}.redacted)" for sha, place in places if sha in found.shared
    ]
    return tuple(told)


def _find(warehouse: Warehouse, agency_id: str) -> _Found:
    private = [line for _, lines in _private_lines(warehouse.folder("private")) for line in lines]
    mine = [line["raw_text"] for line in private if line["agency_id"] == agency_id]
    connection = warehouse.connect()
    wrong = connection.execute(
        "SELECT DISTINCT raw_text FROM raw.answer WHERE agency_id = $agency AND state = 'error' AND"
        " (regexp_full_match(trim(raw_text), $contact) OR (contains(raw_text, ' ') AND len(raw_text) >= $long))",
        {"agency": agency_id, "contact": CONTACT, "long": 2 * SHORTEST_TRACE},
    ).fetchall()
    said = connection.execute(
        "SELECT unnest([who, why]) FROM raw.correction WHERE agency_id = ?", [agency_id]
    ).fetchall()
    traces = Traces.of(agency_id, [*mine, *(text for (text,) in wrong)])
    values = {"agency": agency_id, "erased": ERASED, "traces": list(traces.texts)}
    rows = connection.execute(sql.read("erase/subject"), values).fetchall()
    if not any(is_mine for _, _, is_mine, _ in rows):
        raise BenchmarkingError(
            f"nothing was received from agency '{agency_id}'.", warehouse.programme.name, "Check the id."
        )
    own = {sha: survey for sha, survey, is_mine, is_others in rows if is_mine and not is_others}
    names = dict(
        connection.execute("SELECT file_sha256, string_agg(file_name, chr(10)) FROM raw.file GROUP BY 1").fetchall()
    )
    own |= {
        sha: survey
        for sha, survey, is_mine, is_others in rows
        if not is_mine and not is_others and _may_be(warehouse, sha, names.get(sha, ""), traces)
    }
    shared = {sha: survey for sha, survey, is_mine, is_others in rows if is_mine and is_others}
    nobodys = [line for line in private if line["agency_id"] is None]
    told = sorted({line["submission_id"] for line in nobodys if traces.are_in(line["raw_text"])})
    everything = Traces.of(agency_id, [*traces.texts, *(text or "" for (text,) in said)])
    return _Found(everything, len(mine), own, shared, tuple(told))


def _may_be(warehouse: Warehouse, sha: str, names: str, traces: Traces) -> bool:
    """Say whether a file that nobody could be told from may be the agency's: by its name or its bytes."""
    folder = warehouse.folder("received")
    if traces.names_agency(names) or traces.are_in_name(names):
        return True
    if store.erased(folder, sha) is not None:
        # A run that was cut short made the copy, unless the file's name is gone too.
        return not names.startswith("erased-")
    path = store.path_of(folder, sha)
    return path.exists() and traces.mark_bytes(path.read_bytes(), warehouse.settings.limits.unzipped_bytes)


def _private_lines(folder: Path) -> Iterable[tuple[Path, list[dict[str, str]]]]:
    for path in sorted(folder.rglob("*.jsonl")):
        yield path, [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def _new_names(warehouse: Warehouse, found: _Found) -> dict[FileKey, str]:
    """Give the agency's files names that say nothing, unless theirs are made of its id and the survey's words."""
    rows = warehouse.connect().execute(
        "SELECT file_sha256, source, survey, file_name FROM raw.file WHERE list_contains(?, file_sha256) ORDER BY ALL",
        [list(found.files)],
    )
    servers = {str(e["name"]) for e in warehouse.programme.sources if e.get("kind", "folder") != "folder"}
    names: dict[FileKey, str] = {}
    taken: set[str] = set()
    for key in rows.fetchall():
        sha, source, survey, name = key
        new = name
        is_plain = source in servers or _is_plain(name, (found.traces.agency_id, survey, warehouse.programme.name))
        if found.traces.are_in_name(name) or (sha in found.own and not is_plain):
            ending = PurePosixPath(name.lower()).suffix
            stem, ending = f"erased-{sha[:12]}", ending if ending in ENDINGS else ""
            new = next(n for n in (f"{stem}-{number}{ending}" for number in count(1)) if n not in taken)
        taken.add(new)
        names[key] = new
    return names


def _is_plain(name: str, words: tuple[str, ...]) -> bool:
    """Say whether a file name holds nothing but an agency's id, the survey's words, numbers and an ending."""
    if name.startswith("erased-"):
        return True
    stem, ending = PurePosixPath(name).stem, PurePosixPath(name.lower()).suffix
    known = sorted((re.escape(word.casefold()) for word in words), key=len, reverse=True)
    rest = re.sub("|".join(known), "", stem.casefold())
    return ending in ENDINGS and not re.search(r"[^\W\d_]", rest)


def _new_sheets(warehouse: Warehouse, found: _Found) -> dict[tuple[str, str], str]:
    rows = warehouse.connect().execute(
        "SELECT DISTINCT file_sha256, unnest([s.locator, a.locator]) FROM raw.submission AS s"
        " LEFT JOIN raw.answer AS a USING (submission_id) WHERE list_contains(?, file_sha256) ORDER BY ALL",
        [list(found.files)],
    )
    by_file: dict[str, set[str]] = {}
    for sha, locator in rows.fetchall():
        match = SHEET.fullmatch(locator or "")
        if match:
            by_file.setdefault(sha, set()).add(match[1] or match[2])
    sheets = {}
    for sha, named in by_file.items():
        for name, new in erased_sheets(sorted(named), found.traces, sha in found.own).items():
            sheets[sha, name] = new
    return sheets


def _redact_received(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, found: _Found, sheets: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    """Replace each original by its redacted copy; give the copies' hashes by the originals'."""
    folder, limits = warehouse.folder("received"), warehouse.settings.limits
    kept, places = tables.kept_cells(warehouse, connection, found.traces), tables.places(connection)
    done = {}
    for sha, survey in found.files.items():
        original, copy = store.path_of(folder, sha), store.path_of(folder, sha, store.REDACTED)
        source = copy if copy.exists() else original
        if not source.exists():
            continue
        questions = warehouse.programme.survey(survey)
        subject = Subject(
            Headers(questions),
            found.traces,
            sha in found.own,
            _renamed_places(kept.get(sha, set()), sha, sheets),
            _renamed_places(places.get(sha, set()), sha, sheets),
            (questions.roster.name,) if questions.roster else (),
            {name: new for (one, name), new in sheets.items() if one == sha},
        )
        content = redact(source.read_bytes(), subject, limits)
        store.write_whole(copy, content)
        original.unlink(missing_ok=True)
        done[sha] = store.sha256(content)
    return done


def _renamed_places(places: set[str], sha: str, sheets: Mapping[tuple[str, str], str]) -> frozenset[str]:
    """Give locators under their sheets' old and new names: a copy made by a run cut short bears the new ones."""
    found = set(places)
    for place in places:
        sheet, mark, cell = place.rpartition("!")
        if mark and (sha, sheet) in sheets:
            found.add(f"{sheets[sha, sheet]}!{cell}")
    return frozenset(found)


def _empty_inbox(warehouse: Warehouse, hashes: set[str]) -> int:
    """Take files out of the drop folder: their bytes were kept on receipt."""
    removed = 0
    for path in sorted(warehouse.folder("inbox").rglob("*")):
        if path.is_file() and store.sha256(path.read_bytes()) in hashes:
            path.unlink()
            removed += 1
    return removed


def _lines(connection: duckdb.DuckDBPyConnection) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for sha, locators in tables.places(connection).items():
        for locator in locators:
            match = PLACE.fullmatch(locator)
            if match:
                found.setdefault(sha, set()).add(int(match[2] or match[3] or match[4]))
    return found


def _told(found: _Found, names: Mapping[FileKey, str], lines: Mapping[str, set[int]]) -> dict[tuple[str, str], Told]:
    told = {}
    for (sha, _, _, name), new in names.items():
        entry = Told(new, sha in found.own, frozenset(lines.get(sha, ())))
        told[sha, name] = entry
        told[sha, new] = entry
    return told


def _renamed(names: Mapping[FileKey, str]) -> dict[str, str]:
    return {name: new for (_, _, _, name), new in names.items() if name != new}


def _remove_made(warehouse: Warehouse, agency_id: str) -> None:
    """Remove what is made anew from the tables: the agency's queries and reports, pages on validation, summaries."""
    for path in warehouse.folder("validation").iterdir():
        shutil.rmtree(path)
    for path in warehouse.folder("builds").glob("validate-*.json"):
        path.unlink()
    for path in warehouse.folder("queries").glob("*/*"):
        if path.stem == stem_of(agency_id):
            path.unlink()
    named = {agency_id, hashlib.sha256(agency_id.encode()).hexdigest()[:24]}
    for path in warehouse.folder("reports").glob("*/*"):
        if path.name in named:
            shutil.rmtree(path)


def _remove_leftovers(warehouse: Warehouse) -> None:
    """Remove what writers that were killed left half-written; nobody writes now."""
    for name in ("received", "private", "receipts"):
        for path in warehouse.folder(name).rglob(".*"):
            if path.is_file():
                path.unlink()


def _forget(folder: Path, found: _Found) -> None:
    agency, texts = found.traces.agency_id, set(found.traces.texts)
    for path, lines in _private_lines(folder):
        # A response that did not say whose it is may still hold the agency's own words.
        is_own = path.name.split(".")[0] in found.own
        kept = [
            line
            for line in lines
            if line["agency_id"] != agency
            and not (line["agency_id"] is None and (is_own or line["raw_text"].strip() in texts))
            and not found.traces.are_in(line["agency_id"] or "")
        ]
        if not kept:
            path.unlink()
        elif len(kept) < len(lines):
            text = "\n".join(json.dumps(line, ensure_ascii=False, sort_keys=True) for line in kept)
            store.write_whole(path, (text + "\n").encode())


def _write_tombstone(
    warehouse: Warehouse, agency_id: str, private: int, answers: int, redacted: dict[str, str]
) -> Path:
    """Say that and when something was erased, and which copy stands for which original; no word of what it was."""
    folder = warehouse.folder("private") / "tombstones"
    name = hashlib.sha256(agency_id.encode()).hexdigest()[:16]
    moment = warehouse.settings.now().isoformat()
    entry = {
        "agency_id": agency_id,
        "erased_at": moment,
        "private_answers": private,
        "redacted_answers": answers,
        "redacted_copies": redacted,
    }
    path = folder / f"{name}-{moment.replace(':', '')}.json"
    store.write_whole(path, (json.dumps(entry, indent=1, sort_keys=True) + "\n").encode())
    return path
