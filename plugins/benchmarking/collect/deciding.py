"""Verdicts that depend on other submissions, decided in parts of bounded size, however many there are.

Submissions that may decide about each other are decided together: those of one agency and year, and those that share
a record id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking import sql
from benchmarking.collect.faults import RULES
from benchmarking.collect.faulty import FoundFaults
from benchmarking.collect.keys import KEYS
from benchmarking.collect.named import Named
from benchmarking.collect.shelf import Ordered, Shelf, positions_of
from benchmarking.collect.verdicts import JUDGED, submission_ids

DECIDED_AT_ONCE = 100_000
# What was freed would else be kept for the next time, some hundred megabytes of it.
GIVING_BACK = "SET allocator_flush_threshold = '1MB'; SET allocator_bulk_deallocation_flush_threshold = '1MB'"
KNOWN = pa.schema(
    [
        ("survey_year", pa.int64()),
        ("agency_id", pa.string()),
        ("version", pa.int64()),
        ("verdict", pa.string()),
        ("content_sha256", pa.string()),
        ("submitted_at", pa.timestamp("us", "UTC")),
        ("received_at", pa.timestamp("us", "UTC")),
        ("chain", pa.string()),
        ("told", pa.string()),
        ("position", pa.int64()),
    ]
)
RECORDED = pa.schema(
    [
        ("submission_id", pa.string()),
        ("version", pa.int64()),
        ("verdict", pa.string()),
        ("rule_id", pa.string()),
        ("reason", pa.string()),
    ]
)


class Stored:
    """What raw.submission says of the submissions in hand: some that they may repeat, and verdicts given before."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, survey: str, file_keys: pa.Array) -> None:
        """Look at one version of the tables, for files whose submissions' ids begin with certain keys."""
        self.connection, self.values = connection, {"survey": survey}
        connection.execute(GIVING_BACK)
        text = "SELECT 1 FROM raw.submission WHERE survey = $survey LIMIT 1"
        self.has_any = connection.execute(text, self.values).fetchone() is not None
        connection.register("file_in_hand", pa.table({"file_key": file_keys}))
        found = self._ask("raw/recorded_file") if self.has_any else pa.table({"file_key": pa.array([], pa.string())})
        self.recorded_keys = found.column("file_key").combine_chunks()

    def marks(self, marks: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
        """Give those of the marks of agencies and years that are known, sorted."""
        if not self.has_any:
            return np.zeros(0, dtype=np.uint64)
        self.connection.register("mark_in_hand", pa.table({"mark": pa.chunked_array(marks, pa.uint64())}))
        found = self._ask("raw/known_mark").column("mark").to_numpy()
        return np.asarray(found, dtype=np.uint64)

    def known(self, keys: pa.Table) -> pa.Table:
        """Give the submissions that some in hand may repeat or replace, as by raw/known."""
        if not self.has_any or not keys.num_rows:
            return KNOWN.empty_table()
        self.connection.register("asking", keys.select(["agency_id", "survey_year", "record_id"]))
        return self._ask("raw/known")

    def recorded(self, ids: pa.Array) -> pa.Table:
        """Give the verdicts of those in hand that an earlier run wrote; they stand."""
        if not len(self.recorded_keys):
            return RECORDED.empty_table()
        self.connection.register("asking", pa.table({"submission_id": ids}))
        return self._ask("raw/recorded")

    def _ask(self, name: str) -> pa.Table:
        text = sql.read(name)
        return self.connection.execute(text, self.values if "$survey" in text else None).to_arrow_table()


@dataclass(frozen=True)
class InHand:
    """The submissions of a batch, what is wrong with them, and what is known of their files."""

    named: Named
    faults: FoundFaults
    files: pa.Table


def decide(
    connection: duckdb.DuckDBPyConnection, in_hand: InHand, stored: Stored | None, shelf: Shelf | None
) -> Ordered:
    """Decide the verdicts that depend on something else, of the schema JUDGED; all others are accepted.

    Args:
        connection: where it is worked out.
        stored: what is known already, None where nothing is.
        shelf: where the verdicts are laid; None for memory.
    """
    judged = Ordered(JUDGED, shelf)
    connection.execute(GIVING_BACK)
    for keys, faults in _parts(in_hand, stored):
        ids = submission_ids(keys, in_hand.files.column("file_key").combine_chunks())
        tables = {
            "intake_rule": _rule_rows(),
            "file_in_hand": in_hand.files,
            "key_in_hand": keys,
            "fault": faults,
            "known": KNOWN.empty_table() if stored is None else stored.known(keys),
            "recorded": RECORDED.empty_table() if stored is None else stored.recorded(ids),
        }
        judged.add(_judged(connection, tables))
    return judged


def _judged(connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table]) -> pa.Table:
    """Decide about one part; nothing of it stays in DuckDB."""
    run = connection.execute
    for name, table in tables.items():
        connection.register(name, table)
    run(f"CREATE OR REPLACE TEMP VIEW arrived AS {sql.read('raw/arrived')}")
    run(f"CREATE TEMP TABLE contested AS {sql.read('raw/contested')}")
    run(f"CREATE TEMP TABLE worst AS {sql.read('raw/worst')}")
    values = {"twice": RULES["row.twice"].sentence}
    run(f"CREATE TEMP TABLE decided AS {sql.read('raw/submission')}", values)
    judged = run(sql.read("raw/judged")).to_arrow_table()
    for name in ("contested", "worst", "decided"):
        run(f"DROP TABLE {name}")
    for name in ("key_in_hand", "fault", "known", "recorded"):
        connection.unregister(name)
    return judged.select(JUDGED.names).cast(JUDGED)


def _parts(in_hand: InHand, stored: Stored | None) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Give submissions whose verdicts may depend on something, each with all that may decide about it; and faults."""
    labels = in_hand.named.labels()
    chosen = list(_contested(in_hand, stored, labels))
    count = sum(int(some.sum()) for some in chosen)
    parts = -(-count // DECIDED_AT_ONCE)
    for part in range(parts):
        here = [some & (label % np.uint64(parts) == part) for some, label in zip(chosen, labels, strict=True)]
        yield _gathered(in_hand, here)


def _gathered(in_hand: InHand, here: list[NDArray[np.bool_]]) -> tuple[pa.Table, pa.Table]:
    """Give the chosen submissions, and what is wrong with them and with their files."""
    keys, faults = [KEYS.empty_table()], [in_hand.faults.of_files]
    for (low, high), table, some in zip(in_hand.named.ranges(), in_hand.named, here, strict=True):
        found = in_hand.faults.of_rows.between(low, high)
        is_wanted = is_among(positions_of(found), positions_of(table)[some])
        keys.append(table.filter(pa.array(some)))
        faults.append(found.filter(pa.array(is_wanted)))
    return pa.concat_tables(keys), pa.concat_tables(faults)


def _contested(in_hand: InHand, stored: Stored | None, labels: list[NDArray[np.uint64]]) -> Iterator[NDArray[np.bool_]]:
    """Say of each submission, table by table, whether its verdict may depend on something else."""
    named = in_hand.named
    ordered = np.sort(np.concatenate([np.zeros(0, np.uint64), *labels]))
    shared = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    known = np.zeros(0, np.uint64) if stored is None else stored.marks(named.marks())
    recorded = pa.array([], pa.string()) if stored is None else stored.recorded_keys
    files = in_hand.files.filter(pc.is_in(in_hand.files.column("file_key"), recorded))
    whole = [*files.column("file_no").to_pylist(), *in_hand.faults.of_files.column("file_no").unique().to_pylist()]
    for (low, high), keys, mark, label in zip(named.ranges(), named, named.marks(), labels, strict=True):
        faulty = positions_of(in_hand.faults.of_rows.between(low, high))
        chosen = is_among(label, shared) | is_among(mark, known) | is_among(positions_of(keys), faulty)
        chosen |= np.isin(keys.column("file_no").to_numpy(), whole)
        for name in ("agency_id", "survey_year"):
            chosen |= keys.column(name).is_null().to_numpy()
        yield chosen | pc.not_equal(keys.column("record_id"), "").to_numpy()


def is_among(values: NDArray[np.generic], wanted: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Say of each value whether it is one of some sorted ones."""
    if not len(wanted):
        return np.zeros(len(values), dtype=bool)
    found = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
    return np.asarray(wanted[found] == values, dtype=bool)


def _rule_rows() -> pa.Table:
    return pa.table(
        {
            "rule_id": list(RULES),
            "verdict": [rule.verdict for rule in RULES.values()],
            "sentence": [rule.sentence for rule in RULES.values()],
            "position": list(range(len(RULES))),
        }
    )
