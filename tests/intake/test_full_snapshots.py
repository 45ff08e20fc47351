"""Every employer's real filings, two snapshots one after the other, beside a plain comparison of the two files."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import duckdb
import pytest

from benchmarking.catalog import load_programme
from benchmarking.collect import collect
from benchmarking.settings import ROOT, load_settings
from benchmarking.warehouse import Warehouse

FOLDER = Path(__file__).parents[1] / "data" / "filings"
OCTOBER, JANUARY = "gpg_2019-20_snapshot_2022-10.csv", "gpg_2019-20_snapshot_2023-01.csv"
# All that is asked but for the date of filing, which the snapshots write differently.
COMPARED = "CurrentName, SicCodes, DiffMeanHourlyPercent, DiffMedianHourlyPercent, EmployerSize"
SAID = "SELECT DISTINCT EmployerId, [{}] AS said FROM read_csv({}, all_varchar = true, header = true)"
DIFFERENCE = f"""
    WITH was AS ({SAID.format(COMPARED, "$first")}), is_now AS ({SAID.format(COMPARED, "$second")})
    SELECT
        CASE WHEN was.EmployerId IS NULL THEN 'new' WHEN is_now.EmployerId IS NULL THEN 'gone' ELSE 'changed' END,
        EmployerId
    FROM was FULL JOIN is_now USING (EmployerId)
    WHERE was.said IS DISTINCT FROM is_now.said
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[(OCTOBER, JANUARY), (JANUARY, OCTOBER)], ids=["as-published", "backwards"])
def taken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, list[Path]]:
    data = tmp_path_factory.mktemp("filings") / "data"
    warehouse = Warehouse(
        load_settings({"BENCHMARKING_DATA": str(data)}), load_programme(ROOT / "examples" / "gender_pay_gap")
    )
    folder, paths = warehouse.folder("inbox") / "filing", []
    folder.mkdir(parents=True)
    for day, name in enumerate(request.param):
        paths.append(folder / name)
        paths[-1].write_bytes(gzip.decompress((FOLDER / f"{name}.gz").read_bytes()))
        os.utime(paths[-1], (1_667_000_000 + day * 86_400,) * 2)
        collect(warehouse)
    return warehouse, paths


def difference(paths: list[Path]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"new": set(), "gone": set(), "changed": set()}
    values = {"first": str(paths[0]), "second": str(paths[1])}
    for kind, employer in duckdb.execute(DIFFERENCE, values).fetchall():
        found[kind].add(employer)
    return found


def test_the_receipt_names_the_new_the_gone_and_the_changed_employers_and_no_other(taken):
    warehouse, paths = taken
    expected = difference(paths)
    is_forwards = paths[0].name == OCTOBER
    counts = (len(expected["new"]), len(expected["gone"]), len(expected["changed"]))
    assert counts == ((1, 0, 14) if is_forwards else (0, 1, 14))
    (path,) = warehouse.folder("receipts").glob(f"*{paths[1].name}.json")
    told: dict[str, set[str]] = {"new": set(), "gone": set(), "changed": set()}
    for change in json.loads(path.read_text())["changes"]:
        told[change["verdict"]].add(change["agency"])
    assert told == expected


def test_every_employer_is_there_and_only_what_differs_is_a_second_version(taken):
    warehouse, paths = taken
    expected = difference(paths)
    rows = warehouse.connect().execute(
        "SELECT verdict, version, count(*), count(DISTINCT agency_id) FROM raw.submission GROUP BY ALL ORDER BY ALL"
    )
    first = 6_919 if paths[0].name == OCTOBER else 6_920
    changed, new = len(expected["changed"]), len(expected["new"])
    received = 6_920 + 6_921
    assert rows.fetchall() == [
        ("accepted", 1, first + new, first + new),
        ("accepted", 2, changed, changed),
        ("duplicate", None, received - first - new - changed, 6_919 - changed),
    ]
