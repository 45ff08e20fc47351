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
from benchmarking.aggregate.figures import clustered_curve, freedom_of, stored
from benchmarking.aggregate.panel import Panel
from benchmarking.catalog import Programme
from benchmarking.tables import TABLES

CURVE_MONTHS = 60
Cell = tuple[str, str, str]


def curve_rows(
    connection: duckdb.DuckDBPyConnection, programme: Programme, panels: Mapping[str, Panel], spells: pa.Table
) -> pa.Table:
    """Give a year's rows of benchmark.curve, a row a month up to five years.

    Counting and curves are SQL (GROUPING SETS over the spells, then sql/benchmark/curve.sql and at_risk.sql); intervals
    are taken between agencies here.

    Args:
        spells: the year's rows of benchmark.spell.
    """
    band = programme.bands.get("peer_group")
    _register(connection, spells, band)
    count_moves(connection, "spell_with_band", {"all": (), **({band: (band,)} if band else {})})
    months = {"last_month": CURVE_MONTHS}
    risk = {row[:4]: row[4:] for row in connection.execute(sql.read("benchmark/at_risk"), months).fetchall()}
    curves: dict[Cell, tuple[survival.Curve, float]] = {}
    rows = []
    for measure, group, value, month, share in connection.execute(sql.read("benchmark/curve"), months).fetchall():
        cell = (measure, group, value)
        if cell not in curves:
            curves[cell] = _errors(panels[measure], group, value)
        lower, upper = _limits(*curves[cell], share, month)
        people, holdings = risk.get((*cell, month), (0, 0))
        rows.append(
            {
                "survey_year": panels[measure].survey_year,
                "measure": measure,
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
    return pa.Table.from_pylist(rows, schema=TABLES["benchmark.curve"].schema)


def _register(connection: duckdb.DuckDBPyConnection, spells: pa.Table, band: str | None) -> None:
    """Make the relations that the curves are counted from: each spell with its band, and each spell and cut."""
    connection.register("spell_rows", spells)
    column = f", CAST(frame.{band} AS VARCHAR) AS {band}" if band else ""
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW spell_with_band AS SELECT spell.*{column} FROM spell_rows AS spell "
        "INNER JOIN staging.agency AS frame "
        "ON spell.survey_year = frame.survey_year AND spell.agency_id = frame.agency_id"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW spell_cut AS SELECT spell.*, cut.peer_group, cut.peer_value "
        "FROM spell_rows AS spell INNER JOIN cut ON spell.agency_id = cut.agency_id "
        f"WHERE cut.peer_group IN ('all', '{band or 'all'}')"
    )


def _errors(panel: Panel, group: str, value: str) -> tuple[survival.Curve, float]:
    if panel.spells is None:
        raise TypeError(f"{panel.measure.name} has no spells")
    counts = panel.spells.counts(None, len(panel.agency))
    inside = panel.groups[group, value]
    return clustered_curve(panel, inside, counts), freedom_of(panel, inside, counts)


def _limits(curve: survival.Curve, freedom: float, share: float, month: int) -> tuple[float, float]:
    if freedom < 1:
        return math.nan, math.nan
    error = np.array([survival.error_at(curve, month)])
    lower, upper = survival.log_log(np.array([share]), error, freedom=freedom)
    return float(lower[0]), float(upper[0])
