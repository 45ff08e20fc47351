"""Retraction under continuous readers: a reader meets a whole release or a whole tombstone, never a gap."""

from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path

import pytest

from benchmarking.publish import promote as promoting
from benchmarking.publish import retract as retracting
from benchmarking.publish.formats.plain import write_json, write_text
from benchmarking.publish.promote import check_sums, exchange, promote, staging, write_sums
from benchmarking.publish.retract import retract
from benchmarking.publish.version import Version

RETRACTIONS, SWAPS = 50, 20_000
RELEASED, TOMBSTONE = {"index.html", "benchmarks.csv", "manifest.json", "SHA256SUMS"}, "RETRACTED.json"


def release(releases: Path, revision: int) -> None:
    """Promote a release of three files."""
    version = Version(2026, 1, revision)
    said = {"programme": "made up", "version": str(version), "published_at": "2026-11-02", "notice": "Made up."}
    with staging(releases, version) as folder:
        write_json(folder / "manifest.json", said)
        write_text(folder / "index.html", "figures")
        write_text(folder / "benchmarks.csv", "figures")
        write_sums(folder)
        promote(folder, releases, version)


@pytest.fixture
def released(warehouse):
    releases = warehouse.folder("releases")
    for revision in range(RETRACTIONS + 1):
        release(releases, revision)
    return releases


def read_until(folder: Path, stop, results) -> None:
    """Open a folder again and again; count releases, tombstones and anything else."""
    counts = {"release": 0, "tombstone": 0, "neither": 0}
    while not stop.is_set():
        counts[_met(folder)] += 1
    results.put(counts)


def _met(folder: Path) -> str:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return "neither"
    try:
        with os.scandir(descriptor) as entries:
            names = {entry.name for entry in entries}
    finally:
        os.close(descriptor)
    if names == RELEASED:
        return "release"
    return "tombstone" if names == (RELEASED - {"benchmarks.csv"}) | {TOMBSTONE} else "neither"


@pytest.mark.slow
def test_50_retractions_against_continuous_readers_leave_no_gap(warehouse, released):
    context = multiprocessing.get_context("fork")
    stop, told = context.Event(), {"latest": context.Queue(), "version": context.Queue()}
    folders = {"latest": released / "latest", "version": released / f"2026.1.{RETRACTIONS // 2}"}
    readers = [context.Process(target=read_until, args=(folders[name], stop, told[name]), daemon=True) for name in told]
    for reader in readers:
        reader.start()
    try:
        for revision in range(RETRACTIONS, 0, -1):
            retract(warehouse, f"2026.1.{revision}", "Release test", "a reason")
    finally:
        stop.set()
    counts = {name: queue.get(timeout=30) for name, queue in told.items()}
    for reader in readers:
        reader.join()
    # Whoever followed the link just before it turned may meet the tombstone, but never nothing and no mixture.
    assert counts["latest"]["neither"] == counts["version"]["neither"] == 0
    assert counts["latest"]["release"] > RETRACTIONS
    assert counts["version"]["release"] > 0 and counts["version"]["tombstone"] > 0
    assert (released / "latest").resolve().name == "2026.1.0"


def open_until(folder: Path, stop, results) -> None:
    """Open a folder again and again; count how often it was there, and how often not."""
    there = gone = 0
    while not stop.is_set():
        try:
            os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
            there += 1
        except FileNotFoundError:
            gone += 1
    results.put((there, gone))


def test_two_folders_that_trade_names_are_never_gone(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    context = multiprocessing.get_context("fork")
    stop, results = context.Event(), context.Queue()
    reader = context.Process(target=open_until, args=(tmp_path / "one", stop, results), daemon=True)
    reader.start()
    try:
        for _ in range(SWAPS):
            exchange(tmp_path / "one", tmp_path / "other")
    finally:
        stop.set()
    there, gone = results.get(timeout=30)
    assert gone == 0 and there > 100


def test_latest_has_turned_before_the_files_go(warehouse, monkeypatch):
    releases = warehouse.folder("releases")
    release(releases, 0)
    release(releases, 1)
    seen = []

    def looks(one, other):
        seen.append((releases / "latest").resolve().name)
        exchange(one, other)

    monkeypatch.setattr(retracting, "exchange", looks)
    retract(warehouse, "2026.1.1", "Release test", "a reason")
    assert seen == ["2026.1.0"]


def test_a_retraction_that_fails_midway_leaves_the_release_whole(warehouse, monkeypatch):
    releases = warehouse.folder("releases")
    release(releases, 0)
    # The place for the retracted files is taken by a file.
    warehouse.folder("retracted").mkdir(parents=True, exist_ok=True)
    (warehouse.folder("retracted") / "2026.1.0").write_text("in the way")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        retract(warehouse, "2026.1.0", "Release test", "a reason")
    assert check_sums(releases / "2026.1.0") == 3
    assert _met(releases / "2026.1.0") == "release"


def test_without_the_single_step_two_renames_do_the_same(tmp_path, monkeypatch):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    monkeypatch.setattr(promoting.ctypes, "CDLL", lambda *_, **__: object())
    exchange(tmp_path / "one", tmp_path / "other")
    found = {folder.name: [path.name for path in folder.iterdir()] for folder in tmp_path.iterdir()}
    assert found == {"one": ["other"], "other": ["one"]}


def test_a_missing_folder_is_told_as_what_it_is(tmp_path):
    (tmp_path / "one").mkdir()
    with pytest.raises(OSError, match="No such file") as caught:
        exchange(tmp_path / "one", tmp_path / "other")
    assert caught.value.errno == errno.ENOENT
