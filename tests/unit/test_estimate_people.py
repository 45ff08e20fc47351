"""People counted in SQL are counted as person by person."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from benchmarking.aggregate import aggregate
from benchmarking.aggregate.people import Moves, count_people
from benchmarking.aggregate.survival import count_spells
from benchmarking.catalog import load_programme
from benchmarking.warehouse import Warehouse
from oracles.oracle_programme import open_programme, person_answers, stage

PEOPLE = """
    SELECT * FROM (VALUES
        (2026, 'a1', 0, 3.5, true, 'junior'), (2026, 'a1', 0, 5.0, false, 'senior'),
        (2026, 'a1', 1.25, 3.5, true, NULL),
        (2026, 'a3', 4, 6.75, true, 'junior'), (2026, 'a3', NULL, 6.75, NULL, 'junior'),
        (2026, 'a9', 0, 9.0, true, 'junior'), (2025, 'a1', 0, 2.0, true, 'junior'),
        (2026, 'a1', 0, NULL, true, 'junior')
    ) AS t (survey_year, agency_id, entry_months, exit_months, has_ended, seniority)
"""


def read(kind):
    connection = duckdb.connect()
    connection.execute(
        f"CREATE VIEW measure_part AS SELECT * REPLACE (CAST(entry_months AS {kind}) AS entry_months, "
        f"CAST(exit_months AS {kind}) AS exit_months) FROM ({PEOPLE})"
    )
    connection.execute(
        "CREATE TABLE frame_agency AS SELECT * FROM (VALUES (0, 'a1'), (1, 'a2'), (2, 'a3')) t (unit, agency_id)"
    )
    return count_people(connection, 2026, 3)


def rows_of(people):
    """Give each row as agency, seniority, month, how many come (or go, below 0), and of those who go, how many left."""
    unit, level = np.divmod(people.cell, len(people.levels))
    names = [people.levels[number] for number in level]
    return sorted(zip(unit, names, people.months[people.month], people.flow, people.ended, strict=True))


@pytest.mark.parametrize("kind", ["DECIMAL(9, 3)", "DECIMAL(9, 2)", "DECIMAL(18, 9)", "DOUBLE", "FLOAT"])
def test_people_of_the_frame_are_counted_by_agency_seniority_and_month_whatever_the_type(kind):
    units, people = read(kind)
    assert units.tolist() == [0, 2]
    assert rows_of(people) == [
        (0, "", 1.25, 1, 0),
        (0, "", 3.5, -1, 1),
        (0, "junior", 3.5, -1, 1),
        (0, "senior", 5.0, -1, 0),
        (1, "junior", 4.0, 1, 0),
        (1, "junior", 6.75, -2, 1),
    ]


def test_whole_months_are_counted_as_they_are():
    _, people = read("INTEGER")
    assert people.months.tolist() == list(range(10))
    assert [row[2:4] for row in rows_of(people) if row[3] < 0] == [(4, -1), (4, -1), (5, -1), (7, -2)]


@pytest.mark.parametrize("kind", ["DECIMAL(9, 3)", "DOUBLE"])
def test_agencies_counted_a_few_at_a_time_are_those_counted_at_once(monkeypatch, kind):
    _, together = read(kind)
    monkeypatch.setattr("benchmarking.aggregate.people.COUNTED_AT_ONCE", 1)
    _, apart = read(kind)
    assert rows_of(apart) == rows_of(together)


def test_many_months_and_seniorities_leave_room_for_fewer_agencies_at_a_time(monkeypatch):
    _, together = read("DECIMAL(9, 3)")
    monkeypatch.setattr("benchmarking.aggregate.people.MOST_PLACES", 3 * 9001 * 2)
    _, apart = read("DECIMAL(9, 3)")
    assert rows_of(apart) == rows_of(together)


def test_a_year_without_people_has_none():
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW measure_part AS {PEOPLE}")
    connection.execute("CREATE TABLE frame_agency AS SELECT 0 AS unit, 'a1' AS agency_id")
    assert count_people(connection, 2024, 1) is None


@pytest.mark.parametrize("batch", [7, 1000], ids=["many-batches", "one-batch"])
def test_counts_are_those_of_person_by_person(monkeypatch, batch):
    monkeypatch.setattr("benchmarking.aggregate.people.BATCH", batch)
    draw = np.random.default_rng(11)
    unit, entry = draw.integers(0, 6, 90), np.maximum(draw.integers(-5, 9, 90) / 4, 0)
    exit_, has_ended = entry + draw.integers(1, 9, 90) / 2, draw.random(90) < 0.6
    found = Moves.of(unit, entry, exit_, has_ended).counts(6)
    grid = np.unique(np.append(exit_[has_ended], exit_.max()))
    slowly = count_spells(entry, exit_, has_ended, None, unit, grid)
    assert found.months.tolist() == slowly.months.tolist()
    assert found.everybody.at_risk.tolist() == slowly.at_risk.tolist()
    assert found.everybody.ended.tolist() == slowly.ended.tolist()
    assert found.of_level(0).at_risk.tolist() == slowly.at_risk.tolist()


def test_seniorities_add_up_to_everybody():
    _, people = read("DECIMAL(9, 3)")
    counts = people.counts(2)
    assert counts.levels == ("", "junior", "senior")
    assert sum(counts.of_level(level).at_risk for level in range(3)).tolist() == counts.everybody.at_risk.tolist()
    assert counts.of_level(1).ended.tolist() == [[1, 0], [0, 1]]
    assert people.people(2).tolist() == [[1, 1, 1], [0, 2, 0]]


def test_people_of_some_agencies_are_numbered_anew():
    _, people = read("DECIMAL(9, 3)")
    some = people.of_units(np.array([1]), 2)
    assert [row[0] for row in rows_of(some)] == [0, 0]
    assert some.people(1).tolist() == [[0, 2, 0]]
    assert some.counts(1).months.tolist() == [6.75]


def test_whoever_leaves_in_month_0_was_at_risk():
    people = Moves.of(np.zeros(2, dtype=int), np.zeros(2), np.array([0.0, 3.0]), np.array([True, True]))
    assert people.counts(1).everybody.at_risk.tolist() == [[2, 1]]


def test_a_seniority_of_people_outside_the_frame_alone_gets_no_figures(tmp_path):
    settings, home = open_programme("tenure", tmp_path).settings, tmp_path / "tenure"
    measure, frame = home / "sql" / "measures" / "stayed.sql", home / "sql" / "staging" / "agency.sql"
    measure.write_text(measure.read_text().replace("    has_ended\n", "    has_ended,\n    sex AS seniority\n"))
    frame.write_text(frame.read_text() + "WHERE sex <> '2'\n")
    warehouse = Warehouse(settings, load_programme(home))
    stage(warehouse, "staging.person", person_answers())
    aggregate(warehouse, 3)
    found = warehouse.connect().sql(
        "SELECT DISTINCT peer_value, contributors, people FROM benchmark.estimate WHERE peer_group = 'seniority'"
    )
    # Of the 228 people of the sample 138 are men.
    assert found.fetchall() == [("1", 138, 138)]
