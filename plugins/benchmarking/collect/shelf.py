"""Tables that lie on disk and are looked at as if they were in memory, which is given back after each look."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa


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
