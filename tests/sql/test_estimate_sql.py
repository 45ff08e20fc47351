"""The aggregate step's SQL on small tables written as text."""

import duckdb
import pytest

from benchmarking import sql
from benchmarking.aggregate.counting import count_moves, number_cells

CONTRIBUTIONS = """
    SELECT * FROM (VALUES
        (7, 0, 1, 100.0, 2, 1),
        (7, 1, 1, 300.0, 3, 1),
        (7, 2, 3, 200.0, 4, 2),
        (7, 3, 4, 0.0, NULL, 1)
    ) AS t (measure, unit, holding, numerator, people, weight)
"""
CUTS = """
    SELECT agency_id, 'all' AS peer_group, 'all' AS peer_value
    FROM (VALUES ('a1'), ('a2'), ('a3'), ('a4')) AS t (agency_id)
    UNION ALL
    SELECT * FROM (VALUES ('a1', 'size', 'small'), ('a2', 'size', 'large'), ('a3', 'size', 'large')) AS t
"""
SPELLS = """
    SELECT * FROM (VALUES
        ('a1', 'h1', 0, 3, true, 1), ('a1', 'h1', 0, 5, false, 1),
        ('a2', 'h1', 4, 6, true, 1), ('a3', 'h3', 0, 6, true, 1)
    ) AS t (agency_id, holding_id, entry_months, exit_months, has_ended, weight)
"""


@pytest.fixture
def connection():
    opened = duckdb.connect()
    opened.execute(f"CREATE TABLE contribution AS {CONTRIBUTIONS}")
    opened.execute(f"CREATE TABLE cut AS {CUTS}")
    opened.execute(f"CREATE TABLE spell AS {SPELLS}")
    opened.execute(
        "CREATE TABLE frame_agency AS "
        "SELECT * FROM (VALUES (0, 'a1'), (1, 'a2'), (2, 'a3'), (3, 'a4')) AS t (unit, agency_id)"
    )
    number_cells(opened)
    return opened


def cell(connection, value):
    rows = connection.execute(sql.read("benchmark/cell")).fetchall()
    return next(row[3:] for row in rows if row[2] == value)


def test_agencies_of_one_holding_are_one_contributor_to_the_total(connection):
    contributors, holdings, people, largest, excess = cell(connection, "all")
    assert (contributors, holdings, people) == (4, 3, 9)
    # h1 holds 400 of 800, h3 (weight 2) the other 400, h4 nothing.
    assert (largest, excess) == (0.5, 0.0)


def test_a_holding_can_be_in_two_cells(connection):
    assert cell(connection, "small")[:2] == (1, 1)
    assert cell(connection, "large") == (2, 2, 7, pytest.approx(4 / 7), 0.0)


def test_an_agency_without_a_peer_value_is_in_no_group_of_the_cut(connection):
    values = [row[2] for row in connection.execute(sql.read("benchmark/cell")).fetchall()]
    assert values == ["all", "large", "small"]


def test_a_curve_counts_those_at_risk_after_they_entered(connection):
    count_moves(connection)
    curve = connection.execute(sql.read("benchmark/curve"), {"last_month": 60}).fetchall()
    everybody = {month: share for group, _, month, share in curve if group == "all"}
    # At month 3 three are at risk (a2's person enters after 4), at month 6 two, and both leave.
    assert everybody == pytest.approx({0: 1, 1: 1, 2: 1, 3: 2 / 3, 4: 2 / 3, 5: 2 / 3, 6: 0})


def test_people_and_holdings_at_risk_are_those_under_observation(connection):
    rows = connection.execute(sql.read("benchmark/at_risk"), {"last_month": 60, "band": "size"}).fetchall()
    found = {(value, month): counts for _, value, month, *counts in rows}
    assert [found["all", month] for month in (0, 3, 4, 5, 6)] == [[3, 2], [3, 2], [2, 2], [3, 2], [2, 2]]
    assert [found["large", month] for month in (4, 5)] == [[1, 1], [2, 2]]


def test_only_the_band_asked_for_is_counted_beside_all(connection):
    connection.execute("INSERT INTO cut VALUES ('a1', 'region', 'north')")
    number_cells(connection)
    count_moves(connection, "size")
    counted = connection.sql("SELECT DISTINCT peer_group FROM cell_move INNER JOIN cell USING (cell) ORDER BY ALL")
    assert counted.fetchall() == [("all",), ("size",)]
