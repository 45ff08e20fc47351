"""What each agency brings to a measure, read from the measure's SQL, with its weight to the frame."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarking import sql
from benchmarking.aggregate.counting import number_cells
from benchmarking.aggregate.design import WEIGHT_CAP, Array, Codes, Design, WeightingFailed, rake, trim
from benchmarking.aggregate.people import Moves, count_people
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
        unit: shape (n,), the agencies' numbers in the year's frame.
        agency: shape (n,), agency ids. holding: shape (n,), holding ids. design: the n agencies' weights and margins.
        groups: (peer_group, peer_value) to shape (n,) who is in it.
        weighting: how the weights were made, in words.
        numerator, denominator: shape (n,), of a ratio. category: shape (n,), of a share.
        moves: the people of a survival measure, counted. chosen: who chose what, as far as it was asked.
    """

    measure: Measure
    survey_year: int
    unit: Codes
    agency: NDArray[np.str_]
    holding: NDArray[np.str_]
    design: Design
    groups: Groups
    weighting: str
    numerator: Array
    denominator: Array
    people: Array | None
    category: NDArray[np.str_] | None = None
    moves: Moves | None = None
    chosen: dict[str, NDArray[np.bool_]] = field(default_factory=dict, repr=False, compare=False)

    def chose(self, category: str) -> NDArray[np.bool_]:
        """Give who chose a category, shape (n,)."""
        if category not in self.chosen:
            self.chosen[category] = (
                np.asarray(self.category == category) if self.category is not None else np.zeros(0, bool)
            )
        return self.chosen[category]


@dataclass(frozen=True)
class Frame:
    """The frame of one year: agencies in all and by each margin; empty margins where the programme has no frame.

    Attributes:
        agency, holding: shape (size,), ids in the order of the agencies' numbers.
        members: (peer_group, peer_value) to the numbers of its agencies.
        shared: what measures with the same contributors share: weights and peer groups, by the contributors' numbers.
    """

    size: int
    margins: dict[str, dict[str, int]]
    values: dict[str, dict[str, str]]
    agency: NDArray[np.str_] = field(default_factory=lambda: np.array([], dtype=str))
    holding: NDArray[np.str_] = field(default_factory=lambda: np.array([], dtype=str))
    members: dict[tuple[str, str], Codes] = field(default_factory=dict)
    shared: dict[bytes, tuple[Design, str, Groups]] = field(default_factory=dict)


def prepare(connection: duckdb.DuckDBPyConnection, programme: Programme) -> None:
    """Make the tables that every measure's SQL is joined to: frame_value, cut_column and cut.

    Raises:
        DefinitionError: staging.agency lacks a column that the programme cuts by or weights to.
    """
    # What DuckDB has done with goes back to the system: the figures made from its counts need room of their own.
    connection.execute("SET allocator_flush_threshold = '8MB'")
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
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE frame_agency AS " + sql.read("benchmark/frame_agency"), {"survey_year": year}
    )
    number_cells(connection)
    ids = connection.execute(
        "SELECT CAST(agency_id AS VARCHAR), CAST(holding_id AS VARCHAR) FROM frame_agency ORDER BY unit"
    ).fetchall()
    agency, holding = np.array(ids, dtype=str).reshape(-1, 2).T
    margins: dict[str, dict[str, int]] = {name: {} for name in programme.frame_margins}
    for column, value, count in connection.execute(
        sql.read("benchmark/frame_margin"), {"survey_year": year}
    ).fetchall():
        if column in margins:
            margins[column][value] = count
    values: dict[str, dict[str, str]] = {name: {} for name in programme.frame_margins}
    for column, name, value in connection.execute(
        "SELECT peer_column, agency_id, peer_value FROM frame_value WHERE survey_year = ?", [year]
    ).fetchall():
        if column in values:
            values[column][name] = value
    return Frame(len(agency), margins, values, agency, holding, _members(connection))


def _members(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Codes]:
    found = connection.execute("SELECT cell, unit FROM agency_cell ORDER BY cell, unit").fetchnumpy()
    names = connection.execute("SELECT cell, peer_group, peer_value FROM cell ORDER BY cell").fetchall()
    edges = np.searchsorted(found["cell"], [number for number, _, _ in names] + [len(names) + 1])
    return {
        (group, value): np.asarray(found["unit"][edges[k] : edges[k + 1]]) for k, (_, group, value) in enumerate(names)
    }


def read_panel(
    connection: duckdb.DuckDBPyConnection, programme: Programme, measure: Measure, frame: Frame, year: int
) -> Panel | None:
    """Read one measure's contributors of a year, or None where it has none.

    Raises:
        DefinitionError: the measure's SELECT lacks a column, or gives an agency twice.
    """
    wanted = SPELL_COLUMNS if measure.kind == "survival" else PART_COLUMNS
    _create_part_view(connection, measure, wanted)
    if measure.kind == "survival":
        found = count_people(connection, year, frame.size)
        return None if found is None else _with_moves(_panel(measure, year, frame, found[0]), found[1])
    rows = connection.execute(sql.read("benchmark/part"), {"survey_year": year}).to_arrow_table()
    if rows.num_rows == 0:
        return None
    units = rows.column("unit").to_numpy()
    twice = rows.num_rows - len(np.unique(units))
    if twice:
        raise DefinitionError(
            f"{twice} agencies stand twice in {year}.",
            f"measure {measure.name}",
            "Give one row an agency and year in its SELECT.",
        )
    return _with_parts(_panel(measure, year, frame, units), rows)


def _panel(measure: Measure, year: int, frame: Frame, units: Codes) -> Panel:
    """Give a panel of the frame's agencies of some numbers, rising, with their weights and peer groups."""
    agency = frame.agency[units]
    key = units.astype(np.int32).tobytes()
    if key not in frame.shared:
        frame.shared[key] = (*weigh(agency, frame), _groups(frame, units))
    design, weighting, groups = frame.shared[key]
    ones = np.ones(len(agency))
    return Panel(measure, year, units, agency, frame.holding[units], design, groups, weighting, ones, ones, None)


def _groups(frame: Frame, units: Codes) -> Groups:
    place = np.full(frame.size, -1)
    place[units] = np.arange(len(units))
    groups: Groups = {}
    for cell, members in frame.members.items():
        rows = place[members]
        if (rows >= 0).any():
            groups[cell] = np.zeros(len(units), dtype=bool)
            groups[cell][rows[rows >= 0]] = True
    return groups


def _with_parts(panel: Panel, rows: pa.Table) -> Panel:
    people = rows.column("people")
    known = None if people.null_count == len(people) else people.fill_null(0).to_numpy().astype(float)
    if panel.measure.kind == "share":
        return replace(panel, category=np.array(rows.column("category").to_pylist(), dtype=str), people=known)
    numerator, denominator = rows.column("numerator").to_numpy(), rows.column("denominator").to_numpy()
    return replace(panel, numerator=numerator, denominator=denominator, people=known)


def _with_moves(panel: Panel, moves: Moves) -> Panel:
    people = moves.people(len(panel.agency)).sum(axis=1).astype(float)
    return replace(panel, moves=moves, numerator=people, people=people)


def _create_part_view(connection: duckdb.DuckDBPyConnection, measure: Measure, wanted: tuple[str, ...]) -> None:
    """Make the measure's SELECT a view that has every column of its kind, blank where the measure does not give it."""
    select = measure.sql.rstrip().rstrip(";")
    try:
        given = connection.sql(select).columns
    except duckdb.Error as error:
        where = f"sql/measures/{measure.name}.sql"
        raise DefinitionError(f"the SELECT cannot be run: {error}", where, "Correct the file.") from error
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
    words += f", {cut} {'weight' if cut == 1 else 'weights'} trimmed to {cap:.3g}" if cut else ""
    return Design(_stored(trimmed), float(frame.size), margins=tuple(margins)), words


def _stored(weight: Array) -> Array:
    """Give weights as they are stored: nine decimals, so that a figure can be made again from the table."""
    return np.array([float(round(Decimal(value), 9)) for value in weight.tolist()])


def contribution_rows(panel: Panel) -> pa.Table:
    """Give a measure's contributors as rows of benchmark.contribution; a survival measure's numerator is its people."""
    size, schema = len(panel.agency), TABLES["benchmark.contribution"].schema
    people = pa.nulls(size, pa.int64()) if panel.people is None else pa.array(panel.people.astype(np.int64))
    return pa.table(
        {
            "survey_year": pa.repeat(panel.survey_year, size),
            "measure": pa.repeat(panel.measure.name, size),
            "agency_id": pa.array(panel.agency),
            "holding_id": pa.array(panel.holding),
            "category": pa.repeat("", size) if panel.category is None else pa.array(panel.category),
            "numerator": pa.array(panel.numerator),
            "denominator": pa.array(panel.denominator),
            "people": people,
            "weight": decimal(panel.design.weight),
        },
    ).select(schema.names).cast(schema)  # fmt: skip


def decimal(weight: Array) -> pa.Array:
    """Give weights as the decimals of nine places that they are."""
    values, places = np.unique(weight, return_inverse=True)
    return pa.array([round(Decimal(value), 9) for value in values.tolist()], pa.decimal128(18, 9)).take(
        pa.array(places)
    )


def spell_rows(connection: duckdb.DuckDBPyConnection, panel: Panel) -> pa.Table:
    """Read a survival measure's people once more, as rows of benchmark.spell."""
    schema = TABLES["benchmark.spell"].schema
    if panel.moves is None:
        return schema.empty_table()
    _create_part_view(connection, panel.measure, SPELL_COLUMNS)
    parts = {"agency_id": panel.agency, "holding_id": panel.holding, "weight": decimal(panel.design.weight)}
    connection.register("agency_weight", pa.table(parts))
    asked = {"survey_year": panel.survey_year, "measure": panel.measure.name}
    rows = connection.execute(sql.read("benchmark/spell"), asked).to_arrow_table()
    return rows.select(schema.names).cast(schema)
