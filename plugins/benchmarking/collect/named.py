"""The submissions of a batch by name, kept on disk; in memory is only what finds those that share something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking.collect.grid import LINE
from benchmarking.collect.keys import KEYS
from benchmarking.collect.pieces import LINES_APART
from benchmarking.collect.shelf import Shelf

FIRST = np.iinfo(np.int64).min


def positions_of(table: pa.Table) -> NDArray[np.int64]:
    """Give one number for each row's file_no and line, in their order."""
    return np.asarray(table.column("file_no").to_numpy() * LINES_APART + table.column(LINE).to_numpy(), dtype=np.int64)


class Named:
    """Submissions, a table of the schema KEYS a piece, in the order of files and lines; looked at one by one.

    lost: those that came without any answer, from anywhere among the others.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, shelf: Shelf | None) -> None:
        self.connection, self.shelf = connection, shelf
        self.parts: list[pa.Table] = []
        self.lost = KEYS.empty_table()
        self.received: Counter[int] = Counter()
        self.marks: list[NDArray[np.uint64]] = []
        self.starts: list[int] = []

    def __iter__(self) -> Iterator[pa.Table]:
        for part in self._all():
            yield part
            if self.shelf is not None:
                self.shelf.let_go()

    def _all(self) -> list[pa.Table]:
        return [*self.parts, self.lost] if self.lost.num_rows else self.parts

    def add(self, keys: pa.Table) -> None:
        """Add a piece's submissions."""
        self._count(keys)
        self.starts.append(int(positions_of(keys).min()))
        self.marks.append(self._marks(keys))
        self.parts.append(keys if self.shelf is None else self.shelf.put(keys))

    def add_lost(self, keys: pa.Table) -> None:
        """Add those that came without any answer; nobody is named, so that they share nothing."""
        self._count(keys)
        self.lost = keys

    def _count(self, keys: pa.Table) -> None:
        file_nos, counts = np.unique(keys.column("file_no").to_numpy(), return_counts=True)
        self.received.update(dict(zip(file_nos.tolist(), counts.tolist(), strict=True)))

    def _marks(self, keys: pa.Table) -> NDArray[np.uint64]:
        """Give a number for each agency and year: two that differ may have the same, but seldom do."""
        self.connection.register("named_part", keys)
        found = self.connection.execute("SELECT hash(agency_id, survey_year) AS mark FROM named_part").fetchnumpy()
        return np.asarray(found["mark"], dtype=np.uint64)

    def all_keys(self) -> pa.Table:
        """Give all submissions at once."""
        return pa.concat_tables([KEYS.empty_table(), *self._all()])

    def among(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give those of some sorted positions that a submission has."""
        if not len(places):
            return places
        found = [np.intersect1d(positions_of(part), places) for part in self]
        return np.concatenate([places[:0], *found])

    def in_order(self) -> Iterator[NDArray[np.int64]]:
        """Give the positions of all submissions in their order, piece by piece."""
        lost, low = np.sort(positions_of(self.lost)), FIRST
        if not self.parts:
            yield lost
        for part, high in zip(self.parts, [*self.starts[1:], None][: len(self.parts)], strict=True):
            between = lost[lost >= low] if high is None else lost[(lost >= low) & (lost < high)]
            yield np.sort(np.concatenate([positions_of(part), between]))
            low = FIRST if high is None else high
            if self.shelf is not None:
                self.shelf.let_go()

    def contested(self, known: pa.Table, files: NDArray[np.int64], places: NDArray[np.int64]) -> pa.Table:
        """Give the submissions whose verdict may depend on something else, and few others besides.

        Args:
            known: agencies and years that are known already.  files: numbers of files, all of which are given.
            places: sorted positions of submissions that are given.
        """
        marks = np.sort(np.concatenate([np.zeros(0, np.uint64), *self.marks]))
        shared = np.unique(np.concatenate([marks[1:][marks[1:] == marks[:-1]], self._marks(known)]))
        found = [self.lost]
        for part, mark in zip(self.parts, self.marks, strict=True):
            chosen = _is_among(mark, shared) | _is_among(positions_of(part), places)
            chosen |= _is_among(part.column("file_no").to_numpy(), files)
            for name in ("agency_id", "survey_year"):
                chosen |= part.column(name).is_null().to_numpy()
            chosen |= pc.not_equal(part.column("record_id"), "").to_numpy()
            found.append(part.filter(pa.array(chosen)))
            if self.shelf is not None:
                self.shelf.let_go()
        return pa.concat_tables(found)


def _is_among(values: NDArray[np.generic], wanted: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Say of each value whether it is one of some sorted ones."""
    if not len(wanted):
        return np.zeros(len(values), dtype=bool)
    found = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
    return np.asarray(wanted[found] == values, dtype=bool)
