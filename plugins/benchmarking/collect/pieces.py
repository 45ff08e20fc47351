"""A batch in pieces of bounded size: whole small files together, a big file cut between its submissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking.catalog import Survey
from benchmarking.collect.assemble import OTHER, Assembled
from benchmarking.collect.grid import LINE
from benchmarking.collect.rosters import OWN_LINE
from benchmarking.collect.shelf import positions_of

PIECE_ROWS = 50_000
WIDE = pa.schema([("file_no", pa.int64()), (LINE, pa.int64()), (OTHER, pa.bool_())])
ROSTER = pa.schema([("file_no", pa.int64()), (LINE, pa.int64()), (OWN_LINE, pa.int64())])


class File(Protocol):
    """A file of a batch, set out by question."""

    @property
    def file_no(self) -> int: ...

    @property
    def assembled(self) -> Assembled: ...


@dataclass(frozen=True)
class Piece:
    """Submissions with all their roster rows; rows without any text are gone.

    number: of this piece among its file's, 0 where it holds whole files.
    wide: one row a submission: file_no, line, has_other, and the text of each question that the files hold.
    roster: one row a roster row, in no certain order: file_no, line (the submission's), own_line, and texts.
    parents, roster_rows: shape (roster rows,), the submission's position in `wide`, and the row's number under it.
    """

    number: int
    wide: pa.Table
    roster: pa.Table
    parents: NDArray[np.int64]
    roster_rows: NDArray[np.int64]


def pieces(files: Iterable[File], survey: Survey, size: int = PIECE_ROWS) -> Iterator[Piece]:
    """Cut a batch; a piece holds between one and `size` submissions, fewer where they have many roster rows."""
    found = (_piece(number, parts, survey) for number, parts in _parts(files, size))
    return (piece for piece in found if piece.wide.num_rows)


def _parts(files: Iterable[File], size: int) -> Iterator[tuple[int, list[tuple[int, pa.Table, pa.Table | None]]]]:
    together: list[tuple[int, pa.Table, pa.Table | None]] = []
    held = 0
    for file in files:
        wide, roster = file.assembled.wide, file.assembled.roster
        if wide is None:
            continue
        count = wide.num_rows + (roster.num_rows if roster is not None else 0)
        if together and held + count > size:
            yield 0, together
            together, held = [], 0
        if count <= size:
            together.append((file.file_no, wide, roster))
            held += count
            continue
        step = max(1, size * wide.num_rows // count)
        for number, start in enumerate(range(0, wide.num_rows, step)):
            part = wide.slice(start, step)
            yield number, [(file.file_no, part, _below(part, roster))]
    if together:
        yield 0, together


def _below(wide: pa.Table, roster: pa.Table | None) -> pa.Table | None:
    """Leave out roster rows of submissions before and after some."""
    if roster is None:
        return None
    ends, lines = pc.min_max(wide.column(LINE)), roster.column(LINE)
    return roster.filter(pc.and_(pc.greater_equal(lines, ends["min"]), pc.less_equal(lines, ends["max"])))


def _piece(number: int, parts: list[tuple[int, pa.Table, pa.Table | None]], survey: Survey) -> Piece:
    wide = _joined(WIDE, [(file_no, table) for file_no, table, _ in parts])
    blank = are_blank(wide, [q.name for q in survey.questions if q.name in wide.column_names])
    blank &= ~pc.fill_null(wide.column(OTHER), False).to_numpy()
    roster = _joined(ROSTER, [(file_no, table) for file_no, _, table in parts if table is not None])
    asked = survey.roster.questions if survey.roster else ()
    roster = roster.filter(pa.array(~are_blank(roster, [q.name for q in asked if q.name in roster.column_names])))
    if roster.num_rows and blank.any():
        # Somebody's people, though nobody is named: that is for a person to settle, and not nothing.
        blank &= ~np.isin(positions_of(wide), positions_of(roster))
    wide = wide.filter(pa.array(~blank)) if blank.any() else wide
    return Piece(number, wide, *_numbered(wide, roster))


def _joined(schema: pa.Schema, parts: Sequence[tuple[int, pa.Table]]) -> pa.Table:
    numbered = [
        table.append_column("file_no", pa.array(np.full(table.num_rows, file_no, dtype=np.int64)))
        for file_no, table in parts
    ]
    return pa.concat_tables([schema.empty_table(), *numbered], promote_options="default").combine_chunks()


def are_blank(table: pa.Table, names: Sequence[str]) -> NDArray[np.bool_]:
    """Say of each row whether the named columns hold nothing but spaces; True where there are none to look at."""
    blank = np.ones(table.num_rows, dtype=bool)
    for name in names:
        if not blank.any():
            break
        empty = pc.fill_null(pc.equal(pc.utf8_trim(table.column(name), " "), ""), True)
        blank &= np.asarray(empty.to_numpy(), dtype=bool)
    return blank


def _numbered(wide: pa.Table, roster: pa.Table) -> tuple[pa.Table, NDArray[np.int64], NDArray[np.int64]]:
    """Find each roster row's submission, and its number under it in the order of the rows' own lines."""
    order = np.lexsort(tuple(roster.column(name).to_numpy() for name in (OWN_LINE, LINE, "file_no")))
    roster = roster.take(pa.array(order)) if roster.num_rows else roster
    above, below = positions_of(wide), positions_of(roster)
    first = np.flatnonzero(np.diff(below, prepend=-1)) if len(below) else np.zeros(0, dtype=np.int64)
    numbers = np.arange(len(below)) - np.repeat(first, np.diff(first, append=len(below))) + 1
    sorter = np.argsort(above, kind="stable")
    found = np.minimum(np.searchsorted(above, below, sorter=sorter), max(len(above) - 1, 0))
    parents = sorter[found] if len(above) else np.zeros(0, dtype=np.int64)
    here = above[parents] == below if len(above) else np.zeros(len(below), dtype=bool)
    return roster.filter(pa.array(here)), parents[here] if len(above) else parents, numbers[here]
