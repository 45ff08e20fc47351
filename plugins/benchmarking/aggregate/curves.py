"""Rows of benchmark.curve: who is still there month by month, for all agencies and for each band."""

from __future__ import annotations

import math
from collections.abc import Mapping

import duckdb
import numpy as np
import pyarrow as pa

from benchmarking import sql
from benchmarking.aggregate import survival
from benchmarking.aggregate.counting import count_moves
from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.figures import Book, clustered_curve, freedom_of, stored
from benchmarking.aggregate.panel import Panel
from benchmarking.catalog import Programme
from benchmarking.tables import TABLES

CURVE_MONTHS = 60
Cell = tuple[str, str]


def curve_rows(
    connection: duckdb.DuckDBPyConnection, programme: Programme, books: Mapping[str, Book], spells: pa.Table
) -> pa.Table:
    """Give a year's rows of benchmark.curve, a row a month up to five years.

    Counting and curves are SQL (sql/benchmark: agency_move, cell_move, curve, at_risk); intervals are taken between
    agencies here.

    Args:
        spells: the year's rows of benchmark.spell.
    """
    band = programme.bands.get("peer_group") or "all"
    connection.register("spell_rows", spells)
    rows: list[dict[str, object]] = []
    for book in books.values():
        panel = book.panel
        if book.counts is not None:
            connection.execute(
                f"CREATE OR REPLACE TEMP VIEW spell AS SELECT * FROM spell_rows WHERE measure = '{panel.measure.name}'"
            )
            count_moves(connection, band)
            rows += _rows(connection, panel, book.counts.everybody, band)
    return pa.Table.from_pylist(rows, schema=TABLES["benchmark.curve"].schema)


def _rows(
    connection: duckdb.DuckDBPyConnection, panel: Panel, counts: survival.Counts, band: str
) -> list[dict[str, object]]:
    months = {"last_month": CURVE_MONTHS}
    counted = connection.execute(sql.read("benchmark/at_risk"), {**months, "band": band}).fetchall()
    risk = {row[:3]: row[3:] for row in counted}
    curves: dict[Cell, tuple[survival.Curve, float]] = {}
    rows: list[dict[str, object]] = []
    for group, value, month, share in connection.execute(sql.read("benchmark/curve"), months).fetchall():
        if (group, value) not in curves:
            curves[group, value] = _errors(panel, counts, group, value)
        lower, upper = _limits(*curves[group, value], share, month)
        people, holdings = risk.get((group, value, month), (0, 0))
        rows.append(
            {
                "survey_year": panel.survey_year,
                "measure": panel.measure.name,
                "peer_group": group,
                "peer_value": value,
                "month": month,
                "share": stored(share),
                "lower": stored(lower),
                "upper": stored(upper),
                "people_at_risk": people,
                "holdings_at_risk": holdings,
            }
        )
    return rows


def _errors(panel: Panel, counts: survival.Counts, group: str, value: str) -> tuple[survival.Curve, float]:
    inside = panel.groups[group, value]
    return clustered_curve(panel, Domain.of(panel.design, inside), counts), freedom_of(panel, inside, counts)


def _limits(curve: survival.Curve, freedom: float, share: float, month: int) -> tuple[float, float]:
    if freedom < 1:
        return math.nan, math.nan
    error = np.array([survival.error_at(curve, month)])
    lower, upper = survival.log_log(np.array([share]), error, freedom=freedom)
    return float(lower[0]), float(upper[0])
