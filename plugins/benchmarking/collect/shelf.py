"""Tables that lie on disk and are looked at as if they were in memory, which is given back after each look."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

LINES_APART = 1 << 32


class Shelf:
    """One file without a name in a folder of the data, so that nothing is left of it however the process ends."""

    def __init__(self, folder: Path) -> None:
        self.file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (close() closes it)
        self.looked_at: list[mmap.mmap] = []

    def put(self, table: pa.Table) -> pa.Table:
        """Lay down a table; give it back with its columns on disk."""
        start = -(-self.file.seek(0, 2) // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
        self.file.seek(start)
        with pa.ipc.new_stream(self.file, table.schema) as writer:
            writer.write_table(table)
        self.file.flush()
        laid = mmap.mmap(self.file.fileno(), self.file.tell() - start, offset=start, access=mmap.ACCESS_READ)
        self.looked_at.append(laid)
        return pa.ipc.open_stream(pa.py_buffer(laid)).read_all()

    def let_go(self) -> None:
        """Give back the memory of everything looked at so far; it can be looked at again."""
        for laid in self.looked_at:
            laid.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Give up the file; its tables stay readable as long as somebody holds them."""
        self.looked_at.clear()
        self.file.close()


def laid(shelf: Shelf | None, tables: Iterable[pa.Table]) -> list[pa.Table]:
    """Lay tables down one by one as they come, or keep them in memory where there is no shelf."""
    return [table if shelf is None else shelf.put(table) for table in tables]


def looked_at(shelf: Shelf | None, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Give tables one by one; the memory of each is given back before the next."""
    for table in tables:
        yield table
        if shelf is not None:
            shelf.let_go()


def positions_of(table: pa.Table) -> NDArray[np.int64]:
    """Give one number for each row's file_no and line, in their order."""
    return np.asarray(table.column("file_no").to_numpy() * LINES_APART + table.column("line").to_numpy(), np.int64)


class Ordered:
    """Rows with a file_no and a line: tables, each in the order of its columns, looked at by ranges of positions."""

    def __init__(self, schema: pa.Schema, shelf: Shelf | None) -> None:
        """Take rows whose schema begins with file_no and line."""
        self.schema, self.shelf = schema, shelf
        self.tables: list[pa.Table] = []
        self.ends: list[tuple[int, int]] = []

    def add(self, rows: pa.Table) -> None:
        """Lay down rows, in any order."""
        if rows.num_rows:
            ordered = self._sorted(rows)
            places = positions_of(ordered)
            self.ends.append((int(places[0]), int(places[-1])))
            self.tables += laid(self.shelf, [ordered])

    def between(self, low: int, high: int) -> pa.Table:
        """Give the rows at positions from `low` to below `high`, in order."""
        found = [self.schema.empty_table()]
        for table, (first, last) in zip(self.tables, self.ends, strict=True):
            if first < high and last >= low:
                start, end = np.searchsorted(positions_of(table), [low, high])
                found.append(table.slice(start, end - start))
        rows = pa.concat_tables(found)
        return self._sorted(rows) if len(found) > 2 else rows

    def _sorted(self, rows: pa.Table) -> pa.Table:
        return rows.sort_by([(name, "ascending") for name in self.schema.names])
