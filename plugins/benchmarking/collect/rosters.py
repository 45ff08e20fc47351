"""Whose rows a roster's are: those of one row a person, of a sheet of their own, or of a list inside a record."""

from __future__ import annotations

import hashlib
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking.catalog import Survey
from benchmarking.collect.grid import LINE, NATIVE, Grid
from benchmarking.collect.headers import Match

OWN_LINE = "own_line"
NOBODY = -1
MOST_STRAYS = 5
ROWS_AT_ONCE = 20_000


def first_lines(wide: pa.Table, survey: Survey) -> pa.Array:
    """Give for each row the first line with the same answers: in a flat file those rows are one submission's roster."""
    names = [question.name for question in survey.questions if question.name in wide.column_names]
    if not names:
        # Nothing says which rows belong together: each stands for itself.
        return wide.column(LINE).combine_chunks()
    digests, starts, count = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)], 0
    for batch in wide.select(names).to_batches(max_chunksize=ROWS_AT_ONCE):
        texts = _as_one_text(batch)
        is_new = np.append(True, pc.not_equal(texts[1:], texts[:-1]).to_numpy(zero_copy_only=False))
        start = np.flatnonzero(is_new[: len(texts)])
        digests.append(_digests(texts.take(pa.array(start))))
        starts.append(start + count)
        count += len(texts)
    first = _first_of_each(np.concatenate(digests).reshape(-1, 2))
    start = np.concatenate(starts)
    lines = wide.column(LINE).to_numpy()[start][first]
    return pa.array(np.repeat(lines, np.diff(start, append=count)), pa.int64())


def _as_one_text(batch: pa.RecordBatch) -> pa.Array:
    """Join each row's cells, each after its length, so that different rows never give the same text."""
    parts = []
    for column in batch.columns:
        parts += [pc.fill_null(pc.binary_length(column).cast(pa.string()), "-"), pc.fill_null(column, "")]
    return pc.binary_join_element_wise(*parts, ":")


def _digests(texts: pa.Array) -> NDArray[np.uint64]:
    """Hash texts; shape (2 * texts,)."""
    told = b"".join(hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts.to_pylist())
    return np.frombuffer(told, dtype=np.uint64)


def _first_of_each(digests: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Give for each of some digests (shape (rows, 2)) the first row that has the same."""
    count = len(digests)
    order = np.lexsort((np.arange(count), digests[:, 1], digests[:, 0]))
    ordered = digests[order]
    is_new = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))[:count]
    first = np.empty(count, dtype=np.int64)
    first[order] = order[is_new][np.cumsum(is_new) - 1]
    return first


def roster_table(rows: pa.Table, found: dict[str, int], parents: pa.Array, lines: pa.Array) -> pa.Table:
    """Give a roster's rows by question.

    Args:
        found: columns by question.  parents: shape (rows,), each row's submission.  lines: each row's own line.
    """
    cells = {name: rows.column(at) for name, at in found.items()}
    return pa.table({LINE: parents, OWN_LINE: lines, **cells})


def parents_of(grid: Grid, match: Match, wide: pa.Table, survey: Survey) -> tuple[pa.Array, list[str]]:
    """Give for each row of a roster's sheet or list the line of its submission, and the places of rows without one.

    A sheet of several agencies' people names the agency in each row; where there is one submission, they are its own.
    """
    if grid.parents is not None:
        return grid.parents, []
    lines, above = grid.line_numbers().to_pylist(), _named(wide, survey)
    keys = _keys_below(grid, match, survey)
    if not keys and len(above) == 1:
        return pa.repeat(pa.scalar(above[0][0], pa.int64()), len(lines)), []
    known: dict[tuple[str, ...], list[int]] = defaultdict(list)
    roles = list(keys)
    for line, whose in above:
        known[tuple(whose[role] for role in roles)].append(line)
    told = list(zip(*keys.values(), strict=True)) if keys else [()] * len(lines)
    filled = _are_filled(grid, match)
    found = [known.get(whose, []) if "agency" in keys or len(above) == 1 else [] for whose in told]
    parents = [lines_of[0] if len(lines_of) == 1 else NOBODY for lines_of in found]
    lost = [line for line, parent, is_filled in zip(lines, parents, filled, strict=True) if is_filled and parent < 0]
    return pa.array(parents, pa.int64()), [f"row {line}" for line in lost[:MOST_STRAYS]]


def _named(wide: pa.Table, survey: Survey) -> list[tuple[int, dict[str, str]]]:
    """Give the line of each submission with any text, and whose it is."""
    asked = {role: survey.with_role(role) for role in ("agency", "year")}
    names = [question.name for question in survey.questions if question.name in wide.column_names]
    columns = {name: [_text(cell) for cell in wide.column(name).to_pylist()] for name in names}
    found = []
    for number, line in enumerate(wide.column(LINE).to_pylist()):
        if any(column[number] for column in columns.values()):
            whose = {role: columns[q.name][number] if q and q.name in columns else "" for role, q in asked.items()}
            found.append((line, whose))
    return found


def _keys_below(grid: Grid, match: Match, survey: Survey) -> dict[str, list[str]]:
    """Give the texts of the columns that say whose a row is, by role."""
    found = {}
    for role in ("agency", "year"):
        question = survey.with_role(role)
        if question is not None and question.name in match.questions:
            found[role] = [_text(cell) for cell in grid.rows.column(match.questions[question.name]).to_pylist()]
    return found


def _are_filled(grid: Grid, match: Match) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    filled = np.zeros(grid.rows.num_rows, dtype=bool)
    for at in match.roster.values():
        filled |= np.array([bool(_text(cell)) for cell in grid.rows.column(at).to_pylist()], dtype=bool)
    return filled


def _text(cell: str | None) -> str:
    return (cell or "").strip().lstrip(NATIVE).strip()
