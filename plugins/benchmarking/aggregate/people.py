"""People of a survival measure, counted in SQL by agency, seniority and month."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarking import sql
from benchmarking.aggregate.design import Array, Codes
from benchmarking.aggregate.survival import Counts

# So many agencies' people are counted in one statement, and so many rows of counts are added up at a time.
COUNTED_AT_ONCE = 5_000
BATCH = 1 << 19
# A table of months is looked up by place; one longer than this is made of the months that occur instead.
MOST_MONTHS = 1 << 22
# An agency, seniority and month are one whole number of four bytes.
MOST_PLACES = 1 << 31
WHOLE_NUMBERS = re.compile(r"(TINY|SMALL|BIG|HUGE|U\w+)?INT(EGER)?\Z")
DECIMALS = re.compile(r"DECIMAL\(\d+,\s*(\d+)\)\Z")
Whole = NDArray[np.integer]


@dataclass(frozen=True)
class Moves:
    """People coming under observation and going out of it: a row for each cell and month where any do.

    Attributes:
        months: shape (k,), rising from 0; `month` is a place in it.
        cell: shape (rows,), agency (0 to n - 1) times the number of levels, plus the place of a seniority in `levels`.
        month: shape (rows,).
        flow: shape (rows,), how many come under observation in the month, or less than nothing: how many go. Those
            observed from the start, month 0, are no row of their own, for they too go one day.
        ended: shape (rows,), of those who go, how many left their agency.
        levels: seniorities in order, '' for those whose measure or answer has none.
    """

    months: Array
    cell: Whole
    month: Whole
    flow: Whole
    ended: Whole
    levels: tuple[str, ...] = ("",)

    @classmethod
    def of(cls, unit: Codes, entry: Array, exit_: Array, has_ended: NDArray[np.bool_]) -> Moves:
        """Take people one by one, with months of entry and exit, each shape (people,), without seniority."""
        months, place = np.unique(np.concatenate([[0.0], entry, exit_]), return_inverse=True)
        entered, left = np.split(place[1:], 2)
        late = entered > 0
        come, gone = np.ones(int(late.sum()), np.int32), np.full(len(unit), -1, np.int32)
        ended = np.concatenate([has_ended.astype(np.int32), np.zeros_like(come)])
        cell, month = np.concatenate([unit, unit[late]]), np.concatenate([left, entered[late]])
        return cls(months, cell, month, np.concatenate([gone, come]), ended)

    def people(self, units: int) -> Whole:
        """Give the number of people of each agency and seniority, shape (units, levels)."""
        # Of the kind that flows are of: mixing kinds takes twenty times as long.
        found = np.zeros(units * len(self.levels), np.int32)
        for some in self.batches():
            goes = self.flow[some] < 0
            np.subtract.at(found, self.cell[some][goes], self.flow[some][goes])
        return found.reshape(units, len(self.levels))

    def batches(self) -> Iterator[slice]:
        """Give the places of the rows, so many at a time: what is worked on stays in the processor's cache."""
        for first in range(0, len(self.cell), BATCH):
            yield slice(first, first + BATCH)

    def of_units(self, rows: Codes, units: int) -> Moves:
        """Give the people of some of the agencies, which are numbered anew in the order of `rows`."""
        if len(rows) == units and np.array_equal(rows, np.arange(units)):
            return self
        place = np.full((units, len(self.levels)), -1, np.int32)
        place[rows] = np.arange(len(rows) * len(self.levels)).reshape(len(rows), len(self.levels))
        cell: Whole = place.ravel()[self.cell]
        kept = cell >= 0
        cell, month, flow, ended = (part[kept] for part in (cell, self.month, self.flow, self.ended))
        return Moves(self.months, cell, month, flow, ended, self.levels)

    def counts(self, units: int) -> LevelCounts:
        """Count those at risk and those leaving, by agency, seniority and month.

        Only months in which somebody left move a curve, and the last one tells how long people were followed.
        """
        is_kept = np.zeros(len(self.months), dtype=bool)
        is_kept[self.month[self.ended > 0]] = True
        is_kept[self.month[self.flow < 0].max()] = True
        return LevelCounts(self, units, np.flatnonzero(is_kept))


@dataclass(frozen=True)
class LevelCounts:
    """Who was at risk and who left, of people of every seniority or of one.

    Made from the moves when they are asked for: those of all seniorities at once would be the largest thing there is.

    Attributes:
        units: number of agencies. grid: shape (t,), places among the moves' months that are counted.
    """

    moves: Moves
    units: int
    grid: Codes

    @property
    def months(self) -> Array:
        """Give the months that are counted, shape (t,), rising."""
        return np.asarray(self.moves.months[self.grid])

    @property
    def levels(self) -> tuple[str, ...]:
        """Give the seniorities in order, '' for those whose measure or answer has none."""
        return self.moves.levels

    @cached_property
    def everybody(self) -> Counts:
        """Give the counts of people of every seniority."""
        return self._count(range(len(self.levels)))

    def of_level(self, level: int) -> Counts:
        """Give the counts of people of one seniority."""
        return self._count((level,))

    def _count(self, levels: Iterable[int]) -> Counts:
        moves, width = self.moves, len(self.grid)
        after = np.searchsorted(self.grid, np.arange(len(moves.months)), side="right")
        row = np.full((self.units, len(self.levels)), -1)
        row[:, list(levels)] = np.arange(self.units)[:, None]
        flow, ended = np.zeros(self.units * (width + 1), np.int32), np.zeros(self.units * width, np.int32)
        for some in moves.batches():
            unit, column = row.ravel()[moves.cell[some]], after[moves.month[some]]
            is_asked, left = unit >= 0, moves.ended[some]
            place = unit * (width + 1) + column
            np.add.at(flow, place[is_asked], moves.flow[some][is_asked])
            has_left = is_asked & (left > 0)
            np.add.at(ended, (place - unit - 1)[has_left], left[has_left])
        moved = flow.reshape(self.units, width + 1)
        # Who goes without having come was there from the start.
        moved[:, 0] -= moved.sum(axis=1, dtype=np.int32)
        at_risk = np.cumsum(moved, axis=1, out=moved)[:, :-1]
        return Counts(self.months, at_risk, ended.reshape(self.units, width))


def count_people(connection: duckdb.DuckDBPyConnection, year: int, units: int) -> tuple[Codes, Moves] | None:
    """Count a survival measure's people of the view measure_part in SQL, or give None where it has none.

    Months of a whole or decimal type are counted as whole numbers of their last place, which is exact; others by their
    place among the months that occur.

    Args:
        connection: has measure_part and frame_agency, the year's agencies by number.
        units: agencies of the year's frame.

    Returns:
        Shape (n,), rising, the frame's numbers of the agencies that have people; and the people.
    """
    asked = {"survey_year": year}
    found = connection.execute(sql.read("benchmark/spell_level"), asked).fetchall()
    if not found:
        return None
    levels = tuple(name for name, _ in found)
    months = _number_months(connection, year, max(last for _, last in found))
    moves = _read(connection, year, levels, months, units)
    present = np.flatnonzero(moves.people(units).any(axis=1))
    return (present, moves.of_units(present, units)) if len(present) else None


def _number_months(connection: duckdb.DuckDBPyConnection, year: int, last: Any) -> Array:
    """Make the view spell_month, in which months are whole numbers; give the months by number."""
    scale = _scale(connection)
    if 0 < scale * last < MOST_MONTHS:
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW spell_month AS SELECT survey_year, agency_id, seniority, has_ended, "
            f"CAST(entry_months * {scale} AS INTEGER) AS entry_month, "
            f"CAST(exit_months * {scale} AS INTEGER) AS exit_month FROM measure_part"
        )
        return np.arange(int(last * scale) + 1) / scale
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE month_number AS " + sql.read("benchmark/month_number"), {"survey_year": year}
    )
    connection.execute("CREATE OR REPLACE TEMP VIEW spell_month AS " + sql.read("benchmark/spell_month"))
    found = connection.execute("SELECT at_months FROM month_number ORDER BY number").fetchnumpy()
    return np.asarray(found["at_months"], dtype=float)


def _scale(connection: duckdb.DuckDBPyConnection) -> int:
    """Give how many whole numbers a month has in the types of both columns; 0 where one is of another type."""
    places = []
    for kind in connection.sql("SELECT entry_months, exit_months FROM measure_part").types:
        decimals = DECIMALS.match(str(kind))
        if not decimals and not WHOLE_NUMBERS.match(str(kind)):
            return 0
        places.append(int(decimals.group(1)) if decimals else 0)
    return int(10 ** max(places))


def _read(
    connection: duckdb.DuckDBPyConnection, year: int, levels: tuple[str, ...], months: Array, units: int
) -> Moves:
    """Count some agencies at a time: the tables that DuckDB groups by then stay small, as rows lie by agency."""
    kinds = (np.dtype(np.int32), np.min_scalar_type(len(months)), np.dtype(np.int32), np.dtype(np.int32))
    parts: list[list[Whole]] = [[np.empty(0, kind)] for kind in kinds]
    asked = {"survey_year": year, "levels": list(levels), "months": len(months)}
    step = max(min(COUNTED_AT_ONCE, MOST_PLACES // (len(levels) * len(months))), 1)
    for first in range(0, units, step):
        some = {"first_unit": first, "last_unit": first + step - 1}
        rows = connection.execute(sql.read("benchmark/spell_move"), asked | some).to_arrow_table()
        for part, name, kind in zip(parts, ("cell", "month", "flow", "ended"), kinds, strict=True):
            part.append(rows.column(name).to_numpy().astype(kind, copy=False))
    # One by one, so that no more than one of them is there twice.
    cell, month, flow, ended = (np.concatenate(parts.pop(0)) for _ in kinds)
    return Moves(months, cell, month, flow, ended, levels)
