"""Collect: keep the bytes, read them, judge every submission, answer every file, and only then move the cursor.

The order of the writes makes a rerun after any crash end the same: bytes, private answers, answers, submissions,
receipts, and last the files with the cursor in the same commit. All are keyed by content, so that what a rerun
writes again is already there.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from benchmarking.appending import Appending, forget_leftovers
from benchmarking.collect import store
from benchmarking.collect.intake import VERDICTS, Taken, decide, take_survey
from benchmarking.collect.readers.workbook import WorkbookReaders, children
from benchmarking.collect.source import Delivery, Source, SourceDown
from benchmarking.collect.sources import open_source
from benchmarking.collect.totals import check_totals
from benchmarking.collect.withdrawals import withdrawals
from benchmarking.errors import DefinitionError, StaleRead, UnbalancedCount
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse

log = logging.getLogger("benchmarking")
BATCH_FILES = 500
BATCH_BYTES = 64 * 1024 * 1024
DECISIONS = 100
FILE_KEYS = ("file_sha256", "source", "survey", "file_name")
REPEATED_SUBMISSION = (
    "survey", "source", "file_sha256", "form_version", "assumed_zone", "verdict", "rule_id", "reason"
)  # fmt: skip


@dataclass(frozen=True)
class CollectSummary:
    """What one collection took in: submissions by verdict, files, and the survey years that changed."""

    received: int = 0
    accepted: int = 0
    parked: int = 0
    rejected: int = 0
    duplicate: int = 0
    files: int = 0
    years: tuple[int, ...] = ()
    receipts: str = ""


@dataclass
class _Tally:
    counts: Counter[str] = field(default_factory=Counter)
    years: set[int] = field(default_factory=set)
    problems: list[SourceDown] = field(default_factory=list)


def collect(warehouse: Warehouse, source_name: str | None = None) -> CollectSummary:
    """Take in whatever is new in one source, or in all.

    A source that is down does not stop the others; what it gave before it broke off is kept.

    Raises:
        SourceDown: a source could not be read to its end; everything else was done.
        UnbalancedCount: a submission was lost or invented.
        DefinitionError: the programme has no such source.
    """
    tally = _Tally()
    with warehouse.lent(), children(warehouse.settings.limits) as workbooks:
        _forget_leftovers(warehouse)
        for source in _sources(warehouse, source_name):
            _collect_source(warehouse, source, workbooks, tally)
    if tally.problems:
        raise _joined(tally.problems)
    counts = {verdict: tally.counts[verdict] for verdict in ("received", *VERDICTS, "files")}
    return CollectSummary(**counts, years=tuple(sorted(tally.years)), receipts=str(warehouse.folder("receipts")))


def _forget_leftovers(warehouse: Warehouse) -> None:
    """Remove what collectors that died long ago left half written."""
    store.forget_parts(warehouse.folder("received"))
    for table in ("raw.answer", "raw.submission"):
        count = forget_leftovers(warehouse, table)
        if count:
            log.info("%s: removed %s data files that no version names", table, count)


def _sources(warehouse: Warehouse, source_name: str | None) -> list[Source]:
    programme = warehouse.programme
    entries = [entry for entry in programme.sources if source_name in (None, entry["name"])]
    if not entries:
        names = ", ".join(entry["name"] for entry in programme.sources)
        raise DefinitionError(f"there is no source '{source_name}'.", programme.name, f"Use one of {names}.")
    return [_opened(warehouse, entry) for entry in entries]


def _opened(warehouse: Warehouse, entry: dict[str, Any]) -> Source:
    options = {key: value for key, value in entry.items() if key not in ("name", "kind", "url")}
    surveys, inbox = tuple(warehouse.programme.surveys), warehouse.folder("inbox")
    url, kind = str(entry.get("url") or ""), entry.get("kind", "folder")
    spool = warehouse.folder("received")
    return open_source(entry["name"], kind, url, surveys, inbox, warehouse.settings.limits, spool, **options)


def _joined(problems: list[SourceDown]) -> SourceDown:
    if len(problems) == 1:
        return problems[0]
    return SourceDown(" ".join(str(problem) for problem in problems), "", "The other sources were collected.")


def _collect_source(warehouse: Warehouse, source: Source, workbooks: WorkbookReaders, tally: _Tally) -> None:
    cursor = warehouse.metadata("raw.file", _cursor_key(source.name))
    before, problems = Counter(tally.counts), len(tally.problems)
    totals: dict[str, int] = {}
    for batch in _batches(_until_down(source, cursor, tally)):
        _take(warehouse, source.name, batch, workbooks, tally)
        totals |= {each.survey: each.control_total for each in batch if each.control_total is not None}
    if len(tally.problems) == problems:
        tally.problems += check_totals(warehouse, source.name, totals)
    counts = tally.counts - before
    _assert_balance(counts, source.name)
    log.info("%s: %s", source.name, ", ".join(f"{name} {counts[name]}" for name in ("files", "received", *VERDICTS)))


def _until_down(source: Source, cursor: str | None, tally: _Tally) -> Iterator[Delivery]:
    try:
        yield from source.fetch(cursor)
    except SourceDown as problem:
        log.error("%s", problem)
        tally.problems.append(problem)


def _batches(deliveries: Iterable[Delivery]) -> Iterator[list[Delivery]]:
    batch: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        if batch and (len(batch) >= BATCH_FILES or size + len(delivery.content) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(delivery)
        size += len(delivery.content)
    if batch:
        yield batch


def _cursor_key(source_name: str) -> str:
    return f"cursor:{source_name}"


def _take(
    warehouse: Warehouse, source_name: str, deliveries: list[Delivery], workbooks: WorkbookReaders, tally: _Tally
) -> None:
    """Take one batch through all its writes, in their order."""
    received = warehouse.folder("received")
    hashes = store.keep(received, [d.content for d in deliveries if not _is_control(d)])
    files = [delivery for delivery in deliveries if not _is_control(delivery)]
    seen = _files_seen(warehouse, source_name)
    named = {(sha, survey) for sha, survey, _ in seen}
    fresh = []
    for sha, delivery in zip(hashes, files, strict=True):
        erased = store.erased(received, sha)
        content = store.kept(received, sha, delivery.content) if erased is None else erased
        # What was erased is known by its bytes alone, since its name may be gone, and never read again.
        if (sha, delivery.survey) not in named if erased else (sha, delivery.survey, delivery.name) not in seen:
            fresh.append((sha, replace(delivery, content=content)))
            seen.add((sha, delivery.survey, delivery.name))
    with ExitStack() as stack:
        taken = [
            take_survey(warehouse, source_name, survey, [f for f in fresh if f[1].survey == survey], workbooks, stack)
            for survey in dict.fromkeys(delivery.survey for _, delivery in fresh)
        ]
        tally.years |= _commit(warehouse, source_name, deliveries, taken)
        for one in taken:
            _count(one, tally)


def _is_control(delivery: Delivery) -> bool:
    """Say whether a delivery brings no file: only a cursor, deletions or a total."""
    tells = delivery.cursor is not None or delivery.deletions or delivery.control_total is not None
    return not delivery.content and bool(tells)


def _files_seen(warehouse: Warehouse, source_name: str) -> set[tuple[str, str, str]]:
    version = warehouse.version("raw.file")
    if version is None:
        return set()
    with warehouse.connect({"raw.file": version}) as connection:
        text = "SELECT file_sha256, survey, file_name FROM raw.file WHERE source = ?"
        return set(connection.execute(text, [source_name]).fetchall())


def _commit(warehouse: Warehouse, source_name: str, deliveries: list[Delivery], taken: list[Taken]) -> set[int]:
    """Decide and write submissions, then receipts, then files with the cursor in the same commit.

    Returns:
        The survey years of which a record was withdrawn.
    """
    withdrawn = _commit_submissions(warehouse, source_name, deliveries, taken)
    files: list[dict[str, Any]] = []
    for one in taken:
        one.write_receipts(warehouse.folder("receipts"))
        files += one.file_rows()
    for row in files:
        _assert_balance(_counts(row), row["file_name"])
    cursor = next((d.cursor for d in reversed(deliveries) if d.cursor is not None), None)
    metadata = {_cursor_key(source_name): cursor} if cursor is not None else {}
    table = pa.Table.from_pylist(files, schema=TABLES["raw.file"].schema)
    if files:
        warehouse.merge_new("raw.file", table, FILE_KEYS, metadata)
    elif metadata:
        warehouse.append("raw.file", table, metadata)
    return {year for year in withdrawn.column("survey_year").to_pylist() if year is not None}


def _commit_submissions(
    warehouse: Warehouse, source_name: str, deliveries: list[Delivery], taken: list[Taken]
) -> pa.Table:
    """Write verdicts decided on the newest version; when another collector was first, decide again.

    Returns:
        The tombstones among the rows written.
    """
    for _ in range(DECISIONS):
        version = warehouse.version("raw.submission")
        decide(warehouse, version, taken)
        withdrawn = withdrawals(warehouse, source_name, deliveries)
        with Appending(warehouse, "raw.submission", REPEATED_SUBMISSION) as rows:
            for one in taken:
                for some in one.decided().new_rows(one.batch.survey.name):
                    rows.write(some)
            rows.write(withdrawn.filter(pc.invert(withdrawn.column("is_recorded"))))
            try:
                rows.commit(decided_on=version)
                return withdrawn
            except StaleRead:
                log.info("%s: another collector was first; deciding again", source_name)
    raise StaleRead(f"{DECISIONS} decisions in a row came too late.", "raw.submission", "Run fewer collectors at once.")


def _count(one: Taken, tally: _Tally) -> None:
    for row in one.file_rows():
        tally.counts.update({**_counts(row), "files": 1})
    tally.years |= one.years()


def _counts(row: dict[str, Any]) -> Counter[str]:
    return Counter({name: row[f"{name}_count"] for name in ("received", *VERDICTS)})


def _assert_balance(counts: Counter[str], where: str) -> None:
    answered = sum(counts[verdict] for verdict in VERDICTS)
    if counts["received"] != answered:
        raise UnbalancedCount(f"{counts['received']} received, but {answered} answered.", where, "Report this.")
