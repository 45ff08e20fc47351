"""One survey's files of one batch: read, typed, judged, and ready to be answered."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarking import sql
from benchmarking.collect import store
from benchmarking.collect.assemble import assemble
from benchmarking.collect.batch import Arrived, Batch
from benchmarking.collect.headers import Headers
from benchmarking.collect.readers import read_all
from benchmarking.collect.readers.workbook import WorkbookReaders
from benchmarking.collect.receipts import Findings, write_receipts
from benchmarking.collect.source import Delivery
from benchmarking.warehouse import Warehouse

VERDICTS = ("accepted", "parked", "rejected", "duplicate")
WORST_FIRST = ("parked", "accepted", "duplicate", "rejected")
ANSWER_KEYS = ("submission_id", "roster_row", "question")


@dataclass
class Taken:
    """Files whose answers are written and whose verdicts are still to be; `sizes` in bytes by file_no."""

    batch: Batch
    arrived: list[Arrived]
    sizes: dict[int, int]
    decided: pa.Table = field(default_factory=lambda: pa.table({}))
    compared: pa.Table = field(default_factory=lambda: pa.table({}))
    names: dict[str, str] = field(default_factory=dict)

    def file_rows(self) -> list[dict[str, Any]]:
        """Give the rows of raw.file: what was received, counted before any verdict, beside the verdicts."""
        counts: dict[int, Counter[str]] = {file.file_no: Counter() for file in self.arrived}
        for row in self.decided.group_by(["file_no", "verdict"]).aggregate([([], "count_all")]).to_pylist():
            counts[row["file_no"]][row["verdict"]] = row["count_all"]
        received = self.batch.received()
        return [
            _file_row(file, counts[file.file_no], self.sizes[file.file_no], received.get(file.file_no, 0))
            for file in self.arrived
        ]

    def write_receipts(self, folder: Path) -> None:
        """Answer every file."""
        findings = Findings(self.batch.lines(), self.batch.faults(), self.compared, self.names)
        write_receipts(folder, self.batch.programme, self.arrived, findings)

    def years(self) -> set[int]:
        """Give the survey years of which something new is known."""
        rows = self.decided.group_by(["survey_year", "verdict"]).aggregate([]).to_pylist()
        return {row["survey_year"] for row in rows if row["survey_year"] and row["verdict"] != "duplicate"}


def take_survey(
    warehouse: Warehouse,
    source_name: str,
    survey_name: str,
    fresh: list[tuple[str, Delivery]],
    workbooks: WorkbookReaders,
    stack: ExitStack,
) -> Taken:
    """Read files (hash and delivery) of one survey and write their private answers and answers.

    `stack` closes the batch's DuckDB when the batch is done.
    """
    programme = warehouse.programme
    survey = programme.survey(survey_name)
    rosters = (survey.roster.name,) if survey.roster else ()
    contents = [(delivery.name, delivery.content) for _, delivery in fresh]
    readings = read_all(contents, warehouse.settings.limits, workbooks, rosters)
    headers, arrived = Headers(survey), []
    for number, ((sha, delivery), reading) in enumerate(zip(fresh, readings, strict=True), start=1):
        assembled = assemble(reading, headers, programme, delivery.profile)
        arrived.append(Arrived(number, sha, delivery.name, source_name, survey, delivery.delivered_at, assembled))
    batch = Batch(stack.enter_context(warehouse.connect({})), programme, arrived)
    batch.load()
    batch.prepare()
    for chunk, (answers, private) in enumerate(batch.answers()):
        _keep_private(warehouse, arrived, private, chunk)
        if answers.num_rows:
            warehouse.merge_new("raw.answer", answers, ANSWER_KEYS)
    sizes = {number: len(delivery.content) for number, (_, delivery) in enumerate(fresh, start=1)}
    return Taken(batch, arrived, sizes)


def decide(warehouse: Warehouse, version: int | None, taken: list[Taken]) -> None:
    """Decide the verdicts of a batch on one version of raw.submission (None: no table yet)."""
    versions = {"raw.submission": version} if version is not None else {}
    files = warehouse.version("raw.file")
    if files is not None:
        versions["raw.file"] = files
    with warehouse.connect(versions) as connection:
        for one in taken:
            connection.register("arrived", one.batch.in_hand())
            known = connection.execute(sql.read("raw/known"), {"survey": one.batch.survey.name}).to_arrow_table()
            recorded = connection.execute(sql.read("raw/recorded")).to_arrow_table()
            one.decided = one.batch.decide(known, recorded)
            connection.register("settled_now", one.decided)
            values = {"survey": one.batch.survey.name}
            one.compared = connection.execute(sql.read("raw/compared"), values).to_arrow_table()
            one.names = dict(
                connection.execute("SELECT file_sha256, min(file_name) FROM raw.file GROUP BY 1").fetchall()
            )


def _keep_private(warehouse: Warehouse, arrived: list[Arrived], private: pa.Table, chunk: int) -> None:
    by_file: dict[int, list[dict[str, Any]]] = {}
    for row in private.to_pylist():
        by_file.setdefault(row.pop("file_no"), []).append(row)
    shas = {file.file_no: file.sha256 for file in arrived}
    for file_no, answers in by_file.items():
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
