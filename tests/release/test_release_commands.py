"""The commands on releases, as a person types them."""

from __future__ import annotations

import argparse

import pytest

from benchmarking.errors import BenchmarkingError
from benchmarking.publish import publish
from benchmarking.publish.commands import register
from benchmarking.publish.promote import DamagedRelease
from release_content import APPROVED_AUDIT, YEAR


@pytest.fixture
def run(stored, approval, monkeypatch):
    monkeypatch.setenv("BENCHMARKING_DATA", str(stored.settings.data))
    monkeypatch.setenv("BENCHMARKING_NOW", stored.settings.now().isoformat())
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(required=True))

    def call(*arguments):
        options = parser.parse_args([str(argument) for argument in arguments])
        return options.call(options)

    return call


def test_verify_takes_a_folder_or_a_version_counts_the_files_and_names_a_changed_one(run, releases):
    folder = releases / "2026.1.0"
    told = run("verify", folder)
    assert told["files"] == len([path for path in folder.rglob("*") if path.is_file()]) - 1
    assert run("verify", "2026.1.0") == told
    with pytest.raises(BenchmarkingError, match=r"2026\.9\.0: there is no such release\. Name a version or"):
        run("verify", "2026.9.0")
    (folder / "benchmarks.csv").chmod(0o644)
    (folder / "benchmarks.csv").write_text("changed")
    with pytest.raises(DamagedRelease, match=r"benchmarks\.csv was changed\. Take the release from its source again\."):
        run("verify", folder)


def test_rebuild_says_that_every_file_is_the_same(run, releases):
    told = run("rebuild", releases / "latest")
    assert told["is_identical"] is True
    assert told["release"].endswith("2026.1.0")


def test_retract_needs_who_and_why(run, releases, capsys):
    with pytest.raises(SystemExit):
        run("retract", "2026.1.0")
    assert "--by" in capsys.readouterr().err
    run("retract", "2026.1.0", "--by", "Release test", "--why", "a wrong figure")
    assert (releases / "2026.1.0" / "RETRACTED.json").is_file()
