"""Years released one after the other: a change's matched panel joins two of them, and every audit holds."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from benchmarking.protect import audit_release, protect
from benchmarking.protect.interval import Room
from benchmarking.tables import TABLES
from disclosure_world import fill, make_agencies, make_warehouse, release

YEARS = (2024, 2025, 2026)
MISSING = {2024: (50, 51, 52), 2025: (53, 54), 2026: (1, 55, 56, 57)}


@pytest.fixture
def world(tmp_path):
    warehouse = make_warehouse(tmp_path)
    agencies = {year: _agencies(year) for year in YEARS}
    for year in YEARS:
        fill(warehouse, year, agencies[year])
    for before, year in pairwise(YEARS):
        rows = _changes(year, agencies[year], {a.agency_id for a in agencies[before]})
        table = pa.Table.from_pylist(rows, schema=TABLES["benchmark.change"].schema)
        warehouse.replace_year("benchmark.change", year, table)
    return warehouse


def _agencies(year):
    return [a for i, a in enumerate(make_agencies()) if i not in MISSING[year]]


def _changes(year, agencies, before):
    groups = {("all", "all"), *(("size", a.size) for a in agencies)}
    groups |= {("size x sector", f"{a.size} x {a.sector}") for a in agencies}
    figures = (("budget", "", "pooled"), ("budget", "", "p50"), ("decider", "own", "share"))
    return [
        {
            "survey_year": year,
            "measure": measure,
            "category": category,
            "peer_group": group,
            "peer_value": value,
            "statistic": statistic,
            "basis": "matched",
            "value": 0.1,
            "lower": 0.05,
            "upper": 0.15,
            "contributors": sum(a.agency_id in before for a in agencies),
        }
        for group, value in sorted(groups)
        for measure, category, statistic in figures
    ]


def test_each_year_holds_after_the_years_before_it_and_protecting_again_changes_nothing(world):
    for year in YEARS:
        audit = release(world, year, f"{year}.1.0")
        assert audit["holds"], f"{year}: {audit['reason']}"
    before = _published(world)
    for year in YEARS:
        protect(world, year)
    assert _published(world) == before
    for year in YEARS:
        assert audit_release(world, f"{year}.1.0")["holds"]


def _published(warehouse):
    connection = warehouse.connect()
    tables = ("cell", "change")
    return [connection.execute(f"SELECT * FROM published.{name} ORDER BY ALL").fetchall() for name in tables]


@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_a_cell_that_the_sums_give_away_has_no_margin_whatever_its_size(scale):
    random = np.random.default_rng(3)
    sums = (random.random((8, 20)) < 0.5).astype(float)
    figures = random.lognormal(0, 1, 20) * scale
    cells = np.array([sums[0] + sums[1] - sums[2], sums[3] - sums[4] + sums[5]])
    assert Room.of(sums, figures).margins(cells).tolist() == [0.0, 0.0]
