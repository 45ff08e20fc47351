"""People's spells, read from a measure's SQL as whole numbers and counted by agency, seniority and month."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarking import sql
from benchmarking.aggregate.design import Array, Codes
from benchmarking.aggregate.survival import Counts

# So many spells are read and counted at a time: what is worked on stays in the processor's cache.
BATCH = 1 << 19
# A table of months is looked up by place; one longer than this is made of the months that occur instead.
MOST_PLACES = 1 << 22
WHOLE_NUMBERS = re.compile(r"(TINY|SMALL|BIG|HUGE|U\w+)?INT(EGER)?\Z")
DECIMALS = re.compile(r"DECIMAL\(\d+,\s*(\d+)\)\Z")
Whole = NDArray[np.integer]


@dataclass(frozen=True)
class Spells:
    """Persons' spells, in as few bytes as their numbers need: eight each, for thousands of agencies and whole months.

    Attributes:
        months: shape (k,), rising; entry and exit are places in it.
        unit: shape (people,), each person's agency, 0 to n - 1. level: shape (people,), places in `levels`.
        entry, exit: shape (people,). Someone whose entry is month 0 is observed from the start.
        has_ended: shape (people,).
        levels: seniorities in order, '' for those whose measure or answer has none.
    """

    months: Array
    unit: Whole
    level: Whole
    entry: Whole
    exit: Whole
    has_ended: NDArray[np.bool_]
    levels: tuple[str, ...] = ("",)

    @classmethod
    def of(cls, unit: Codes, entry: Array, exit_: Array, has_ended: NDArray[np.bool_]) -> Spells:
        """Take spells in months, each shape (people,), without seniority."""
        months, places = np.unique(np.concatenate([entry, exit_]), return_inverse=True)
        entered, left = np.split(places, 2)
        return cls(months, unit, np.zeros(len(unit), np.uint8), entered, left, has_ended)

    @classmethod
    def blank(cls, months: Array, count: int, units: int, levels: tuple[str, ...]) -> Spells:
        """Make room for so many people of so many agencies."""
        kinds = (np.min_scalar_type(size) for size in (units, len(levels), len(months), len(months)))
        unit, level, entry, exit_ = (np.empty(count, kind) for kind in kinds)
        return cls(months, unit, level, entry, exit_, np.empty(count, np.bool_), levels)

    def batches(self) -> Iterator[slice]:
        """Give the places of the people, so many at a time."""
        for first in range(0, len(self.unit), BATCH):
            yield slice(first, first + BATCH)

    def people(self, units: int) -> Array:
        """Give the number of people of each agency, shape (units,)."""
        found = np.zeros(units)
        for some in self.batches():
            _tally(found, self.unit[some].astype(np.int64), 1)
        return found

    def people_at(self, level: int) -> int:
        """Give the number of people of one seniority."""
        return int(np.count_nonzero(self.level == level))

    def of_units(self, rows: Codes, units: int) -> Spells:
        """Give the people of some of the agencies, which are numbered anew in the order of `rows`."""
        place = np.full(units, -1)
        place[rows] = np.arange(len(rows))
        unit = place[self.unit]
        kept = unit >= 0
        parts = (unit[kept], self.level[kept], self.entry[kept], self.exit[kept], self.has_ended[kept])
        return Spells(self.months, *parts, self.levels)

    def counts(self, units: int) -> LevelCounts:
        """Count those at risk and those leaving, by agency, seniority and month.

        Only months in which somebody left move a curve, and the last one tells how long people were followed.
        """
        is_kept = np.zeros(len(self.months), dtype=bool)
        is_kept[self.exit.max()] = True
        for some in self.batches():
            is_kept[self.exit[some][self.has_ended[some]]] = True
        grid = np.flatnonzero(is_kept)
        gone = np.searchsorted(grid, np.arange(len(self.months)), side="right")
        come = np.where(self.months > 0, gone, 0)
        width, cells = len(grid), units * len(self.levels)
        flow, ended = np.zeros(cells * (width + 1), np.int32), np.zeros(cells * width, np.int32)
        for some in self.batches():
            cell = self.unit[some].astype(np.int64) * len(self.levels) + self.level[some]
            last, has_ended = gone[self.exit[some]], self.has_ended[some]
            _tally(flow, cell * (width + 1) + come[self.entry[some]], 1)
            _tally(flow, cell * (width + 1) + last, -1)
            _tally(ended, (cell * width + last - 1)[has_ended], 1)
        shape = (units, len(self.levels), -1)
        moved = flow.reshape(shape)
        at_risk = np.cumsum(moved, axis=2, out=moved)[:, :, :-1]
        return LevelCounts(self.months[grid], at_risk, ended.reshape(shape), self.levels)


def _tally(counts: NDArray[Any], places: Codes, step: int) -> None:
    """Add a step at each place; rows lie by agency, so that few places are touched at a time."""
    if len(places):
        low = int(places.min())
        found = np.bincount(places - low)
        counts[low : low + len(found)] += (step * found).astype(counts.dtype)


@dataclass(frozen=True)
class LevelCounts:
    """Who was at risk and who left; `at_risk` and `ended` have shape (units, levels, t)."""

    months: Array
    at_risk: Whole
    ended: Whole
    levels: tuple[str, ...]

    @cached_property
    def everybody(self) -> Counts:
        """Give the counts of people of every seniority."""
        return Counts(self.months, self.at_risk.sum(axis=1, dtype=np.int32), self.ended.sum(axis=1, dtype=np.int32))

    def of_level(self, level: int) -> Counts:
        """Give the counts of people of one seniority."""
        return Counts(self.months, self.at_risk[:, level], self.ended[:, level])


def read_spells(connection: duckdb.DuckDBPyConnection, year: int, units: int) -> tuple[Codes, Spells] | None:
    """Read a survival measure's people from the view measure_part, or None where it has none.

    Months of a whole or decimal type are read as whole numbers of their last place, which is exact; others by their
    place among the months that occur.

    Args:
        units: agencies of the year's frame.

    Returns:
        Shape (n,), rising, the frame's numbers of the agencies that have people; and the people.
    """
    asked = {"survey_year": year}
    count, last = connection.execute(sql.read("benchmark/spell_size"), asked).fetchall()[0]
    if not count:
        return None
    scale = _scale(connection)
    is_whole = 0 < scale * last < MOST_PLACES
    cast = f"CAST({{}} * {scale} AS INTEGER)" if is_whole else "CAST({} AS DOUBLE)"
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW spell_month AS SELECT survey_year, agency_id, seniority, has_ended, "
        f"{cast.format('entry_months')} AS entry_months, {cast.format('exit_months')} AS exit_months FROM measure_part"
    )
    levels = tuple(name for (name,) in connection.execute(sql.read("benchmark/spell_level"), asked).fetchall())
    months = np.arange(int(last * scale) + 1) / scale if is_whole else _months(connection, year)
    spells = _read(connection, year, Spells.blank(months, count, units, levels), is_whole)
    present = np.flatnonzero(spells.people(units))
    place = np.zeros(units, spells.unit.dtype)
    place[present] = np.arange(len(present))
    for some in spells.batches():
        spells.unit[some] = place[spells.unit[some]]
    return (present, spells) if len(present) else None


def _scale(connection: duckdb.DuckDBPyConnection) -> int:
    """Give how many whole numbers a month has in the types of both columns; 0 where one is of another type."""
    places = []
    for kind in connection.sql("SELECT entry_months, exit_months FROM measure_part").types:
        decimals = DECIMALS.match(str(kind))
        if not decimals and not WHOLE_NUMBERS.match(str(kind)):
            return 0
        places.append(int(decimals.group(1)) if decimals else 0)
    return int(10 ** max(places))


def _months(connection: duckdb.DuckDBPyConnection, year: int) -> Array:
    found = connection.execute(
        "SELECT DISTINCT greatest(unnest([coalesce(entry_months, 0), exit_months]), 0) AS month "
        "FROM spell_month WHERE survey_year = ? AND exit_months IS NOT NULL ORDER BY month",
        [year],
    ).fetchnumpy()
    return np.asarray(found["month"], dtype=float)


def _read(connection: duckdb.DuckDBPyConnection, year: int, room: Spells, is_whole: bool) -> Spells:
    """Fill the room made for people; those whose agency the frame does not know take none of it."""
    asked = {"survey_year": year, "levels": list(room.levels)}
    done = 0
    for batch in connection.execute(sql.read("benchmark/spell_code"), asked).to_arrow_reader(BATCH):
        rows = slice(done, done + batch.num_rows)
        done += batch.num_rows
        for name in ("unit", "level", "has_ended"):
            getattr(room, name)[rows] = batch.column(name).to_numpy()
        for name in ("entry", "exit"):
            given = batch.column(name).to_numpy()
            getattr(room, name)[rows] = given if is_whole else np.searchsorted(room.months, given)
    return replace(
        room,
        unit=room.unit[:done],
        level=room.level[:done],
        entry=room.entry[:done],
        exit=room.exit[:done],
        has_ended=room.has_ended[:done],
    )
