"""The fill-in workbook shows question, unit, limits and last year's answer, and knows which form it is."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest

from benchmarking.collect.forms import Prefill, workbook
from forms.form_help import opened, records_of, rows_of

LAST_YEAR = Prefill(
    {
        "agency_id": "A001",
        "survey_year": 2025,
        "development_budget_gbp": Decimal("1234.50"),
        "budget_decider": "told_where_to_spend",
        "financial_year_end_date": date(2025, 6, 30),
        "marketers_average_count": Decimal("3.250000"),
    },
    ({"marketer_pseudonym": "007", "started_date": date(2024, 2, 29), "leaving_kind": "voluntary"},),
)


@pytest.fixture
def budget(programme):
    return workbook(programme, programme.survey("budget"), 2026, "A001", LAST_YEAR)


def validations(content: bytes, sheet: str) -> dict[str, object]:
    return {str(rule.sqref): rule for rule in opened(content)[sheet].data_validations.dataValidation}


def test_the_same_questionnaire_and_answers_give_the_same_bytes(programme, budget):
    assert workbook(programme, programme.survey("budget"), 2026, "A001", LAST_YEAR) == budget


def test_the_header_is_the_one_that_the_reader_knows(budget):
    assert rows_of(budget, "Answers")[0] == ("Question", "Answer", "Unit", "Help", "name", "Last year")


def test_without_last_years_answers_there_is_no_column_for_them(programme):
    form = workbook(programme, programme.survey("budget"), 2026)
    assert rows_of(form, "Answers")[0] == ("Question", "Answer", "Unit", "Help", "name")


def test_the_very_hidden_sheet_says_which_form_it_is(budget):
    book = opened(budget)
    assert book["_form"].sheet_state == "veryHidden"
    stamps = {row[0]: row[1] for row in rows_of(budget, "_form") if row[0]}
    assert stamps == {
        "programme": "recruitment_marketing",
        "survey": "budget",
        "form_version": "2026.1",
        "agency_id": "A001",
        "survey_year": "2026",
    }


@pytest.mark.parametrize(
    ("name", "answer", "last"),
    [
        pytest.param("agency_id", "A001", "A001", id="agency-is-stamped"),
        pytest.param("survey_year", 2026, None, id="year-is-this-one"),
        pytest.param("development_budget_gbp", None, 1234.5, id="money-stands-beside"),
        pytest.param("budget_decider", None, "Marketing is told where to spend it", id="label-not-code"),
        pytest.param("financial_year_end_date", None, datetime(2025, 6, 30), id="date"),
        pytest.param("net_fee_income_gbp", None, None, id="never-answered"),
    ],
)
def test_last_years_answer_stands_beside_an_empty_cell(budget, name, answer, last):
    row = records_of(budget, "Answers")[name]
    assert (row["Answer"], row["Last year"]) == (answer, last)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        pytest.param("development_budget_gbp", 1234.5, id="money"),
        pytest.param("budget_decider", "Marketing is told where to spend it", id="category"),
        pytest.param("financial_year_end_date", None, id="the-period-is-this-years-own"),
        pytest.param("survey_year", 2026, id="year"),
    ],
)
def test_where_asked_last_years_answer_is_filled_in(programme, name, answer):
    form = workbook(programme, programme.survey("budget"), 2026, "A001", LAST_YEAR, is_prefilled=True)
    assert records_of(form, "Answers")[name]["Answer"] == answer


def test_a_roster_has_a_sheet_with_question_names_and_last_years_rows_where_asked(programme):
    survey = programme.survey("attrition")
    form = workbook(programme, survey, 2026, "A001", LAST_YEAR, is_prefilled=True)
    header, first, second, *_ = rows_of(form, "marketer")
    assert header == tuple(question.name for question in survey.roster.questions)
    assert first == ("007", datetime(2024, 2, 29), None, "Resigned", None)
    assert set(second) == {None}


@pytest.mark.parametrize(
    ("name", "kind", "low", "high"),
    [
        pytest.param("development_budget_gbp", "decimal", "0", "5000000", id="money"),
        pytest.param("all_staff_count", "whole", "1", "100000", id="count"),
        pytest.param("survey_year", "whole", "2024", "2100", id="year"),
    ],
)
def test_a_cell_takes_only_what_the_limits_allow(budget, name, kind, low, high):
    names = list(records_of(budget, "Answers"))
    rule = validations(budget, "Answers")[f"B{names.index(name) + 2}"]
    assert (rule.type, rule.formula1, rule.formula2) == (kind, low, high)


@pytest.mark.parametrize("name", ["budget_decider", "shared_goals", "currency"])
def test_a_pull_down_lists_exactly_the_choices(programme, budget, name):
    names = list(records_of(budget, "Answers"))
    rule = validations(budget, "Answers")[f"B{names.index(name) + 2}"]
    sheet, cells = rule.formula1.split("!")
    listed = [cell.value for (cell,) in opened(budget)[sheet][cells.replace("$", "")]]
    assert listed == list(programme.survey("budget").question(name).choices.values())


def test_only_answer_cells_are_unlocked(budget):
    sheet = opened(budget)["Answers"]
    assert sheet.protection.sheet
    unlocked = {cell.column_letter for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert unlocked == {"B"}


def test_there_is_no_formula_macro_or_link_in_the_workbook(budget):
    with ZipFile(BytesIO(budget)) as archive:
        names = archive.namelist()
        cells = b"".join(archive.read(name) for name in names if name.startswith("xl/worksheets/sheet"))
    assert b"<f>" not in cells
    assert not [name for name in names if "vba" in name.lower() or "externalLink" in name]
