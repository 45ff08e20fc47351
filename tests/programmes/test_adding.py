"""What CONTRIBUTING.md says of adding a measure and a question, done on a copy of the programme."""

from __future__ import annotations

import re
import shutil
from types import SimpleNamespace

import pytest

from benchmarking import pipeline, reference
from benchmarking.catalog import load_programme
from benchmarking.settings import ROOT, load_settings
from benchmarking.validate.suites import write_suites
from benchmarking.warehouse import Warehouse
from sql.sql_tables import expect, world

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", GUIDE, flags=re.DOTALL)
AGENCIES = tuple("abcdefghijkl")
DAYS = {agency: 3 * number for number, agency in enumerate(AGENCIES)}


@pytest.fixture(scope="module")
def blocks():
    """Give the guide's blocks by what they are for."""
    kinds = [kind for kind, _ in BLOCKS]
    assert kinds == ["sql", "python", "yaml", "sql", "python"]
    texts = [text for _, text in BLOCKS]
    return SimpleNamespace(measure=texts[0], case=texts[1], question=texts[2], staging=texts[3], row=texts[4])


@pytest.fixture(scope="module")
def copied(blocks, tmp_path_factory):
    """Copy the programme and follow the guide."""
    folder = tmp_path_factory.mktemp("copied")
    for part in ("expectations", "reference", "sql/staging", "sql/measures"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "programme.yaml", folder / "programme.yaml")
    (folder / "sql/measures/staff_per_marketer.sql").write_text(blocks.measure, encoding="utf-8")
    survey = folder / "expectations/budget.yaml"
    survey.write_text(survey.read_text("utf-8") + blocks.question, encoding="utf-8")
    staging = folder / "sql/staging/agency_year.sql"
    head, line, tail = staging.read_text("utf-8").partition("    budget.budget_decider,\n")
    staging.write_text(head + blocks.staging + line + tail, encoding="utf-8")
    programme = load_programme(folder)
    write_suites(programme)
    return programme


@pytest.fixture(scope="module")
def built(copied, tmp_path_factory):
    """Send twelve agencies' answers through the steps of the copy."""
    data = tmp_path_factory.mktemp("data")
    settings = load_settings({"BENCHMARKING_DATA": str(data), "BENCHMARKING_NOW": "2026-11-20T09:00:00+00:00"})
    warehouse = Warehouse(settings, copied)
    inbox = data / "inbox" / copied.name
    for survey, text in {"frame": frame(), "budget": answers()}.items():
        (inbox / survey).mkdir(parents=True)
        (inbox / survey / f"{survey}.csv").write_text(text, encoding="utf-8")
    assert pipeline.collect(warehouse)["parked"] == 0
    assert pipeline.validate(warehouse, 2026)["accepted"] == 24
    pipeline.aggregate(warehouse, 2026)
    return warehouse.connect()


def frame() -> str:
    header = "agency_id,survey_year,size_band,sector,region,ownership\n"
    return header + "".join(f"{agency},2026,small,health,north,independent\n" for agency in AGENCIES)


def answers() -> str:
    header = (
        "agency_id,survey_year,financial_year_end_date,all_staff_count,marketers_opening_count,"
        "marketers_closing_count,development_budget_gbp,Training days\n"
    )
    return header + "".join(f"{agency},2026,2026-03-31,40,4,4,2000,{DAYS[agency]}\n" for agency in AGENCIES)


def parameters(text: str) -> tuple:
    return eval(text, {"pytest": pytest}).values


def test_the_measure_passes_its_test_row(copied, blocks):
    name, rows, expected = parameters(blocks.case)
    expect(world(copied, {"staging.agency_year": rows}), copied.measures[name].sql, expected)


def test_the_measure_is_estimated_in_every_peer_group(built):
    found = built.execute(
        "SELECT peer_group, peer_value, value, contributors FROM benchmark.estimate"
        " WHERE measure = 'staff_per_marketer' AND statistic = 'pooled' ORDER BY ALL"
    ).fetchall()
    assert ("all", "all", 10.0, 12) in found
    assert {row[0] for row in found} >= {"size_band", "sector", "region", "ownership", "size_band x sector"}
    assert {row[2] for row in found} == {10.0}


def test_the_measure_is_in_the_reference(copied):
    assert "### Staff per marketer" in reference.pages([copied])["measures.md"]


def test_the_question_passes_its_test_row(copied, blocks):
    rows, expected = parameters(blocks.row)
    expect(world(copied, {"staging.budget": rows}), "SELECT * FROM staging.agency_year", expected)


def test_the_questions_answers_reach_the_staging_table(built):
    found = built.execute("SELECT agency_id, training_days_count FROM staging.agency_year ORDER BY ALL").fetchall()
    assert dict(found) == DAYS


def test_the_question_is_checked_by_its_limits(copied):
    suite = (copied.directory / "expectations" / "recruitment_marketing_budget.json").read_text("utf-8")
    assert '"training_days_count"' in suite


def test_the_question_is_in_the_reference(copied):
    assert "| `training_days_count` | On how many days" in reference.pages([copied])["questions.md"]


def test_the_committed_reference_is_fresh():
    stale = [name for name, text in reference.pages().items() if (reference.FOLDER / name).read_text("utf-8") != text]
    assert stale == [], "run make docs"


def test_stale_pages_are_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    assert reference.main(["--check"]) == 1
    assert "docs/reference/measures.md is stale" in capsys.readouterr().err
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
