"""The aggregate step: a year's contributions, figures, changes, curves and associations, written as tables."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from benchmarking import sql
from benchmarking.aggregate import compare
from benchmarking.aggregate.curves import curve_rows
from benchmarking.aggregate.design import effective_size
from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.figures import Book, Figure, Mask, stored, survival_figures
from benchmarking.aggregate.panel import (
    SENIORITY,
    Panel,
    contribution_rows,
    decimal,
    prepare,
    read_frame,
    read_panel,
    spell_rows,
)
from benchmarking.progress import track
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse

log = logging.getLogger("benchmarking")
Cell = tuple[str, str, str]
# So many contributions are counted in one statement: memory then depends on the number of agencies, not of measures.
COUNTED_AT_ONCE = 20_000


@dataclass(frozen=True)
class AggregateSummary:
    """What one year's aggregation made: agencies that contributed, figures, and the manifest's file."""

    contributors: int
    estimates: int
    changes: int
    manifest: str


def aggregate(warehouse: Warehouse, year: int) -> AggregateSummary:
    """Estimate one survey year and write its rows of the benchmark tables; the same inputs write the same rows.

    Args:
        warehouse: its staging tables are read at their newest versions, which the manifest names.
        year: the survey year; the year before is read too, for change.

    Raises:
        DefinitionError: a measure or staging.agency lacks a column, or a measure gives an agency twice.
    """
    programme = warehouse.programme
    versions = warehouse.versions()
    connection = warehouse.connect(versions)
    prepare(connection, programme)
    before = read_year(connection, warehouse, year - 1)
    now = read_year(connection, warehouse, year)
    _tell_outside_frame(connection, programme.name, year)
    books = {name: Book.of(panel, compare.categories_of(panel, before.get(name))) for name, panel in now.items()}
    spells = _stack("benchmark.spell", [spell_rows(connection, panel) for panel in now.values()])
    rows = {
        "benchmark.contribution": _stack("benchmark.contribution", [contribution_rows(p) for p in _others(now)]),
        "benchmark.spell": spells,
        "benchmark.estimate": estimate_rows(connection, books, year),
        "benchmark.change": compare.change_rows(before, books),
        "benchmark.curve": curve_rows(connection, programme, books, spells),
        "benchmark.association": compare.association_rows(programme, now),
    }
    hashes = {table: _write(warehouse, table, year, content) for table, content in rows.items()}
    manifest = _write_manifest(warehouse, year, versions, hashes)
    agencies = {agency for panel in now.values() for agency in panel.agency.tolist()}
    return AggregateSummary(
        len(agencies), rows["benchmark.estimate"].num_rows, rows["benchmark.change"].num_rows, manifest
    )


def read_year(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, year: int) -> dict[str, Panel]:
    """Read the contributors of every measure of one year, with their weights; measures without any are left out."""
    frame = read_frame(connection, warehouse.programme, year)
    if frame.size == 0:
        return {}
    panels = {}
    for measure in warehouse.programme.measures.values():
        panel = read_panel(connection, warehouse.programme, measure, frame, year)
        if panel is not None:
            panels[measure.name] = panel
    return panels


def _tell_outside_frame(connection: duckdb.DuckDBPyConnection, name: str, year: int) -> None:
    outside = connection.execute(sql.read("release/outside_frame"), {"year": year}).fetchall()
    if outside:
        log.warning("%s %s: %s answered but are not in the frame; left out of every figure", name, year, len(outside))


def _others(panels: Mapping[str, Panel]) -> list[Panel]:
    return [panel for panel in panels.values() if panel.measure.kind != "survival"]


def estimate_rows(connection: duckdb.DuckDBPyConnection, books: Mapping[str, Book], year: int) -> pa.Table:
    """Give a year's rows of benchmark.estimate: every figure of every cell.

    The counting is one SQL statement over all measures and cuts (sql/benchmark/cell.sql); intervals are made here, on
    the agencies' rows.
    """
    panels = [book.panel for book in books.values()]
    cells = count_cells(connection, panels)
    tables = []
    for panel in track(panels, f"estimates of {year}", len(panels)):
        rows: list[dict[str, object]] = []
        for group, value, inside, figures in _peer_cells(books[panel.measure.name]):
            rows += _rows(panel, group, value, inside, figures, cells)
        tables.append(pa.Table.from_pylist(rows, schema=TABLES["benchmark.estimate"].schema))
    return _stack("benchmark.estimate", tables)


def _peer_cells(book: Book) -> Iterator[tuple[str, str, Mask, list[Figure]]]:
    """Yield each peer group's name and value, who is in it, and its figures; people are also cut by their seniority."""
    panel = book.panel
    for (group, value), inside in panel.groups.items():
        yield group, value, inside, book.cell(group, value)
    if book.counts is None:
        return
    for number, level in enumerate(book.counts.levels):
        some = book.counts.of_level(number)
        if level and some.is_seen.any():
            yield SENIORITY, level, some.is_seen, survival_figures(panel, some.is_seen, some)


def count_cells(connection: duckdb.DuckDBPyConnection, panels: Sequence[Panel]) -> dict[Cell, tuple]:
    """Count who stands behind every cell of all panels: contributors, holdings, people, and who holds how much of it.

    Args:
        connection: has the year's cells and the agencies in them, as read_year leaves them.
    """
    counted: dict[Cell, tuple] = {}
    waiting: list[pa.Table] = []
    for number, panel in enumerate(panels):
        waiting.append(_parts_by_number(number, panel))
        if sum(len(parts) for parts in waiting) < COUNTED_AT_ONCE and number + 1 < len(panels):
            continue
        connection.register("contribution", pa.concat_tables(waiting))
        for place, group, value, *found in connection.execute(sql.read("benchmark/cell")).fetchall():
            counted[panels[place].measure.name, group, value] = tuple(found)
        waiting.clear()
    return counted


def _parts_by_number(number: int, panel: Panel) -> pa.Table:
    """Give a measure's contributors as cell.sql counts them; a share's over all categories, since all answered."""
    _, holding = np.unique(panel.holding, return_inverse=True)
    people = np.zeros(len(panel.unit)) if panel.people is None else panel.people
    return pa.table(
        {
            "measure": pa.repeat(pa.scalar(number, pa.int16()), len(panel.unit)),
            "unit": pa.array(panel.unit.astype(np.int32)),
            "holding": pa.array(holding.astype(np.int32)),
            "numerator": panel.numerator,
            "people": pa.array(people.astype(np.int64), mask=np.full(len(people), panel.people is None)),
            "weight": decimal(panel.design.weight),
        }
    )


def _rows(
    panel: Panel, group: str, value: str, inside: Mask, figures: Sequence[Figure], cells: Mapping[Cell, tuple]
) -> Iterator[dict[str, object]]:
    counted = cells.get((panel.measure.name, group, value)) or _count_people(panel, value, inside)
    effective = stored(effective_size(Domain.of(panel.design, inside).weight))
    for figure in figures:
        yield _row(panel, group, value, figure, counted, effective)


def _row(
    panel: Panel, group: str, value: str, figure: Figure, counted: tuple, effective: float | None
) -> dict[str, object]:
    contributors, holdings, people, largest, excess = counted
    is_pooled = figure.statistic == "pooled"
    return {
        "survey_year": panel.survey_year,
        "measure": panel.measure.name,
        "category": figure.category,
        "statistic": figure.statistic,
        "peer_group": group,
        "peer_value": value,
        "value": stored(figure.value),
        "lower": stored(figure.lower),
        "upper": stored(figure.upper),
        "standard_error": stored(figure.standard_error),
        "contributors": contributors,
        "holdings": holdings,
        "people": people,
        "effective_n": effective,
        "largest_share": stored(largest) if is_pooled else None,
        "p_percent_excess": stored(excess) if is_pooled else None,
        "method": f"{figure.method}; {panel.weighting}",
    }


def _count_people(panel: Panel, level: str, inside: Mask) -> tuple:
    """Count the cell of a person-level cut, which agencies have some of their people in."""
    moves = panel.moves
    people = 0 if moves is None else int(moves.people(len(inside)).sum(axis=0)[moves.levels.index(level)])
    return int(inside.sum()), len(np.unique(panel.holding[inside])), people, None, None


def _stack(table: str, parts: list[pa.Table]) -> pa.Table:
    schema = TABLES[table].schema
    return pa.concat_tables([schema.empty_table(), *parts]).cast(schema)


def _write(warehouse: Warehouse, table: str, year: int, rows: pa.Table) -> str:
    """Replace the year's rows unless they are there already; give the hash of what they say."""
    ordered = rows.sort_by([(key, "ascending") for key in TABLES[table].keys])
    digest = _hash(ordered)
    key = f"rows_sha256_{year}"
    if warehouse.metadata(table, key) != digest:
        warehouse.replace_year(table, year, ordered, {key: digest})
    return digest


def _hash(rows: pa.Table) -> str:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _write_manifest(warehouse: Warehouse, year: int, versions: Mapping[str, int], hashes: Mapping[str, str]) -> str:
    """Name what was read and what was written, so that a release can be made again from it."""
    layers = ("reference", "raw", "staging")
    read = {table: version for table, version in versions.items() if table.split(".")[0] in layers}
    content = {
        "programme": warehouse.programme.name,
        "survey_year": year,
        "definition_sha256": warehouse.programme.definition_sha256,
        "read_versions": read,
        "written_versions": {table: warehouse.version(table) for table in hashes},
        "rows_sha256": dict(hashes),
    }
    path = warehouse.folder("manifests") / f"aggregate-{year}.json"
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(path)
    return str(path)
