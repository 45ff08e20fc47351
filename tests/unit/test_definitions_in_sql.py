"""A programme's own SQL: a SELECT that cannot be used is refused with its file, and nothing is written."""

from __future__ import annotations

import pytest

from benchmarking import pipeline
from benchmarking.errors import DefinitionError
from benchmarking.settings import load_settings
from benchmarking.validate.suites import write_suites
from benchmarking.warehouse import Warehouse
from coffee_shops import MEASURE, PROGRAMME, STAGING, written


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Take in and validate the answers of twelve shops."""
    folder, data = tmp_path_factory.mktemp("programme"), tmp_path_factory.mktemp("data")
    settings = load_settings({"BENCHMARKING_DATA": str(data), "BENCHMARKING_NOW": "2026-11-20T09:00:00+00:00"})
    programme = written(folder)
    write_suites(programme)
    inbox = data / "inbox" / programme.name / "shop"
    inbox.mkdir(parents=True)
    rows = "".join(f"S{n},2026,{('big', 'small')[n % 2]},{100 * n}\n" for n in range(12))
    (inbox / "answers.csv").write_text("shop_id,survey_year,town,training\n" + rows, encoding="utf-8")
    warehouse = Warehouse(settings, programme)
    assert pipeline.collect(warehouse)["accepted"] == 12
    assert pipeline.validate(warehouse, 2026)["accepted"] == 12
    return folder, settings


def test_twelve_shops_make_figures(folders):
    folder, settings = folders
    assert pipeline.aggregate(Warehouse(settings, written(folder)), 2026)["contributors"] == 12


@pytest.mark.parametrize(
    ("step", "file", "old", "new", "told"),
    [
        pytest.param("aggregate", MEASURE, "training AS numerator", "trainin AS numerator",
                     r'(?s)training_per_barista\.sql: the SELECT cannot be run: .*"trainin".* Correct the file\.',
                     id="a-column-that-is-not-there"),
        pytest.param("aggregate", MEASURE, "AS numerator", "AS top",
                     r"measure training_per_barista: the SELECT gives no \['numerator'\]\. A ratio needs them\.",
                     id="a-column-that-is-missing"),
        pytest.param("aggregate", PROGRAMME, "peer_groups: [town]", "peer_groups: [town, region]",
                     r"\['region'\] are no columns of staging\.agency\. Add them", id="a-peer-group-that-is-no-column"),
        pytest.param("validate", STAGING, "town FROM", "town, region FROM",
                     r'(?s)"region".*Nothing was written\. Correct the file\.', id="staging-sql"),
    ],
)  # fmt: skip
def test_sql_that_cannot_be_used_is_refused(folders, step, file, old, new, told):
    folder, settings = folders
    changed = Warehouse(settings, written(folder, file, old, new))
    before = changed.versions()
    with pytest.raises(DefinitionError, match=told):
        getattr(pipeline, step)(changed, 2026)
    assert changed.versions() == before
