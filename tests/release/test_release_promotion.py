"""Promotion under continuous readers, rivals and kills: a reader meets a whole release or none."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarking.publish import promote as promoting_module
from benchmarking.publish.promote import check_sums, promote, staging, write_sums
from benchmarking.publish.version import Version, versions_in
from benchmarking.settings import ROOT
from release_promoting import FILES, promote_many

PROMOTIONS = 200
SCRIPT = Path(__file__).resolve().parents[1] / "release_promoting.py"


def read_until(releases: Path, stop, results) -> None:
    """Open `latest` and read every file through it; count whole and torn reads."""
    whole = torn = 0
    while not stop.is_set():
        try:
            # A reader that resolves the link once reads one release, however often it moves meanwhile.
            folder = os.open(releases / "latest", os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            torn += 1
            continue
        try:
            said = {_first_line(folder, f"file{number}.txt") for number in range(FILES)}
        except OSError:
            said = set()
        os.close(folder)
        whole, torn = (whole + 1, torn) if len(said) == 1 else (whole, torn + 1)
    results.put((whole, torn))


def _first_line(folder: int, name: str) -> bytes:
    descriptor = os.open(name, os.O_RDONLY, dir_fd=folder)
    try:
        content = os.read(descriptor, 1 << 16)
    finally:
        os.close(descriptor)
    lines = set(content.splitlines())
    return lines.pop() if len(lines) == 1 else b"torn"


@pytest.mark.slow
def test_200_promotions_against_continuous_readers_tear_no_read(tmp_path):
    promote_many(tmp_path, 0, 0, 50)
    context = multiprocessing.get_context("fork")
    stop, results = context.Event(), context.Queue()
    readers = [context.Process(target=read_until, args=(tmp_path, stop, results)) for _ in range(2)]
    for reader in readers:
        reader.start()
    won = promote_many(tmp_path, 1, PROMOTIONS, 50)
    stop.set()
    counts = [results.get(timeout=30) for _ in readers]
    for reader in readers:
        reader.join()
    assert won == PROMOTIONS
    assert sum(torn for _, torn in counts) == 0
    assert sum(whole for whole, _ in counts) > PROMOTIONS
    assert (tmp_path / "latest").resolve().name == f"2026.1.{PROMOTIONS}"


def test_of_rivals_for_the_same_versions_each_version_has_one_winner(tmp_path):
    command = [sys.executable, str(SCRIPT), str(tmp_path), "0", "19", "5"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "plugins")}
    rivals = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(3)]
    won = [int(rival.communicate(timeout=60)[0]) for rival in rivals]
    assert sum(won) == 20
    assert [version.revision for version in versions_in(tmp_path)] == list(range(20))
    assert {check_sums(tmp_path / str(version)) for version in versions_in(tmp_path)} == {FILES}
    assert (tmp_path / "latest").resolve().name == "2026.1.19"


@pytest.mark.slow
def test_a_killed_promotion_leaves_every_release_whole_and_latest_standing(tmp_path):
    promote_many(tmp_path, 0, 0, 500)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "plugins")}
    for attempt in range(6):
        first = max(version.revision for version in versions_in(tmp_path)) + 1
        command = [sys.executable, str(SCRIPT), str(tmp_path), str(first), str(first + 500), "500"]
        publisher = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
        _wait_for(lambda first=first: (tmp_path / f"2026.1.{first}").exists())
        time.sleep(0.027 * attempt)
        publisher.send_signal(signal.SIGKILL)
        publisher.wait(timeout=10)
        assert {check_sums(tmp_path / str(version)) for version in versions_in(tmp_path)} == {FILES}
        assert check_sums(tmp_path / "latest") == FILES


def _wait_for(is_there) -> None:
    deadline = time.monotonic() + 30
    while not is_there():
        assert time.monotonic() < deadline, "the publisher did not begin"
        time.sleep(0.005)


@pytest.mark.parametrize("moment", ["_make_durable", "point_latest"])
def test_a_promotion_that_fails_midway_leaves_the_last_release_intact(tmp_path, monkeypatch, moment):
    promote_many(tmp_path, 0, 0, 50)

    def fails(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(promoting_module, moment, fails)
    with pytest.raises(OSError, match="the disk is full"), staging(tmp_path, "2026.1.1") as folder:
        (folder / "file0.txt").write_text("half")
        write_sums(folder)
        promote(folder, tmp_path, Version(2026, 1, 1))
    assert (tmp_path / "latest").resolve().name == "2026.1.0"
    assert check_sums(tmp_path / "latest") == FILES
    assert list(tmp_path.glob(".staging*")) == []
