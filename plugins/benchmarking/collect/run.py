"""Collect: keep the bytes, read them, judge every submission, answer every file, and only then move the cursor.

The order of the writes makes a rerun after any crash end the same: bytes, private answers, answers, submissions,
receipts, and last the files with the cursor in the same commit. All are keyed by content, so that what a rerun
writes again is already there.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from benchmarking.collect import store
from benchmarking.collect.assemble import assemble
from benchmarking.collect.batch import Arrived, Batch
from benchmarking.collect.headers import Headers
from benchmarking.collect.readers import read_all
from benchmarking.collect.readers.workbook import WorkbookReaders, children
from benchmarking.collect.receipts import write_receipts
from benchmarking.collect.source import Delivery, Source, SourceDown
from benchmarking.collect.sources import open_source
from benchmarking.collect.withdrawals import withdrawals
from benchmarking.errors import DefinitionError, UnbalancedCount
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse

log = logging.getLogger("benchmarking")
BATCH_FILES = 500
BATCH_BYTES = 64 * 1024 * 1024
VERDICTS = ("accepted", "parked", "rejected", "duplicate")
ANSWER_KEYS = ("submission_id", "roster_row", "question")
FILE_KEYS = ("file_sha256", "source", "survey", "file_name")


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
    with children(warehouse.settings.limits) as workbooks:
        for source in _sources(warehouse, source_name):
            _collect_source(warehouse, source, workbooks, tally)
    if tally.problems:
        raise _joined(tally.problems)
    counts = {verdict: tally.counts[verdict] for verdict in ("received", *VERDICTS, "files")}
    return CollectSummary(**counts, years=tuple(sorted(tally.years)), receipts=str(warehouse.folder("receipts")))


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
    return open_source(entry["name"], kind, url, surveys, inbox, warehouse.settings.limits, **options)


def _joined(problems: list[SourceDown]) -> SourceDown:
    if len(problems) == 1:
        return problems[0]
    return SourceDown(" ".join(str(problem) for problem in problems), "", "The other sources were collected.")


def _collect_source(warehouse: Warehouse, source: Source, workbooks: WorkbookReaders, tally: _Tally) -> None:
    cursor = warehouse.metadata("raw.file", _cursor_key(source.name))
    before = Counter(tally.counts)
    for batch in _batches(_until_down(source, cursor, tally)):
        _take(warehouse, source.name, batch, workbooks, tally)
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
    hashes = store.keep(warehouse.folder("received"), [d.content for d in deliveries])
    seen = _files_seen(warehouse, source_name)
    fresh = [
        (sha, delivery)
        for sha, delivery in zip(hashes, deliveries, strict=True)
        if not _is_control(delivery) and (sha, delivery.survey, delivery.name) not in seen
    ]
    submissions, files = [], []
    for survey in dict.fromkeys(delivery.survey for _, delivery in fresh):
        mine = [(sha, delivery) for sha, delivery in fresh if delivery.survey == survey]
        rows, counted = _take_survey(warehouse, source_name, survey, mine, workbooks)
        submissions.append(rows)
        files += counted
    submissions.append(withdrawals(warehouse, source_name, deliveries))
    _commit(warehouse, source_name, deliveries, submissions, files)
    for row in files:
        _assert_balance(Counter({name: row[f"{name}_count"] for name in ("received", *VERDICTS)}), row["file_name"])
        tally.counts.update({name: row[f"{name}_count"] for name in ("received", *VERDICTS)})
    tally.counts["files"] += len(files)
    for rows in submissions:
        pairs = zip(rows.column("survey_year").to_pylist(), rows.column("verdict").to_pylist(), strict=True)
        tally.years |= {year for year, verdict in pairs if year is not None and verdict != "duplicate"}


def _is_control(delivery: Delivery) -> bool:
    """Say whether a delivery brings no file: only a cursor, deletions or a total."""
    tells = delivery.cursor is not None or delivery.deletions or delivery.control_total is not None
    return not delivery.content and bool(tells)


def _files_seen(warehouse: Warehouse, source_name: str) -> set[tuple[str, str, str]]:
    version = warehouse.version("raw.file")
    if version is None:
        return set()
    connection = warehouse.connect({"raw.file": version})
    rows = connection.execute("SELECT file_sha256, survey, file_name FROM raw.file WHERE source = ?", [source_name])
    return set(rows.fetchall())


def _take_survey(
    warehouse: Warehouse,
    source_name: str,
    survey_name: str,
    fresh: list[tuple[str, Delivery]],
    workbooks: WorkbookReaders,
) -> tuple[pa.Table, list[dict[str, Any]]]:
    """Write one survey's private answers, answers and receipts; give its submissions and files, still to be written."""
    programme = warehouse.programme
    survey = programme.survey(survey_name)
    rosters = (survey.roster.name,) if survey.roster else ()
    contents = [(delivery.name, delivery.content) for _, delivery in fresh]
    readings = read_all(contents, warehouse.settings.limits, workbooks, rosters)
    arrived = [
        Arrived(
            number, sha, d.name, source_name, survey, d.delivered_at, assemble(reading, survey, programme, d.profile)
        )
        for number, ((sha, d), reading) in enumerate(zip(fresh, readings, strict=True), start=1)
    ]
    versions = {table: v for table in ("raw.submission", "raw.file") if (v := warehouse.version(table)) is not None}
    with warehouse.connect(versions) as connection:
        batch = Batch(connection, programme, arrived)
        batch.load()
        batch.prepare()
        for chunk, (answers, private) in enumerate(batch.answers()):
            _keep_private(warehouse, arrived, private, chunk)
            warehouse.merge_new("raw.answer", answers, ANSWER_KEYS)
        decided = batch.decide()
        sizes = {number: len(delivery.content) for number, (_, delivery) in enumerate(fresh, start=1)}
        files = _file_rows(arrived, decided, sizes, batch.received())
        write_receipts(warehouse.folder("receipts"), programme, arrived, batch.lines(), batch.faults())
    return decided, files


def _keep_private(warehouse: Warehouse, arrived: list[Arrived], private: pa.Table, chunk: int) -> None:
    rows = private.to_pylist()
    shas = {file.file_no: file.sha256 for file in arrived}
    for file_no in dict.fromkeys(row["file_no"] for row in rows):
        answers = [{k: v for k, v in row.items() if k != "file_no"} for row in rows if row["file_no"] == file_no]
        store.keep_private(warehouse.folder("private"), shas[file_no], chunk, answers)


def _file_rows(
    arrived: list[Arrived], decided: pa.Table, sizes: dict[int, int], received: dict[int, int]
) -> list[dict[str, Any]]:
    counts: dict[int, Counter[str]] = {file.file_no: Counter() for file in arrived}
    grouped = decided.group_by(["file_no", "verdict"]).aggregate([([], "count_all")])
    for row in grouped.to_pylist():
        counts[row["file_no"]][row["verdict"]] = row["count_all"]
    return [
        _file_row(file, counts[file.file_no], sizes[file.file_no], received.get(file.file_no, 0)) for file in arrived
    ]


def _file_row(file: Arrived, counts: Counter[str], size: int, received: int) -> dict[str, Any]:
    verdict = next((v for v in ("accepted", "parked", "duplicate", "rejected") if counts[v]), "rejected")
    if counts["parked"]:
        verdict = "parked"
    told = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]]
    return {
        "file_sha256": file.sha256,
        "source": file.source,
        "survey": file.survey.name,
        "file_name": file.name,
        "byte_count": size,
        "received_at": file.received_at,
        "verdict": verdict,
        "reason": ", ".join(told),
        "received_count": received,
        **{f"{verdict}_count": counts[verdict] for verdict in VERDICTS},
    }


def _commit(
    warehouse: Warehouse,
    source_name: str,
    deliveries: list[Delivery],
    submissions: list[pa.Table],
    files: list[dict[str, Any]],
) -> None:
    """Write submissions, then files with the cursor in the same commit."""
    columns = list(TABLES["raw.submission"].columns)
    if submissions:
        rows = pa.concat_tables([table.select(columns) for table in submissions], promote_options="permissive")
        if rows.num_rows:
            warehouse.merge_new("raw.submission", rows, ("submission_id",))
    cursor = next((d.cursor for d in reversed(deliveries) if d.cursor is not None), None)
    metadata = {_cursor_key(source_name): cursor} if cursor is not None else {}
    if files or metadata:
        table = pa.Table.from_pylist(files, schema=TABLES["raw.file"].schema)
        warehouse.merge_new("raw.file", table, FILE_KEYS, metadata)


def _assert_balance(counts: Counter[str], where: str) -> None:
    answered = sum(counts[verdict] for verdict in VERDICTS)
    if counts["received"] != answered:
        raise UnbalancedCount(f"{counts['received']} received, but {answered} answered.", where, "Report this.")
