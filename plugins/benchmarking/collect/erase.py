"""Erase an agency's contact details and free text wherever they lie; its answers and every release stay.

Order, so that a run cut short can be run again: redacted copies first, then the originals and the inbox, then the
receipts, the private answers, and last the tombstone.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from benchmarking.collect import store
from benchmarking.collect.headers import Headers
from benchmarking.collect.redact import ERASED, Subject, redact
from benchmarking.errors import BenchmarkingError
from benchmarking.warehouse import Warehouse

SHORTEST_TRACE = 6


@dataclass(frozen=True)
class Erasure:
    """What was erased: private answers, files of which a redacted copy was kept, inbox files and receipts changed."""

    agency_id: str
    private_answers: int
    redacted: int
    inbox_files: int
    receipts: int
    tombstone: str


def erase(warehouse: Warehouse, agency_id: str) -> Erasure:
    """Erase one agency's private answers from everything under `data/`.

    Raises:
        BenchmarkingError: nothing was ever received from such an agency.
    """
    files = _files_of(warehouse, agency_id)
    if not files:
        raise BenchmarkingError(
            f"nothing was received from agency '{agency_id}'.", warehouse.programme.name, "Check the id."
        )
    told = _private_texts(warehouse, agency_id)
    traces = sorted({text for text in told if len(text) >= SHORTEST_TRACE}, key=len, reverse=True)
    redacted = _redact_received(warehouse, agency_id, files) | _redact_strays(warehouse, traces, set(files))
    inbox = _empty_inbox(warehouse, set(redacted))
    receipts = _clean_receipts(warehouse.folder("receipts"), traces)
    _forget(warehouse.folder("private"), agency_id, set(traces))
    tombstone = _write_tombstone(warehouse, agency_id, len(told), redacted)
    return Erasure(agency_id, len(told), len(redacted), inbox, receipts, str(tombstone))


def _files_of(warehouse: Warehouse, agency_id: str) -> dict[str, str]:
    """Give the survey of each file, by hash, that an agency's answers came in."""
    with warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT file_sha256, survey FROM raw.submission WHERE agency_id = ? ORDER BY ALL", [agency_id]
        )
        return dict(rows.fetchall())


def _private_lines(folder: Path) -> Iterable[tuple[Path, list[dict[str, str]]]]:
    for path in sorted(folder.rglob("*.jsonl")):
        yield path, [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def _private_texts(warehouse: Warehouse, agency_id: str) -> list[str]:
    lines = (line for _, found in _private_lines(warehouse.folder("private")) for line in found)
    return [line["raw_text"].strip() for line in lines if line["agency_id"] == agency_id]


def _redact_received(warehouse: Warehouse, agency_id: str, files: dict[str, str]) -> dict[str, str]:
    """Replace each original by its redacted copy; give the copies' hashes by the originals'."""
    folder, limits = warehouse.folder("received"), warehouse.settings.limits
    done = {}
    for sha, survey in files.items():
        original, copy = store.path_of(folder, sha), store.path_of(folder, sha, store.REDACTED)
        source = copy if copy.exists() else original
        if not source.exists():
            continue
        subject = Subject(agency_id, Headers(warehouse.programme.survey(survey)))
        content = redact(source.read_bytes(), subject, limits)
        store.write_whole(copy, content)
        original.unlink(missing_ok=True)
        done[sha] = store.sha256(content)
    return done


def _redact_strays(warehouse: Warehouse, traces: list[str], known: set[str]) -> dict[str, str]:
    """Replace files that belong to no agency, since they could not be read, but hold one of the texts."""
    with warehouse.connect() as connection:
        rows = connection.execute("SELECT DISTINCT file_sha256 FROM raw.submission WHERE agency_id IS NULL").fetchall()
    folder, done = warehouse.folder("received"), {}
    for (sha,) in rows:
        path = store.path_of(folder, sha)
        if (
            sha not in known
            and path.exists()
            and _holds(path.read_bytes(), traces, warehouse.settings.limits.unzipped_bytes)
        ):
            store.write_whole(store.path_of(folder, sha, store.REDACTED), ERASED.encode())
            path.unlink()
            done[sha] = store.sha256(ERASED.encode())
    return done


def _holds(content: bytes, traces: list[str], most_unzipped: int) -> bool:
    wanted = [trace.encode(encoding) for trace in traces for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    wanted += [trace.encode("cp1252", "ignore") for trace in traces]
    parts = [content]
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(BytesIO(content)) as archive:
                if sum(entry.file_size for entry in archive.infolist()) <= most_unzipped:
                    parts += [archive.read(entry) for entry in archive.infolist()]
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
            return True  # what cannot be looked into is not kept
    return any(text and text in part for part in parts for text in wanted)


def _empty_inbox(warehouse: Warehouse, hashes: set[str]) -> int:
    """Take files out of the drop folder: their bytes were kept on receipt."""
    removed = 0
    for path in sorted(warehouse.folder("inbox").rglob("*")):
        if path.is_file() and store.sha256(path.read_bytes()) in hashes:
            path.unlink()
            removed += 1
    return removed


def _clean_receipts(folder: Path, traces: list[str]) -> int:
    changed = 0
    for path in sorted(folder.iterdir()):
        text = path.read_text("utf-8")
        clean = text
        for trace in traces:
            clean = clean.replace(trace, ERASED)
        if clean != text:
            store.write_whole(path, clean.encode())
            changed += 1
    return changed


def _forget(folder: Path, agency_id: str, traces: set[str]) -> None:
    for path, lines in _private_lines(folder):
        # A response that did not say whose it is may still hold the agency's own words.
        kept = [line for line in lines if line["agency_id"] != agency_id and line["raw_text"].strip() not in traces]
        if not kept:
            path.unlink()
        elif len(kept) < len(lines):
            text = "\n".join(json.dumps(line, ensure_ascii=False, sort_keys=True) for line in kept)
            store.write_whole(path, (text + "\n").encode())


def _write_tombstone(warehouse: Warehouse, agency_id: str, answers: int, redacted: dict[str, str]) -> Path:
    """Say that and when something was erased, and which copy stands for which original; no word of what it was."""
    folder = warehouse.folder("private") / "tombstones"
    name = hashlib.sha256(agency_id.encode()).hexdigest()[:16]
    moment = warehouse.settings.now().isoformat()
    entry = {"agency_id": agency_id, "erased_at": moment, "private_answers": answers, "redacted_copies": redacted}
    path = folder / f"{name}-{moment.replace(':', '')}.json"
    store.write_whole(path, (json.dumps(entry, indent=1, sort_keys=True) + "\n").encode())
    return path
