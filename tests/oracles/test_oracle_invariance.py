"""The same answers give the same rows: whatever the order of rows and files, the number of threads, or a rerun."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarking.aggregate import aggregate
from oracles.oracle_programme import open_programme, person_answers, school_answers, stage

SAMPLES = {
    "schools": (school_answers, "staging.school", "stype, sch_wide", 2000),
    "tenure": (person_answers, "staging.person", "sex", 3),
}


def built(name, folder, threads="", files=1, seed=None):
    answers, table, margins, year = SAMPLES[name]
    rows = answers()
    if seed is not None:
        rows = rows.take(np.random.default_rng(seed).permutation(rows.num_rows))
    warehouse = open_programme(name, folder, margins, threads)
    stage(warehouse, table, rows, files)
    summary = aggregate(warehouse, year)
    return warehouse, json.loads(Path(summary.manifest).read_text())["rows_sha256"]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return {name: built(name, tmp_path_factory.mktemp("first"), threads="1")[1] for name in SAMPLES}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"threads": "4"}, id="four-threads"),
        pytest.param({"threads": "2", "seed": 7}, id="rows-shuffled"),
        pytest.param({"threads": "4", "seed": 8, "files": 5}, id="five-files-shuffled"),
    ],
)
def test_hashes_of_all_tables_are_equal(first, tmp_path, name, options):
    assert built(name, tmp_path, **options)[1] == first[name]
    assert len(first[name]) == 6


@pytest.mark.parametrize("name", SAMPLES)
def test_running_again_writes_nothing(first, tmp_path, name):
    warehouse, hashes = built(name, tmp_path)
    versions = warehouse.versions()
    again = aggregate(warehouse, SAMPLES[name][3])
    assert warehouse.versions() == versions
    assert json.loads(Path(again.manifest).read_text())["rows_sha256"] == hashes == first[name]
