"""People read in whole numbers are counted as person by person."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from benchmarking.aggregate.people import Spells, read_spells
from benchmarking.aggregate.survival import count_spells

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
    return read_spells(connection, 2026, 3)


@pytest.mark.parametrize("kind", ["DECIMAL(9, 3)", "DECIMAL(9, 2)", "DOUBLE", "FLOAT"])
def test_people_of_the_frame_are_read_with_their_months_whatever_the_type(kind):
    units, people = read(kind)
    assert units.tolist() == [0, 2]
    rows = zip(
        people.unit, people.months[people.entry], people.months[people.exit], people.has_ended,
        (people.levels[level] for level in people.level), strict=True,
    )  # fmt: skip
    assert sorted(rows) == [
        (0, 0.0, 3.5, True, "junior"),
        (0, 0.0, 5.0, False, "senior"),
        (0, 1.25, 3.5, True, ""),
        (1, 0.0, 6.75, False, "junior"),
        (1, 4.0, 6.75, True, "junior"),
    ]


def test_whole_months_are_read_as_they_are():
    _, people = read("INTEGER")
    assert people.months.tolist() == list(range(10))
    assert sorted(people.months[people.exit].tolist()) == [4, 4, 5, 7, 7]


def test_a_year_without_people_has_none():
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW measure_part AS {PEOPLE}")
    connection.execute("CREATE TABLE frame_agency AS SELECT 0 AS unit, 'a1' AS agency_id")
    assert read_spells(connection, 2024, 1) is None


@pytest.mark.parametrize("batch", [7, 1000], ids=["many-batches", "one-batch"])
def test_counts_are_those_of_person_by_person(monkeypatch, batch):
    monkeypatch.setattr("benchmarking.aggregate.people.BATCH", batch)
    draw = np.random.default_rng(11)
    unit, entry = draw.integers(0, 6, 90), np.maximum(draw.integers(-5, 9, 90) / 4, 0)
    exit_, has_ended = entry + draw.integers(1, 9, 90) / 2, draw.random(90) < 0.6
    found = Spells.of(unit, entry, exit_, has_ended).counts(6)
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
    assert people.people_at(1) == 3


def test_people_of_some_agencies_are_numbered_anew():
    _, people = read("DECIMAL(9, 3)")
    some = people.of_units(np.array([1]), 2)
    assert some.unit.tolist() == [0, 0]
    assert some.counts(1).months.tolist() == [6.75]


def test_whoever_leaves_in_month_0_was_at_risk():
    people = Spells.of(np.zeros(2, dtype=int), np.zeros(2), np.array([0.0, 3.0]), np.array([True, True]))
    assert people.counts(1).everybody.at_risk.tolist() == [[2, 1]]
