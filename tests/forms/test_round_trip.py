"""A filled-in workbook comes back without loss: every answer as it was given, and blank where nothing was said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest

from benchmarking.collect import collect
from benchmarking.collect.forms import Prefill, workbook
from benchmarking.warehouse import Warehouse
from forms.form_help import SHARE, YES_OR_NO, opened, programme_with_new_question, records_of

BUDGET = {
    "financial_year_end_date": date(2026, 6, 30),
    "period_months": 12,
    "currency": "Pound sterling",
    "all_staff_count": 41,
    "marketers_opening_count": 3,
    "marketers_closing_count": 4,
    "marketers_average_count": 3.25,
    "development_budget_gbp": 1234.56,
    "development_spend_gbp": 0,
    "net_fee_income_gbp": 4999999999.99,
    "budget_decider": "Marketing is told where to spend it",
    "shared_goals": "No, each has its own",
}
STORED = {
    "agency_id": "A001",
    "survey_year": Decimal(2026),
    "financial_year_end_date": date(2026, 6, 30),
    "period_months": Decimal(12),
    "currency": "GBP",
    "all_staff_count": Decimal(41),
    "marketers_opening_count": Decimal(3),
    "marketers_closing_count": Decimal(4),
    "marketers_average_count": Decimal("3.25"),
    "development_budget_gbp": 123456,
    "development_spend_gbp": 0,
    "net_fee_income_gbp": 499999999999,
    "budget_decider": "told_where_to_spend",
    "shared_goals": "separate",
}
ATTRITION = {
    "period_end_date": date(2026, 6, 30),
    "headcount_opening_count": 2,
    "joiners_count": 1,
    "leavers_voluntary_count": 1,
    "leavers_involuntary_count": 0,
    "leavers_other_count": 0,
    "headcount_closing_count": 2,
}
MARKETERS = [
    ("007", date(2024, 2, 29), None, None, "Manager"),
    ("=1+1", date(2025, 9, 1), date(2026, 3, 1), "Resigned", None),
]


def filled(content: bytes, answers: dict, roster: str = "", rows: list[tuple] | None = None) -> bytes:
    """Type answers into a workbook as a spreadsheet program would."""
    book = opened(content)
    sheet = book["Answers"]
    header = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        name = row[header.index("name")].value
        if name in answers:
            row[header.index("Answer")].value = answers[name]
    for number, values in enumerate(rows or [], start=2):
        for column, value in enumerate(values, start=1):
            cell = book[roster].cell(number, column, value)
            cell.data_type = "s" if isinstance(value, str) else cell.data_type
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def received(warehouse: Warehouse, survey: str, content: bytes) -> dict[tuple[int, str], tuple]:
    """Collect one workbook; give (roster row, question) to (state, value)."""
    folder = warehouse.folder("inbox") / survey
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "A001.xlsx").write_bytes(content)
    told = collect(warehouse)
    reasons = warehouse.connect().sql("SELECT verdict, rule_id, reason FROM raw.submission").fetchall()
    assert (told.received, told.accepted) == (1, 1), reasons
    rows = warehouse.connect().sql(
        "SELECT roster_row, question, state, value_minor, value_number, value_date, value_text FROM raw.answer"
    )
    return {
        (row[0], row[1]): (row[2], next((value for value in row[3:] if value is not None), None))
        for row in rows.fetchall()
    }


def answered(rows: dict[tuple[int, str], tuple], roster_row: int = 0) -> dict:
    return {name: value for (row, name), (state, value) in rows.items() if row == roster_row and state == "answered"}


def test_every_answer_comes_back_as_it_was_given(warehouse, programme):
    form = workbook(programme, programme.survey("budget"), 2026, "A001")
    assert answered(received(warehouse, "budget", filled(form, BUDGET))) == STORED


def test_what_was_left_blank_is_blank_and_not_zero(warehouse, programme):
    form = workbook(programme, programme.survey("budget"), 2026, "A001")
    rows = received(warehouse, "budget", filled(form, BUDGET))
    blank = {name for (_, name), (state, _) in rows.items() if state == "blank"}
    assert {"marketing_budget_gbp", "return_measured", "development_plans"} <= blank
    assert rows[0, "development_spend_gbp"] == ("answered", 0)


def test_a_roster_comes_back_row_by_row(warehouse, programme):
    form = workbook(programme, programme.survey("attrition"), 2026, "A001")
    rows = received(warehouse, "attrition", filled(form, ATTRITION, "marketer", MARKETERS))
    assert answered(rows, 1) == {
        "marketer_pseudonym": "007",
        "started_date": date(2024, 2, 29),
        "seniority": "middle",
    }
    assert answered(rows, 2) == {
        "marketer_pseudonym": "=1+1",
        "started_date": date(2025, 9, 1),
        "left_date": date(2026, 3, 1),
        "leaving_kind": "voluntary",
    }
    assert max(row for row, _ in rows) == 2


def test_last_years_answers_beside_the_cells_are_not_taken_for_this_years(warehouse, programme):
    before = Prefill({"development_budget_gbp": Decimal(999), "marketing_budget_gbp": Decimal(888)})
    form = workbook(programme, programme.survey("budget"), 2026, "A001", before)
    rows = received(warehouse, "budget", filled(form, BUDGET))
    assert rows[0, "development_budget_gbp"] == ("answered", 123456)
    assert rows[0, "marketing_budget_gbp"][0] == "blank"


def test_last_years_answers_filled_in_come_back_as_they_were(warehouse, programme):
    given = {
        "all_staff_count": 41,
        "marketers_opening_count": 3,
        "marketers_closing_count": 4,
        "marketers_average_count": Decimal("3.250000"),
        "development_budget_gbp": Decimal("1234.56"),
        "budget_decider": "shared",
    }
    form = workbook(programme, programme.survey("budget"), 2026, "A001", Prefill(given), is_prefilled=True)
    rows = answered(received(warehouse, "budget", filled(form, {"financial_year_end_date": date(2026, 6, 30)})))
    money = {"development_budget_gbp": 123456}
    assert {name: rows[name] for name in given} == {**given, **money}


def test_a_form_is_known_by_its_stamp_even_where_the_agency_was_wiped_out(warehouse, programme):
    form = workbook(programme, programme.survey("budget"), 2026, "A001")
    rows = received(warehouse, "budget", filled(form, {**BUDGET, "agency_id": None, "survey_year": None}))
    keys = warehouse.connect().sql("SELECT agency_id, survey_year, form_version FROM raw.submission").fetchall()
    assert keys == [("A001", 2026, "2026.1")]
    assert rows[0, "all_staff_count"] == ("answered", Decimal(41))


def test_a_question_added_to_the_questionnaire_comes_back_in_its_column(settings, tmp_path):
    programme = programme_with_new_question(tmp_path / "programme")
    warehouse = Warehouse(settings, programme)
    form = workbook(programme, programme.survey("budget"), 2026, "A001")
    rows = received(warehouse, "budget", filled(form, {**BUDGET, "podcasts_count": 24}))
    assert rows[0, "podcasts_count"] == ("answered", Decimal(24))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        pytest.param({"online_rate": 25, "has_agency": "Yes"}, (Decimal("0.25"), "true"), id="25-percent-and-yes"),
        pytest.param({"online_rate": 0, "has_agency": "No"}, (Decimal(0), "false"), id="none-and-no"),
        pytest.param({"online_rate": 100, "has_agency": "Yes"}, (Decimal(1), "true"), id="all-and-yes"),
    ],
)
def test_percents_and_yes_or_no_come_back(settings, tmp_path, typed, stored):
    programme = programme_with_new_question(tmp_path / "programme", SHARE, YES_OR_NO)
    before = Prefill({"online_rate": Decimal("0.375"), "has_agency": False})
    form = workbook(programme, programme.survey("budget"), 2026, "A001", before)
    shown = records_of(form, "Answers")
    assert (shown["online_rate"]["Last year"], shown["has_agency"]["Last year"]) == (37.5, "No")
    rows = received(Warehouse(settings, programme), "budget", filled(form, {**BUDGET, **typed}))
    assert (rows[0, "online_rate"][1], rows[0, "has_agency"][1]) == stored


@pytest.mark.parametrize(
    ("stamped", "put_into", "says"),
    [pytest.param("attrition", "budget", "The form belongs to another survey: attrition.", id="another-survey")],
)
def test_a_form_in_the_wrong_place_is_refused_by_its_stamp(warehouse, programme, stamped, put_into, says):
    folder = warehouse.folder("inbox") / put_into
    folder.mkdir(parents=True)
    form = workbook(programme, programme.survey(stamped), 2026, "A001")
    (folder / "A001.xlsx").write_bytes(filled(form, ATTRITION))
    assert collect(warehouse).rejected == 1
    assert warehouse.connect().sql("SELECT reason FROM raw.submission").fetchall() == [(says,)]
