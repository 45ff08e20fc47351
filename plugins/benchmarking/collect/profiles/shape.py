"""The shape of one table: which rows are header, which columns are the tool's own, which responses are partial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from benchmarking.collect.faults import Fault
from benchmarking.collect.grid import Grid
from benchmarking.collect.profiles import tools


@dataclass
class Shape:
    """A grid read by a profile.

    names: for each column the texts that may name its question, best first.
    skipped: rows under the first that are header too.
    ignored: columns that are the tool's own and no answers.
    record_id, submitted_at: columns that the tool fills, or None.
    faults: responses that are partial, tests or previews.
    zone: in which the tool writes times without a zone; empty: the programme's.
    """

    name: str
    names: list[tuple[str, ...]]
    skipped: int = 0
    ignored: frozenset[int] = frozenset()
    record_id: int | None = None
    submitted_at: int | None = None
    faults: list[Fault] = field(default_factory=list)
    zone: str = ""


def shape_grid(grid: Grid, profile: str) -> Shape:
    """Read a grid's layout by the named profile, or by the one whose marks it bears, or as a plain table."""
    chosen = tools.TOOLS.get(profile) or next((tool for tool in tools.TOOLS.values() if tool.knows(grid)), None)
    if chosen is None:
        return Shape("plain", [(text,) for text in grid.header])
    return _by_tool(grid, chosen)


def _by_tool(grid: Grid, tool: tools.Tool) -> Shape:
    names = tool.names(grid)
    low = [text.strip().casefold() for text in grid.header]
    shape = Shape(tool.name, names, skipped=tool.header_rows - 1, zone=tool.zone)
    shape.ignored = frozenset(n for n, text in enumerate(low) if tool.is_own(text))
    shape.record_id = _first(low, tool.record_id)
    shape.submitted_at = _first(low, tool.submitted_at)
    shape.faults = list(_states(grid, shape, tool.states))
    return shape


def _first(header: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((header.index(text) for text in wanted if text in header), None)


def _states(grid: Grid, shape: Shape, states: tuple[tuple[str, str, Callable[[str], bool]], ...]) -> list[Fault]:
    """Give the responses whose own columns say that they are no finished answer."""
    found: dict[int, Fault] = {}
    low = [text.strip().casefold() for text in grid.header]
    lines = grid.line_numbers().slice(shape.skipped)
    for column, rule, applies in states:
        if column not in low:
            continue
        cells = grid.rows.column(low.index(column)).slice(shape.skipped)
        odd = [cell for cell in pc.unique(cells).to_pylist() if applies((cell or "").strip().casefold())]
        for line in lines.filter(pc.is_in(cells, pa.array(odd, pa.string()))).to_pylist():
            found.setdefault(line, Fault(rule, line, column))
    return list(found.values())
