"""Whatever happens on the way, a submission is taken once: killed collectors, many at once, snapshots one by one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarking.collect import collect, run
from benchmarking.settings import ROOT
from benchmarking.warehouse import Warehouse
from intake.collector import BATCH_FILES, POINTS
from intake.season_rig import FIRST_DAY, csv_of, drop, open_season, table_hash
from intake.workbooks import book

FILES = 10
# Where a data file is left behind for certain.
ORPHANS = {
    "before_a_data_file_has_its_end": "raw.answer",
    "inside_the_commit_of_the_answers": "raw.answer",
    "inside_the_commit_of_the_submissions": "raw.submission",
}


def fill(warehouse: Warehouse) -> None:
    """Drop files that agree, differ, correct and repeat each other, some with private answers."""
    header = ["agency_id", "survey_year", "budget_gbp", "contact_email"]
    for number in range(FILES):
        rows = [
            [f"A{number % 4}", 2026, 100 * (number // 3), f"a{number % 4}@example.org"],
            [f"B{number}", 2025, 7, ""],
        ]
        drop(warehouse, f"f{number:02d}.csv", csv_of(*rows, header=header), minutes=number)
    sheet = book(("agency_id", "survey_year", "budget_gbp"), ("A1", 2026, 300), ("", 2026, 4))
    drop(warehouse, "sheet.xlsx", sheet, minutes=FILES)
    drop(warehouse, "broken.xlsx", b"PK\x03\x04 no", minutes=FILES + 1)


def start(data: Path, *death: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(ROOT / "plugins"), str(ROOT / "tests")])
    command = [sys.executable, "-m", "intake.collector", str(data), *death]
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def copy_inbox(warehouse: Warehouse, data: Path) -> Warehouse:
    other = open_season(data)
    for path in (warehouse.folder("inbox") / "answers").iterdir():
        moment = path.stat().st_mtime
        copied = drop(other, path.name, path.read_bytes())
        os.utime(copied, (moment, moment))
    return other


def files_under(warehouse: Warehouse, name: str) -> dict[str, bytes]:
    """Give the finished files of a folder; what a killed process left half written begins with a full stop."""
    folder = warehouse.folder(name)
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = open_season(tmp_path_factory.mktemp("undisturbed") / "data")
    fill(warehouse)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "BATCH_FILES", BATCH_FILES)
        collect(warehouse)
    return warehouse


def orphans(warehouse: Warehouse, table: str) -> set[str]:
    """Give the data files in a table's folder that no version of it names."""
    delta = warehouse.delta(table)
    named = {Path(uri).name for uri in delta.file_uris()} if delta else set()
    return {path.name for path in Path(warehouse.path(table)).glob("*.parquet")} - named


def assert_same(warehouse: Warehouse, undisturbed: Warehouse) -> None:
    assert table_hash(warehouse) == table_hash(undisturbed)
    for name in ("received", "private", "receipts"):
        assert files_under(warehouse, name) == files_under(undisturbed, name), name


@pytest.mark.slow
@pytest.mark.parametrize(("number", "point"), enumerate(POINTS), ids=list(POINTS))
def test_a_collector_killed_anywhere_is_made_good_by_the_next_run(undisturbed, tmp_path, monkeypatch, number, point):
    warehouse = copy_inbox(undisturbed, tmp_path / "data")
    killed = start(tmp_path / "data", point, str(1 + number % 2))
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    if point in ORPHANS:
        assert orphans(warehouse, ORPHANS[point]), "it died with a data file that no log entry names"
    monkeypatch.setattr(run, "BATCH_FILES", BATCH_FILES)
    collect(warehouse)
    assert_same(warehouse, undisturbed)


def test_there_are_ten_points_to_be_killed_at_some_of_them_inside_a_commit():
    assert len(POINTS) >= 10
    assert sum(point.startswith("inside_the_commit") for point in POINTS) == 3


@pytest.mark.slow
def test_eight_collectors_at_once_take_each_submission_once(undisturbed, tmp_path):
    warehouse = copy_inbox(undisturbed, tmp_path / "data")
    eight = [start(tmp_path / "data") for _ in range(8)]
    ends = [process.communicate(timeout=300) for process in eight]
    assert [process.returncode for process in eight] == [0] * 8, ends
    assert_same(warehouse, undisturbed)


def test_what_a_dead_collector_left_goes_after_a_day_and_nothing_else(tmp_path):
    warehouse = open_season(tmp_path / "data")
    drop(warehouse, "first.csv", csv_of(["A1", 2026, 100, 1]))
    collect(warehouse)
    stored = {path for path in (tmp_path / "data").rglob("*") if path.suffix == ".parquet"}
    folders = [Path(warehouse.path(table)) for table in ("raw.answer", "raw.submission")]
    left = [folder / f"part-{n}.zstd.parquet" for folder in folders for n in ("old", "new")]
    left += [warehouse.folder("received") / f".arriving.1.{n}" for n in ("old", "new")]
    for path in left:
        path.write_bytes(b"half a file")
    long_ago = FIRST_DAY.timestamp()
    for path in [*stored, *left[::2]]:
        os.utime(path, (long_ago, long_ago))
    collect(warehouse)
    assert [path.exists() for path in left] == [False, True] * 3
    assert all(path.exists() for path in stored)


def test_a_second_run_finds_nothing_new(undisturbed):
    before = {table: undisturbed.version(table) for table in ("raw.file", "raw.submission", "raw.answer")}
    summary = collect(undisturbed)
    assert (summary.files, summary.received, summary.years) == (0, 0, ())
    assert {table: undisturbed.version(table) for table in before} == before


def test_a_corrected_file_supersedes_and_the_older_version_stays(tmp_path):
    warehouse = open_season(tmp_path / "data")
    drop(warehouse, "first.csv", csv_of(["A1", 2026, 100, 1]))
    collect(warehouse)
    drop(warehouse, "second.csv", csv_of(["A1", 2026, 200, 1]), minutes=5)
    assert collect(warehouse).years == (2026,)
    rows = warehouse.connect().execute(
        "SELECT version, verdict, value_minor FROM raw.submission JOIN raw.answer USING (submission_id)"
        " WHERE question = 'budget_gbp' ORDER BY version"
    )
    assert rows.fetchall() == [(1, "accepted", 10000), (2, "accepted", 20000)]


def test_an_older_answer_that_arrives_late_replaces_nothing(tmp_path):
    warehouse = open_season(tmp_path / "data")
    header = ["agency_id", "survey_year", "submitted_at", "budget_gbp"]
    drop(warehouse, "new.csv", csv_of(["A1", 2026, "2026-03-05T10:00:00Z", 200], header=header))
    collect(warehouse)
    drop(warehouse, "old.csv", csv_of(["A1", 2026, "2026-03-01T10:00:00Z", 100], header=header), minutes=9)
    collect(warehouse)
    rows = warehouse.connect().execute(
        "SELECT file_name, version, s.verdict FROM raw.submission AS s JOIN raw.file USING (file_sha256) ORDER BY 1"
    )
    assert rows.fetchall() == [("new.csv", 1, "accepted"), ("old.csv", 0, "accepted")]


def test_going_back_to_an_earlier_answer_is_a_new_version(tmp_path):
    warehouse = open_season(tmp_path / "data")
    for minutes, amount in enumerate([100, 200, 100]):
        drop(warehouse, f"f{minutes}.csv", csv_of(["A1", 2026, amount, minutes // 2]), minutes=minutes)
        collect(warehouse)
    versions = warehouse.connect().execute("SELECT version FROM raw.submission WHERE verdict = 'accepted' ORDER BY 1")
    assert versions.fetchall() == [(1,), (2,), (3,)]
