"""One survey's files of one batch: read, typed, judged, and ready to be answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from benchmarking import sql
from benchmarking.appending import Appending
from benchmarking.collect import store
from benchmarking.collect.assemble import assemble
from benchmarking.collect.batch import FILE_KEY_LENGTH, Arrived, Batch
from benchmarking.collect.headers import Headers
from benchmarking.collect.readers.dispatch import read_all
from benchmarking.collect.readers.workbook import WorkbookReaders
from benchmarking.collect.receipts import Findings, write_receipts
from benchmarking.collect.shelf import Shelf
from benchmarking.collect.source import Delivery
from benchmarking.collect.verdicts import Verdicts
from benchmarking.warehouse import Warehouse

VERDICTS = ("accepted", "parked", "rejected", "duplicate")
WORST_FIRST = ("parked", "accepted", "duplicate", "rejected")
REPEATED_ANSWER = ("survey", "question", "column_name", "state")


@dataclass
class Taken:
    """Files whose answers are written and whose verdicts are still to be; `sizes` in bytes by file_no."""

    batch: Batch
    arrived: list[Arrived]
    sizes: dict[int, int]
    verdicts: Verdicts | None = None
    counts: Counter[tuple[int, int | None, str]] = field(default_factory=Counter)
    compared: pa.Table = field(default_factory=lambda: pa.table({}))
    names: dict[str, str] = field(default_factory=dict)

    def file_rows(self) -> list[dict[str, Any]]:
        """Give the rows of raw.file: what was received, counted before any verdict, beside the verdicts."""
        counts: dict[int, Counter[str]] = {file.file_no: Counter() for file in self.arrived}
        for (file_no, _, verdict), count in self.counts.items():
            counts[file_no][verdict] += count
        received = self.batch.received()
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
        findings = Findings(self.decided().lines(), self.batch.faults(), self.compared, self.names)
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

    `stack` closes the batch's DuckDB and gives up its rows on disk when the batch is done.
    """
    programme = warehouse.programme
    survey = programme.survey(survey_name)
    rosters = (survey.roster.name,) if survey.roster else ()
    contents = [(delivery.name, delivery.content) for _, delivery in fresh]
    shelf = stack.enter_context(closing(Shelf(warehouse.folder("received"))))
    readings = read_all(contents, warehouse.settings.limits, workbooks, rosters, shelf)
    headers, arrived = Headers(survey), []
    for number, ((sha, delivery), reading) in enumerate(zip(fresh, readings, strict=True), start=1):
        assembled = assemble(reading, headers, programme, delivery.profile)
        arrived.append(Arrived(number, sha, delivery.name, source_name, survey, delivery.delivered_at, assembled))
    batch = Batch(stack.enter_context(warehouse.connect({})), programme, arrived, shelf)
    batch.load()
    _write_answers(warehouse, batch)
    sizes = {number: len(delivery.content) for number, (_, delivery) in enumerate(fresh, start=1)}
    return Taken(batch, arrived, sizes)


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
            _decide_one(connection, one)


def _decide_one(connection: duckdb.DuckDBPyConnection, one: Taken) -> None:
    values = {"survey": one.batch.survey.name}
    has_any = connection.execute("SELECT 1 FROM raw.submission WHERE survey = $survey LIMIT 1", values).fetchone()
    connection.register("file_in_hand", one.batch.file_keys())
    connection.register("asking", one.batch.asking(has_any is not None))
    known = connection.execute(sql.read("raw/known"), values).to_arrow_table()
    recorded = connection.execute(sql.read("raw/recorded")).to_arrow_table()
    one.verdicts = verdicts = one.batch.decide(known, recorded)
    one.counts = verdicts.counts()
    # A form of one agency is compared with nothing, and neither is the first file of all.
    is_compared = has_any is not None or len(one.arrived) > 1
    connection.register("settled_now", verdicts.told(is_compared))
    one.compared = connection.execute(sql.read("raw/compared"), values).to_arrow_table()
    one.names = dict(connection.execute("SELECT file_sha256, min(file_name) FROM raw.file GROUP BY 1").fetchall())


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
