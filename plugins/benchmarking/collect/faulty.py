"""Everything found wrong in a batch, kept on disk in the order of files and lines."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from benchmarking.collect.keys import FAULT
from benchmarking.collect.shelf import LINES_APART, Ordered, Shelf, looked_at


class FoundFaults:
    """Faults of the schema FAULT; `of_files`, those of line 0, are few, and stay in memory."""

    def __init__(self, shelf: Shelf | None) -> None:
        self.shelf, self.of_files = shelf, FAULT.empty_table()
        self.of_rows = Ordered(FAULT, shelf)

    def add(self, found: pa.Table) -> None:
        """Add faults, in any order."""
        if found.num_rows:
            is_of_row = pc.greater(found.column("line"), 0)
            self.of_files = pa.concat_tables([self.of_files, found.filter(pc.invert(is_of_row))])
            self.of_rows.add(found.filter(is_of_row))

    def in_file(self, file_no: int, ranges: list[tuple[int, int]]) -> Iterator[pa.Table]:
        """Give a file's faults in order, table by table.

        Args:
            ranges: positions that tables begin at and end before, in order.
        """
        first, end = file_no * LINES_APART, (file_no + 1) * LINES_APART
        mine = self.of_files.filter(pc.equal(self.of_files.column("file_no"), file_no))
        yield mine.sort_by([(name, "ascending") for name in FAULT.names])
        inside = [(max(low, first), min(high, end)) for low, high in ranges if low < end and high > first]
        yield from looked_at(self.shelf, (self.of_rows.between(low, high) for low, high in inside))
