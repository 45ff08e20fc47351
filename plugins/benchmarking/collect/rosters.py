"""Whose rows a roster's are: those of one row a person, of a sheet of their own, or of a list inside a record."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pyarrow as pa

from benchmarking.catalog import Survey
from benchmarking.collect.grid import LINE, NATIVE, Grid
from benchmarking.collect.headers import Match

OWN_LINE = "own_line"
NOBODY = -1
MOST_STRAYS = 5


def first_lines(wide: pa.Table, survey: Survey) -> pa.Array:
    """Give for each row the first line with the same answers: in a flat file those rows are one submission's roster."""
    names = [question.name for question in survey.questions if question.name in wide.column_names]
    if not names:
        # Nothing says which rows belong together: each stands for itself.
        return wide.column(LINE).combine_chunks()
    answers = zip(*(wide.column(name).to_pylist() for name in names), strict=True)
    first: dict[tuple[str | None, ...], int] = {}
    return pa.array(
        [first.setdefault(row, line) for row, line in zip(answers, wide.column(LINE).to_pylist(), strict=True)],
        pa.int64(),
    )


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
