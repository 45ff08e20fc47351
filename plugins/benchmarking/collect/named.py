"""The submissions of a batch by name, kept on disk; in memory is only what finds those that share something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking.collect.keys import KEYS
from benchmarking.collect.shelf import LINES_APART, Shelf, laid, looked_at, positions_of

LOST_AT_ONCE = 50_000
LAST = np.iinfo(np.int64).max
# Of a submission that names nobody, none that shares its agency and year can be known.
MARKS = """
SELECT
    CASE
        WHEN agency_id IS NULL OR survey_year IS NULL THEN hash(file_no, line)
        ELSE hash(agency_id, survey_year)
    END AS mark,
    hash(record_id) AS record_mark
FROM named_part
"""


class Named:
    """Submissions, a table of the schema KEYS a piece; looked at one by one, in the order of files and lines."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, shelf: Shelf | None) -> None:
        self.connection, self.shelf = connection, shelf
        self.parts: list[pa.Table] = []
        self.starts: list[int] = []
        self.lost = np.zeros(0, dtype=np.int64)
        self.received: Counter[int] = Counter()
        self.known_marks: list[NDArray[np.uint64]] = []

    def add(self, keys: pa.Table) -> None:
        """Add a piece's submissions, which come after all that were added before."""
        self._count(keys.column("file_no").to_numpy())
        self.starts.append(int(positions_of(keys)[0]))
        self.parts += laid(self.shelf, [keys])

    def add_lost(self, positions: NDArray[np.int64]) -> None:
        """Add, from anywhere among the others, those that came without any answer; at last, by sorted positions."""
        self._count(positions // LINES_APART)
        self.lost = positions

    def _count(self, files: NDArray[np.int64]) -> None:
        numbers, counts = np.unique(files, return_counts=True)
        self.received.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))

    def ranges(self) -> list[tuple[int, int]]:
        """Give the positions that tables begin at and end before, when they are looked at one by one."""
        cuts = np.unique(np.concatenate([np.array(self.starts, dtype=np.int64), self.lost[::LOST_AT_ONCE]])).tolist()
        return list(zip(cuts, [*cuts[1:], LAST][: len(cuts)], strict=True))

    def __iter__(self) -> Iterator[pa.Table]:
        return looked_at(self.shelf, (self._between(low, high) for low, high in self.ranges()))

    def _between(self, low: int, high: int) -> pa.Table:
        place = int(np.searchsorted(self.starts, low, side="right")) - 1
        part = self.parts[place] if place >= 0 else KEYS.empty_table()
        start, end = np.searchsorted(positions_of(part), [low, high])
        first, last = np.searchsorted(self.lost, [low, high])
        some = part.slice(start, end - start)
        if first == last:
            return some
        both = pa.concat_tables([some, _nobody(self.lost[first:last])])
        return both.sort_by([("file_no", "ascending"), ("line", "ascending")])

    def among(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give those of some sorted positions that a submission has."""
        found = [np.intersect1d(positions_of(part), places) for part in self] if len(places) else []
        return np.concatenate([places[:0], *found])

    def marks(self) -> list[NDArray[np.uint64]]:
        """Give for each table a number for each agency and year: two that differ may have the same, but seldom do."""
        if not self.known_marks:
            self.known_marks = [self._marked(keys)["mark"] for keys in self]
        return self.known_marks

    def _marked(self, keys: pa.Table) -> dict[str, NDArray[np.uint64]]:
        self.connection.register("named_part", keys)
        return dict(self.connection.execute(MARKS).fetchnumpy())

    def labels(self) -> list[NDArray[np.uint64]]:
        """Give for each table a number for each submission, the same for those that may decide about each other.

        These have the same agency and year, or the same record id, or are joined by others of which that is true.
        """
        marks, records = [], []
        for keys, mark in zip(self, self.marks(), strict=True):
            has_record = pc.not_equal(keys.column("record_id"), "").to_numpy()
            if has_record.any():
                marks.append(mark[has_record])
                records.append(self._marked(keys)["record_mark"][has_record])
        if not records:
            return self.marks()
        bound, labels = _bound(np.concatenate(records), np.concatenate(marks))
        return [_replaced(mark, bound, labels) for mark in self.marks()]


def _bound(records: NDArray[np.uint64], marks: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Find the marks that records of several marks bind together; give them, sorted, and the label of each."""
    order = np.lexsort((marks, records))
    records, marks = records[order], marks[order]
    is_bound = (records[1:] == records[:-1]) & (marks[1:] != marks[:-1])
    if not is_bound.any():
        return marks[:0], marks[:0]
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first, second = marks[:-1][is_bound], marks[1:][is_bound]
    bound, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    edges = (np.ones(len(first), dtype=bool), (places[: len(first)], places[len(first) :]))
    _, groups = connected_components(coo_array(edges, shape=(len(bound), len(bound))), directed=False)
    _, leaders = np.unique(groups, return_index=True)
    return bound, bound[leaders[groups]]


def _replaced(values: NDArray[np.uint64], wanted: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.uint64]:
    if not len(wanted):
        return values
    found = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
    return np.where(wanted[found] == values, others[found], values)


def _nobody(positions: NDArray[np.int64]) -> pa.Table:
    """Name submissions of which nothing is known but where they stood."""
    count = len(positions)
    columns = {"file_no": positions // LINES_APART, "line": positions % LINES_APART}
    texts = ("record_id", "submitted_at_text", "assumed_zone", "content_sha256")
    none = {name: pa.nulls(count, KEYS.field(name).type) for name in KEYS.names}
    return pa.table({**none, **columns, **dict.fromkeys(texts, pa.repeat("", count))}, schema=KEYS)
