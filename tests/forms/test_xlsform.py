"""The XLSForm is what pyxform takes, asks what the questionnaire asks, and is the same each time."""

from __future__ import annotations

from io import BytesIO

import pytest
from pyxform.xls2xform import convert

from benchmarking.collect.forms import xlsform
from forms.form_help import records_of, rows_of

SURVEYS = ["budget", "attrition", "frame"]


@pytest.mark.parametrize("name", SURVEYS)
def test_pyxform_accepts_the_form_without_a_warning(programme, name):
    form = convert(BytesIO(xlsform(programme, programme.survey(name), 2026)), file_type=".xlsx", validate=False)
    assert form.warnings == []
    assert f'id="recruitment_marketing_{name}"' in form.xform
    assert f'version="{programme.survey(name).form_version}"' in form.xform


@pytest.mark.parametrize("name", SURVEYS)
def test_the_same_questionnaire_gives_the_same_bytes(programme, name):
    first, second = (xlsform(programme, programme.survey(name), 2026, "A001") for _ in range(2))
    assert first == second


def test_every_asked_question_stands_once_in_the_questionnaires_order(programme):
    survey = programme.survey("budget")
    names = [row[1] for row in rows_of(xlsform(programme, survey, 2026), "survey")[1:]]
    typed = [question.name for question in survey.questions if question.role not in ("record_id", "submitted_at")]
    assert names == typed


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        pytest.param("development_budget_gbp", "type", "decimal", id="money-is-decimal"),
        pytest.param("development_budget_gbp", "constraint", ". >= 0 and . <= 5000000", id="limits"),
        pytest.param("development_budget_gbp", "required", "yes", id="required"),
        pytest.param("development_spend_gbp", "required", None, id="optional"),
        pytest.param("all_staff_count", "type", "integer", id="count-is-integer"),
        pytest.param("budget_decider", "type", "select_one budget_decider_choices", id="category-is-a-choice"),
        pytest.param("agency_id", "default", "A001", id="stamped-agency"),
        pytest.param("survey_year", "default", "2026", id="stamped-year"),
    ],
)
def test_a_question_keeps_its_type_limits_and_stamp(programme, name, column, expected):
    form = xlsform(programme, programme.survey("budget"), 2026, "A001")
    assert records_of(form, "survey")[name][column] == expected


def test_the_form_is_known_by_its_id_and_version(programme):
    header, row = rows_of(xlsform(programme, programme.survey("budget"), 2026), "settings")
    assert dict(zip(header, row, strict=True)) == {
        "form_title": "Marketing budget and development",
        "form_id": "recruitment_marketing_budget",
        "version": "2026.1",
        "instance_name": "concat('budget', ' ', ${agency_id}, ' ', ${survey_year})",
    }


def test_choices_are_the_codes_that_answers_are_stored_as(programme):
    rows = rows_of(xlsform(programme, programme.survey("budget"), 2026), "choices")
    decider = {code: label for name, code, label in rows if name == "budget_decider_choices"}
    assert decider == programme.survey("budget").question("budget_decider").choices


def test_a_roster_is_a_repeat_around_its_questions(programme):
    survey = programme.survey("attrition")
    rows = [row[:2] for row in rows_of(xlsform(programme, survey, 2026), "survey")]
    first, last = rows.index(("begin_repeat", "marketer")), rows.index(("end_repeat", "marketer"))
    assert [name for _, name in rows[first + 1 : last]] == [question.name for question in survey.roster.questions]


def test_a_question_is_not_on_the_form_of_a_year_before_it_was_asked(programme):
    survey = programme.survey("budget")
    assert "development_plans" not in records_of(xlsform(programme, survey, 2024), "survey")
    assert "development_plans" in records_of(xlsform(programme, survey, 2025), "survey")
