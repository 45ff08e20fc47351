"""The made-up season: the same bytes for the same seed, truths by formula, files as agencies send them."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from datetime import date

import openpyxl
import pytest
import yaml

import generate
from made_up import truth
from made_up.histories import Industry
from made_up.parameters import Parameters
from made_up.population import make_frame, respondents_of
from programmes.season import EXAMPLE


@pytest.fixture(scope="module")
def season():
    return generate.generate()


@pytest.fixture(scope="module")
def small():
    return generate.generate(seed=7, respondents=30, years=(2026,))


def digest(season) -> str:
    parts = [f"{file.path} {file.sent_at} {hashlib.sha256(file.content).hexdigest()}" for file in season.files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes(small):
    assert digest(generate.generate(seed=7, respondents=30, years=(2026,))) == digest(small)


def test_another_seed_gives_other_bytes(small):
    assert digest(generate.generate(seed=8, respondents=30, years=(2026,))) != digest(small)


def test_a_year_more_leaves_the_frame_of_a_year_as_it_was(small):
    both = generate.generate(seed=7, respondents=30, years=(2025, 2026))
    frames = [{f.path: f.content for f in s.files if f.path.startswith("frame/frame_2026")} for s in (small, both)]
    assert frames[0] == frames[1] and len(frames[0]) == 1


@pytest.mark.parametrize("name", ["truth.yaml", "faults.yaml"])
def test_the_definitions_are_fresh(name):
    written = (EXAMPLE / name).read_text(encoding="utf-8")
    assert generate.definitions()[name] == written, "run generate.py --definitions"


def test_every_file_says_in_its_name_that_it_is_made_up(season):
    assert [file.path for file in season.files if "made-up" not in file.path] == []


@pytest.mark.parametrize(("survey", "year"), [(s, y) for s in ("budget", "attrition") for y in (2024, 2025, 2026)])
def test_a_survey_comes_in_every_shape(season, survey, year):
    kinds = Counter(
        f.path.rsplit(".", 1)[1] for f in season.files if f.path.startswith(f"{survey}/") and f"_{year}_" in f.path
    )
    assert 50 <= kinds["xlsx"] <= 70
    assert kinds["csv"] == 2 and kinds["json"] >= 1


def test_the_frame_holds_four_hundred_agencies_a_year(season):
    frames = [file for file in season.files if file.path.startswith("frame/")]
    assert [len(file.content.decode().splitlines()) - 1 for file in frames] == [400, 400, 400]


def test_most_agencies_answer_every_year_and_large_ones_more_often():
    frame = make_frame(generate.SEED, generate.RESPONDENTS, Parameters())
    years = [{a.agency_id for a in respondents_of(frame, generate.SEED, y, 160)} for y in (2024, 2025, 2026)]
    assert [len(year) for year in years] == [160, 160, 160]
    assert len(years[0] & years[1] & years[2]) > 110
    answered = Counter(agency.size_band for agency in frame if agency.agency_id in years[2])
    known = Counter(agency.size_band for agency in frame)
    assert answered["large"] / known["large"] > 2 * answered["micro"] / known["micro"]


def test_a_workbook_has_its_answers_its_roster_and_a_very_hidden_stamp(season):
    file = next(f for f in season.files if f.path.startswith("attrition/attrition_2026_A0012"))
    book = openpyxl.load_workbook(io.BytesIO(file.content))
    assert book.sheetnames == ["Answers", "marketer", "_form"]
    assert book["_form"].sheet_state == "veryHidden"
    assert dict(book["_form"].iter_rows(max_col=2, values_only=True))["agency_id"] == "A0012"
    assert [cell.value for cell in book["Answers"][1]] == ["Question", "Answer", "Unit", "Help", "name"]
    assert [cell.value for cell in book["marketer"][1]][:2] == ["marketer_pseudonym", "started_date"]


def test_the_office_batch_is_windows_text_with_semicolons_and_decimal_commas(season):
    content = next(f for f in season.files if f.path == "budget/branch_office_budget_2026_made-up.csv").content
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    lines = content.decode("cp1252").splitlines()
    assert lines[0].startswith("Agency;Year;Submitted;Financial year end")
    assert any(",5;" in line for line in lines[1:])


def test_json_nests_the_roster(season):
    content = next(f for f in season.files if f.path == "attrition/own_system_attrition_2026_made-up.json").content
    entries = json.loads(content)
    assert entries[0]["record_id"] == f"attrition-2026-{entries[0]['agency_id']}"
    assert {"marketer_pseudonym", "started_date"} <= set(entries[0]["marketer"][0])


def test_sound_answers_on_headcount_balance():
    industry = Industry(generate.SEED, generate.YEARS, Parameters(), generate.exchange_rates())
    for agency in make_frame(generate.SEED, 40, Parameters()):
        answers = industry.respond(agency, "attrition", 2026).answers
        leavers = sum(answers[f"leavers_{kind}_count"] for kind in ("voluntary", "involuntary", "other"))
        assert (
            answers["headcount_opening_count"] + answers["joiners_count"] - leavers
            == answers["headcount_closing_count"]
        )
        assert answers.get("with_year_service_count", 0) <= answers["headcount_opening_count"]
        assert date(2025, 7, 1) <= answers["period_end_date"] <= date(2026, 6, 30)


def test_what_is_planted_is_what_the_article_says():
    planted = yaml.safe_load((EXAMPLE / "truth.yaml").read_text(encoding="utf-8"))
    assert 490 <= planted["development_budget_gbp_per_marketer"]["p50"][2026] < 500
    assert planted["tenure_months"]["p50"] == pytest.approx(18, abs=0.1)
    assert planted["tenure_months"]["still_there_18"] == pytest.approx(0.5, abs=0.005)
    assert planted["budget_decider"]["share"]["told_where_to_spend"] == 0.5
    bands = planted["what_investment_buys"]["tenure_months"]["p50"]
    assert bands["nothing"] < bands["under_500"] < bands["from_500"] < bands["from_1000"]


def test_the_formula_for_tenure_agrees_with_marketers_followed_one_by_one():
    """Follow every marketer who ever started in 2,000 agencies: the share still there is what the formula says."""
    parameters = Parameters()
    industry = Industry(3, (2020,), parameters, {})
    stays = [
        (marketer.left - marketer.started).days / 30.4375
        for agency in make_frame(3, 800, parameters)
        for marketer in industry.marketers(agency)
        if marketer.left is not None and marketer.started.year < 2013
    ]
    for months in (12, 18, 24):
        found = sum(stay > months for stay in stays) / len(stays)
        assert found == pytest.approx(truth.still_there(parameters, months), abs=0.015)


def test_the_median_of_planted_budgets_is_the_planted_median():
    parameters = Parameters()
    industry = Industry(5, (2026,), parameters, generate.exchange_rates())
    answers = [industry.respond(agency, "budget", 2026).answers for agency in make_frame(5, 800, parameters)]
    pounds = sorted(a["development_budget_gbp"] / a["marketers_average_count"] for a in answers if is_plain(a))
    assert pounds[len(pounds) // 2] == pytest.approx(495, abs=30)
    assert sum(value == 0 for value in pounds) / len(pounds) == pytest.approx(0.12, abs=0.02)


def is_plain(answers: dict) -> bool:
    whole_year = answers["currency"] == "GBP" and answers["period_months"] == 12
    return whole_year and answers.get("marketers_average_count", 0) > 0
