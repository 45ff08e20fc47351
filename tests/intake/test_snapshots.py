"""Two snapshots of real filings, one after the other: exactly the new, gone and changed employers are told."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from benchmarking.catalog import load_programme
from benchmarking.collect import collect
from benchmarking.settings import ROOT, load_settings
from benchmarking.warehouse import Warehouse

EXAMPLE = ROOT / "examples" / "gender_pay_gap"
SNAPSHOTS = sorted((EXAMPLE / "filings").glob("*.csv"))
ANSWERS = ("CurrentName", "SicCodes", "DiffMeanHourlyPercent", "DiffMedianHourlyPercent", "EmployerSize")


def filings(path: Path) -> dict[str, tuple[str, ...]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {row["EmployerId"]: tuple(row[name].strip() for name in ANSWERS) for row in csv.DictReader(file)}


@pytest.fixture(scope="module", params=["one-by-one", "both-at-once"])
def taken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    settings = load_settings({"BENCHMARKING_DATA": str(tmp_path_factory.mktemp("filings") / "data")})
    warehouse = Warehouse(settings, load_programme(EXAMPLE))
    folder = warehouse.folder("inbox") / "filing"
    folder.mkdir(parents=True)
    for day, snapshot in enumerate(SNAPSHOTS):
        target = folder / snapshot.name
        target.write_bytes(snapshot.read_bytes())
        os.utime(target, (1_667_000_000 + day * 86_400, 1_667_000_000 + day * 86_400))
        if request.param == "one-by-one":
            collect(warehouse)
    collect(warehouse)
    return warehouse


def expected() -> dict[str, set[str]]:
    first, second = (filings(path) for path in SNAPSHOTS)
    return {
        "new": set(second) - set(first),
        "gone": set(first) - set(second),
        "changed": {key for key in set(first) & set(second) if first[key] != second[key]},
    }


def test_the_receipt_tells_exactly_who_is_new_gone_and_changed(taken):
    (path,) = taken.folder("receipts").glob(f"*{SNAPSHOTS[1].name}.json")
    receipt = json.loads(path.read_text())
    told: dict[str, set[str]] = {"new": set(), "gone": set(), "changed": set()}
    for change in receipt["changes"]:
        told[change["verdict"]].add(change["agency"])
    assert receipt["compared_with"] == SNAPSHOTS[0].name
    assert told == expected()
    assert any(expected().values())


def test_only_new_and_changed_filings_are_versions_and_the_older_ones_stay(taken):
    first, second = (filings(path) for path in SNAPSHOTS)
    rows = taken.connect().execute("SELECT verdict, count(*) FROM raw.submission GROUP BY verdict ORDER BY verdict")
    changed = len(expected()["changed"]) + len(expected()["new"])
    assert dict(rows.fetchall()) == {"accepted": len(first) + changed, "duplicate": len(second) - changed}
    kept = taken.connect().execute("SELECT count(DISTINCT agency_id) FROM raw.submission WHERE version = 1")
    assert kept.fetchone() == (len(set(first) | set(second)),)


def test_every_figure_is_read_as_filed(taken):
    rows = taken.connect().execute(
        "SELECT agency_id, raw_text, value_number FROM raw.answer JOIN raw.submission USING (submission_id, agency_id)"
        " WHERE question = 'median_hourly_gap_percent' AND version = 1"
    )
    found = {agency: (text, float(value)) for agency, text, value in rows.fetchall()}
    first = filings(SNAPSHOTS[0])
    assert {key: found[key] for key in first} == {key: (row[3], float(row[3])) for key, row in first.items()}
