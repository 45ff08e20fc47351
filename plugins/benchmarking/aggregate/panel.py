"""What each agency brings to a measure, read from the measure's SQL, with its weight to the frame."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarking import sql
from benchmarking.aggregate.design import WEIGHT_CAP, Array, Codes, Design, WeightingFailed, rake, trim
from benchmarking.aggregate.survival import Counts, count_spells
from benchmarking.catalog import TWO_WAY, Measure, Programme
from benchmarking.errors import DefinitionError
from benchmarking.tables import TABLES

log = logging.getLogger("benchmarking")
SENIORITY = "seniority"
Groups = dict[tuple[str, str], NDArray[np.bool_]]
PART_COLUMNS = ("category", "numerator", "denominator", "people")
SPELL_COLUMNS = ("entry_months", "exit_months", "has_ended", SENIORITY)


@dataclass(frozen=True)
class Panel:
    """One measure's contributors of one year, sorted by agency.

    Attributes:
        agency: shape (n,), agency ids. holding: shape (n,), holding ids. design: the n agencies' weights and margins.
        groups: (peer_group, peer_value) to shape (n,) who is in it.
        weighting: how the weights were made, in words.
        numerator, denominator: shape (n,), of a ratio. category: shape (n,), of a share. spells: of a survival measure.
    """

    measure: Measure
    survey_year: int
    agency: NDArray[np.str_]
    holding: NDArray[np.str_]
    design: Design
    groups: Groups
    weighting: str
    numerator: Array
    denominator: Array
    people: Array | None
    category: NDArray[np.str_] | None = None
    spells: Spells | None = None

    def chose(self, category: str) -> NDArray[np.bool_]:
        """Give who chose a category, shape (n,)."""
        return np.array([], dtype=bool) if self.category is None else np.asarray(self.category == category)


@dataclass(frozen=True)
class Spells:
    """Persons' spells: codes of their agency, months, and seniority where the measure has it."""

    unit: Codes
    entry: Array
    exit: Array
    has_ended: NDArray[np.bool_]
    seniority: NDArray[np.str_]

    def counts(self, rows: NDArray[np.bool_] | None, units: int) -> Counts:
        """Count those at risk and leaving, of all people or some, on the months of all."""
        chosen = np.ones(len(self.unit), dtype=bool) if rows is None else rows
        # Only months in which somebody left move a curve, and the last one tells how long people were followed.
        months = np.unique(np.append(self.exit[self.has_ended], self.exit.max()))
        found = count_spells(self.entry, self.exit, self.has_ended & chosen, chosen.astype(float), self.unit, months)
        missing = units - len(found.at_risk)
        pad = np.zeros((missing, len(found.months)))
        return Counts(found.months, np.vstack([found.at_risk, pad]), np.vstack([found.ended, pad]))


@dataclass(frozen=True)
class Frame:
    """The frame of one year: agencies in all and by each margin; empty margins where the programme has no frame."""

    size: int
    margins: dict[str, dict[str, int]]
    values: dict[str, dict[str, str]]


def prepare(connection: duckdb.DuckDBPyConnection, programme: Programme) -> None:
    """Make the tables that every measure's SQL is joined to: frame_value, cut_column and cut.

    Raises:
        DefinitionError: staging.agency lacks a column that the programme cuts by or weights to.
    """
    columns = cut_columns(programme)
    names = sorted({name for pair in columns.values() for name in pair} | set(programme.frame_margins))
    known = connection.sql("SELECT * FROM staging.agency").columns
    if set(names) - set(known):
        raise DefinitionError(
            f"{sorted(set(names) - set(known))} are no columns of staging.agency.",
            f"programme {programme.name}",
            "Add them to sql/staging/agency.sql, or take them out of peer_groups, bands and frame_margins.",
        )
    parts = [
        f"SELECT survey_year, agency_id, '{name}' AS peer_column, CAST({name} AS VARCHAR) AS peer_value"
        f" FROM staging.agency WHERE {name} IS NOT NULL"
        for name in names
    ] or ["SELECT survey_year, agency_id, '' AS peer_column, '' AS peer_value FROM staging.agency WHERE false"]
    connection.execute("CREATE OR REPLACE TEMP TABLE frame_value AS " + " UNION ALL ".join(parts))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE cut_column (peer_group VARCHAR, first_column VARCHAR, second_column VARCHAR)"
    )
    for group, pair in columns.items():
        connection.execute("INSERT INTO cut_column VALUES (?, ?, ?)", [group, pair[0], pair[1] if pair[1:] else None])
    connection.execute("CREATE OR REPLACE TEMP TABLE every_cut AS " + sql.read("benchmark/cut"))


def cut_columns(programme: Programme) -> dict[str, tuple[str, ...]]:
    """Give the columns of every cut by one or two columns of the frame, the bands included."""
    groups = [group for group in programme.peer_groups if group not in ("all", SENIORITY)]
    band = programme.bands.get("peer_group")
    if band and band not in groups:
        groups.append(band)
    return {group: tuple(group.split(TWO_WAY)) for group in groups}


def read_frame(connection: duckdb.DuckDBPyConnection, programme: Programme, year: int) -> Frame:
    """Count the frame of one year by the programme's margins."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW cut AS SELECT * FROM every_cut WHERE survey_year = {year:d}")
    size = connection.execute("SELECT count(*) FROM staging.agency WHERE survey_year = ?", [year]).fetchone()
    margins: dict[str, dict[str, int]] = {name: {} for name in programme.frame_margins}
    for column, value, count in connection.execute(
        sql.read("benchmark/frame_margin"), {"survey_year": year}
    ).fetchall():
        if column in margins:
            margins[column][value] = count
    values: dict[str, dict[str, str]] = {name: {} for name in programme.frame_margins}
    for column, agency, value in connection.execute(
        "SELECT peer_column, agency_id, peer_value FROM frame_value WHERE survey_year = ?", [year]
    ).fetchall():
        if column in values:
            values[column][agency] = value
    return Frame(size[0] if size else 0, margins, values)


def read_panel(
    connection: duckdb.DuckDBPyConnection, programme: Programme, measure: Measure, frame: Frame, year: int
) -> Panel | None:
    """Read one measure's contributors of a year, or None where it has none.

    Raises:
        DefinitionError: the measure's SELECT lacks a column, or gives an agency twice.
    """
    wanted = SPELL_COLUMNS if measure.kind == "survival" else PART_COLUMNS
    _create_part_view(connection, measure, wanted)
    name = "benchmark/spell" if measure.kind == "survival" else "benchmark/part"
    rows = connection.execute(sql.read(name), {"survey_year": year}).to_arrow_table()
    if rows.num_rows == 0:
        return None
    columns = {field: rows.column(field).to_pylist() for field in rows.column_names}
    agency, first, unit = np.unique(np.array(columns["agency_id"], dtype=str), return_index=True, return_inverse=True)
    if measure.kind != "survival" and len(agency) != rows.num_rows:
        raise DefinitionError(
            f"{rows.num_rows - len(agency)} agencies stand twice in {year}.",
            f"measure {measure.name}",
            "Give one row an agency and year in its SELECT.",
        )
    holding = np.array(columns["holding_id"], dtype=str)[first]
    design, weighting = weigh(agency, frame)
    panel = Panel(
        measure, year, agency, holding, design, _groups(connection, agency), weighting,
        np.ones(len(agency)), np.ones(len(agency)), None,
    )  # fmt: skip
    return _with_spells(panel, columns, unit) if measure.kind == "survival" else _with_parts(panel, columns)


def _with_parts(panel: Panel, columns: Mapping[str, list[Any]]) -> Panel:
    people = columns["people"]
    known = None if all(value is None for value in people) else np.array([value or 0 for value in people], dtype=float)
    if panel.measure.kind == "share":
        return replace(panel, category=np.array(columns["category"], dtype=str), people=known)
    numerator = np.array(columns["numerator"], dtype=float)
    return replace(panel, numerator=numerator, denominator=np.array(columns["denominator"], dtype=float), people=known)


def _with_spells(panel: Panel, columns: Mapping[str, list[Any]], unit: Codes) -> Panel:
    spells = Spells(
        unit,
        np.array(columns["entry_months"], dtype=float),
        np.array(columns["exit_months"], dtype=float),
        np.array(columns["has_ended"], dtype=bool),
        np.array([value or "" for value in columns[SENIORITY]], dtype=str),
    )
    people = np.bincount(unit, minlength=len(panel.agency)).astype(float)
    return replace(panel, spells=spells, numerator=people, people=people)


def _create_part_view(connection: duckdb.DuckDBPyConnection, measure: Measure, wanted: tuple[str, ...]) -> None:
    """Make the measure's SELECT a view that has every column of its kind, blank where the measure does not give it."""
    select = measure.sql.rstrip().rstrip(";")
    given = connection.sql(select).columns
    needed = {
        "ratio": ("numerator", "denominator"), "share": ("category",),
        "survival": ("entry_months", "exit_months", "has_ended"),
    }[measure.kind]  # fmt: skip
    missing = {"survey_year", "agency_id", *needed} - set(given)
    if missing:
        raise DefinitionError(
            f"the SELECT gives no {sorted(missing)}.", f"measure {measure.name}", f"A {measure.kind} needs them."
        )
    blanks = {"category": "''", "numerator": "1", "denominator": "1"}
    columns = [name if name in given else f"{blanks.get(name, 'NULL')} AS {name}" for name in wanted]
    # A second pair of lines keeps a trailing comment of the measure's file from swallowing the bracket.
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW measure_part AS "
        f"SELECT survey_year, agency_id, {', '.join(columns)} FROM (\n{select}\n)"
    )


def _groups(connection: duckdb.DuckDBPyConnection, agency: NDArray[np.str_]) -> Groups:
    place = {name: number for number, name in enumerate(agency.tolist())}
    groups: Groups = {}
    rows = connection.execute("SELECT peer_group, peer_value, agency_id FROM cut ORDER BY ALL").fetchall()
    for group, value, name in rows:
        if name in place:
            groups.setdefault((group, value), np.zeros(len(agency), dtype=bool))[place[name]] = True
    return groups


def weigh(agency: NDArray[np.str_], frame: Frame) -> tuple[Design, str]:
    """Rake the contributors to the frame, dropping the last margin as long as the margins cannot be met together."""
    if not frame.margins:
        return Design(np.ones(len(agency))), "unweighted, no frame"
    names = list(frame.margins)
    while names:
        try:
            return _raked(agency, frame, names)
        except WeightingFailed:
            log.warning("%s cannot be met with the other margins; weights leave it out", names[-1])
            names.pop()
    weight = np.full(len(agency), frame.size / len(agency))
    return Design(_stored(weight), float(frame.size)), "weighted to the size of the frame"


def _raked(agency: NDArray[np.str_], frame: Frame, names: list[str]) -> tuple[Design, str]:
    margins, totals = [], []
    for name in names:
        values = np.array([frame.values[name].get(one, "") for one in agency.tolist()])
        found, codes = np.unique(values, return_inverse=True)
        counts = np.array([float(frame.margins[name].get(value, 0)) for value in found.tolist()])
        counts = np.where(counts > 0, counts, np.bincount(codes).astype(float))
        # A group of the frame in which nobody answered is spoken for by the others, in proportion.
        margins.append(codes)
        totals.append(counts * (frame.size / counts.sum()))
    weight = rake(np.ones(len(agency)), margins, totals)
    cap = WEIGHT_CAP * float(weight.mean())
    trimmed = trim(weight, upper=cap)
    words = "raked to " + ", ".join(names) if len(names) > 1 else f"post-stratified by {names[0]}"
    cut = int(np.sum(weight > cap))
    words += f", {cut} weights trimmed to {cap:.3g}" if cut else ""
    return Design(_stored(trimmed), float(frame.size), margins=tuple(margins)), words


def _stored(weight: Array) -> Array:
    """Give weights as they are stored: nine decimals, so that a figure can be made again from the table."""
    return np.array([float(round(Decimal(value), 9)) for value in weight.tolist()])


def contribution_rows(panel: Panel) -> pa.Table:
    """Give a measure's contributors as rows of benchmark.contribution; a survival measure's numerator is its people."""
    size = len(panel.agency)
    people = [None] * size if panel.people is None else [int(value) for value in panel.people]
    return pa.table(
        {
            "survey_year": [panel.survey_year] * size,
            "measure": [panel.measure.name] * size,
            "agency_id": panel.agency.tolist(),
            "holding_id": panel.holding.tolist(),
            "category": [""] * size if panel.category is None else panel.category.tolist(),
            "numerator": panel.numerator.tolist(),
            "denominator": panel.denominator.tolist(),
            "people": people,
            "weight": [round(Decimal(value), 9) for value in panel.design.weight.tolist()],
        },
        schema=TABLES["benchmark.contribution"].schema,
    )


def spell_rows(panel: Panel) -> pa.Table:
    """Give a survival measure's spells as rows of benchmark.spell."""
    spells = panel.spells
    if spells is None:
        return TABLES["benchmark.spell"].schema.empty_table()
    weight = [round(Decimal(value), 9) for value in panel.design.weight.tolist()]
    first = np.searchsorted(spells.unit, spells.unit, side="left")
    return pa.table(
        {
            "survey_year": [panel.survey_year] * len(spells.unit),
            "measure": [panel.measure.name] * len(spells.unit),
            "agency_id": panel.agency[spells.unit].tolist(),
            "holding_id": panel.holding[spells.unit].tolist(),
            "row_number": (np.arange(len(spells.unit)) - first + 1).tolist(),
            "entry_months": spells.entry.tolist(),
            "exit_months": spells.exit.tolist(),
            "has_ended": spells.has_ended.tolist(),
            "seniority": [value or None for value in spells.seniority.tolist()],
            "weight": [weight[unit] for unit in spells.unit.tolist()],
        },
        schema=TABLES["benchmark.spell"].schema,
    )
