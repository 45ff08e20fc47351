"""One survey's files of one batch: read, typed, judged, and ready to be answered."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake.exceptions import DeltaError

from benchmarking.appending import Appending
from benchmarking.catalog import Survey
from benchmarking.collect import store
from benchmarking.collect.assemble import assemble
from benchmarking.collect.batch import FILE_KEY_LENGTH, Arrived, Batch
from benchmarking.collect.comparing import Compared, compare
from benchmarking.collect.deciding import Stored
from benchmarking.collect.faults import Fault
from benchmarking.collect.grid import Reading
from benchmarking.collect.headers import Headers
from benchmarking.collect.readers.dispatch import read_all
from benchmarking.collect.readers.workbook import WorkbookReaders
from benchmarking.collect.receipts import Findings, write_receipts
from benchmarking.collect.shelf import Shelf, laid, looked_at
from benchmarking.collect.source import Delivery
from benchmarking.collect.verdicts import Verdicts
from benchmarking.errors import BenchmarkingError
from benchmarking.warehouse import Warehouse

log = logging.getLogger("benchmarking")
VERDICTS = ("accepted", "parked", "rejected", "duplicate")
WORST_FIRST = ("parked", "accepted", "duplicate", "rejected")
# Troubles of the machine and not of a file: nothing is answered, and the next run takes it all in.
ENVIRONMENT = (
    BenchmarkingError, OSError, MemoryError, duckdb.IOException, duckdb.OutOfMemoryException, DeltaError
)  # fmt: skip
REPEATED_ANSWER = ("survey", "question", "column_name", "state")


@dataclass
class Taken:
    """Files whose answers are written and whose verdicts are still to be; `sizes` in bytes by file_no."""

    batch: Batch
    arrived: list[Arrived]
    sizes: dict[int, int]
    folder: Path
    shelf: Shelf | None = None
    verdicts: Verdicts | None = None
    counts: Counter[tuple[int, int | None, str]] = field(default_factory=Counter)
    compared: Compared = field(default_factory=lambda: Compared([], None))
    names: dict[str, str] = field(default_factory=dict)

    def decide(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Decide the verdicts on what the tables of a connection say; laid on a shelf of their own in the folder."""
        self.close()
        self.shelf = Shelf(self.folder)
        survey = self.batch.survey.name
        stored = Stored(connection, survey, self.batch.keys)
        self.verdicts = self.batch.decide(stored, self.shelf)
        self.counts = self.verdicts.counts()
        self.compared = compare(connection, self.verdicts, survey, not stored.has_any, self.shelf)
        self.names = dict(connection.execute("SELECT file_sha256, min(file_name) FROM raw.file GROUP BY 1").fetchall())

    def close(self) -> None:
        """Give up the verdicts' shelf."""
        if self.shelf is not None:
            self.shelf.close()

    def file_counts(self) -> dict[int, Counter[str]]:
        """Count each file's submissions by verdict."""
        counts: dict[int, Counter[str]] = {file.file_no: Counter() for file in self.arrived}
        for (file_no, _, verdict), count in self.counts.items():
            counts[file_no][verdict] += count
        return counts

    def file_rows(self) -> list[dict[str, Any]]:
        """Give the rows of raw.file: what was received, counted before any verdict, beside the verdicts."""
        counts, received = self.file_counts(), self.batch.received()
        return [
            _file_row(file, counts[file.file_no], self.sizes[file.file_no], received.get(file.file_no, 0))
            for file in self.arrived
        ]

    def decided(self) -> Verdicts:
        """Give the verdicts, once they are decided."""
        assert self.verdicts is not None
        return self.verdicts

    def write_receipts(self, folder: Path) -> None:
        """Answer every file."""
        lines, ranges = laid(self.shelf, self.decided().lines()), self.batch.named.ranges()
        findings = Findings(
            self.file_counts(),
            lambda file_no: (_of_file(table, file_no) for table in looked_at(self.shelf, lines)),
            lambda file_no: self.batch.faults.in_file(file_no, ranges),
            self.compared.in_file,
            self.names,
        )
        write_receipts(folder, self.batch.programme, self.arrived, findings)

    def years(self) -> set[int]:
        """Give the survey years of which something new is known."""
        return {year for _, year, verdict in self.counts if year and verdict != "duplicate"}


def take_survey(
    warehouse: Warehouse,
    source_name: str,
    survey_name: str,
    fresh: list[tuple[str, Delivery]],
    workbooks: WorkbookReaders,
    stack: ExitStack,
) -> Taken:
    """Read files (hash and delivery) of one survey and write their private answers and answers.

    `stack` closes the batch's DuckDB and gives up its rows on disk when the batch is done. A file that stops the
    reading in a way nobody foresaw is parked, so that all others are answered.
    """
    files = _Files(warehouse, source_name, warehouse.programme.survey(survey_name), fresh, workbooks)
    try:
        batch = files.batch(stack)
        _write_answers(warehouse, batch)
    except ENVIRONMENT:
        raise
    except Exception:
        unread = files.unread()
        if not unread:
            raise
        batch = files.batch(stack, unread)
        _write_answers(warehouse, batch)
    sizes = {number: len(delivery.content) for number, (_, delivery) in enumerate(fresh, start=1)}
    taken = Taken(batch, list(batch.files), sizes, warehouse.folder("received"))
    stack.callback(taken.close)
    return taken


@dataclass(frozen=True)
class _Files:
    """Files of one survey on their way into a batch."""

    warehouse: Warehouse
    source_name: str
    survey: Survey
    fresh: list[tuple[str, Delivery]]
    workbooks: WorkbookReaders

    def batch(self, stack: ExitStack, unread: Mapping[int, str] = MappingProxyType({})) -> Batch:
        """Read all files but the unread, which are given by their positions with what happened."""
        programme = self.warehouse.programme
        shelf = stack.enter_context(closing(Shelf(self.warehouse.folder("received"))))
        headers, arrived = Headers(self.survey), []
        for number, ((sha, one), reading) in enumerate(zip(self.fresh, self._readings(shelf, unread), strict=True), 1):
            assembled = assemble(reading, headers, programme, one.profile)
            arrived.append(Arrived(number, sha, one.name, self.source_name, self.survey, one.delivered_at, assembled))
        batch = Batch(stack.enter_context(self.warehouse.connect({})), programme, arrived, shelf)
        batch.load()
        return batch

    def _readings(self, shelf: Shelf, unread: Mapping[int, str]) -> list[Reading]:
        rosters = (self.survey.roster.name,) if self.survey.roster else ()
        contents = [(one.name, one.content) for n, (_, one) in enumerate(self.fresh) if n not in unread]
        found = iter(read_all(contents, self.warehouse.settings.limits, self.workbooks, rosters, shelf))
        return [
            Reading(refusal=Fault("file.unread", seen=unread[n])) if n in unread else next(found)
            for n in range(len(self.fresh))
        ]

    def unread(self) -> dict[int, str]:
        """Try each file by itself, writing nothing; give those that fail, by position, and what happened."""
        found = {}
        for number, (sha, delivery) in enumerate(self.fresh):
            with ExitStack() as stack:
                try:
                    deque(replace(self, fresh=[(sha, delivery)]).batch(stack).answers(), maxlen=0)
                except ENVIRONMENT:
                    raise
                except Exception as error:
                    log.exception("%s: %s cannot be read and is parked", self.source_name, delivery.name)
                    found[number] = type(error).__name__
        return found


def _write_answers(warehouse: Warehouse, batch: Batch) -> None:
    """Keep private answers, and put all others into raw.answer in one commit; files that are in it already stay."""
    keys = {file.key for file in batch.files}
    with Appending(warehouse, "raw.answer", REPEATED_ANSWER) as rows:
        known = rows.units_there(keys)
        for answers, private in batch.answers():
            _keep_private(warehouse, batch.files, private)
            if known:
                prefixes = pc.utf8_slice_codeunits(answers.column("submission_id"), 0, FILE_KEY_LENGTH)
                answers = answers.filter(pc.invert(pc.is_in(prefixes, pa.array(sorted(known)))))
            rows.write(answers, keys - known)
        rows.commit()


def decide(warehouse: Warehouse, version: int | None, taken: list[Taken]) -> None:
    """Decide the verdicts of a batch on one version of raw.submission (None: no table yet)."""
    versions = {"raw.submission": version} if version is not None else {}
    files = warehouse.version("raw.file")
    if files is not None:
        versions["raw.file"] = files
    with warehouse.connect(versions) as connection:
        for one in taken:
            one.decide(connection)


def _of_file(rows: pa.Table, file_no: int) -> pa.Table:
    start, end = np.searchsorted(rows.column("file_no").to_numpy(), [file_no, file_no + 1])
    return rows.slice(start, end - start)


def _keep_private(warehouse: Warehouse, files: Sequence[Arrived], private: pa.Table) -> None:
    by_file: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in private.to_pylist():
        by_file.setdefault((row.pop("file_no"), row.pop("chunk")), []).append(row)
    shas = {file.file_no: file.sha256 for file in files}
    for (file_no, chunk), answers in by_file.items():
        store.keep_private(warehouse.folder("private"), shas[file_no], chunk, answers)


def _file_row(file: Arrived, counts: Counter[str], size: int, received: int) -> dict[str, Any]:
    told = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]]
    return {
        "file_sha256": file.sha256,
        "source": file.source,
        "survey": file.survey.name,
        "file_name": file.name,
        "byte_count": size,
        "received_at": file.received_at,
        "verdict": next((verdict for verdict in WORST_FIRST if counts[verdict]), "rejected"),
        "reason": ", ".join(told),
        "received_count": received,
        **{f"{verdict}_count": counts[verdict] for verdict in VERDICTS},
    }
