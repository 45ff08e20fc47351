"""The codebook names every question with its column, answers, unit and limits, and every rule."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from benchmarking.collect.forms import codebook


@pytest.mark.parametrize("name", ["budget", "attrition", "frame"])
def test_every_question_has_a_row_in_order(programme, name):
    survey = programme.survey(name)
    page = codebook(programme, survey, 2026)
    assert re.findall(r'<tr id="(\w+)">', page) == [question.name for question in survey.all_questions]
    assert page == codebook(programme, survey, 2026)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GBP a year, 0 to 5,000,000", id="unit-and-limits"),
        pytest.param("<code>told_where_to_spend</code>", id="code"),
        pytest.param("Marketing is told where to spend it", id="label"),
        pytest.param("table <code>staging.budget</code>", id="table"),
        pytest.param("Form version 2026.1", id="version"),
        pytest.param("text; may stay blank; kept apart, erasable, never published", id="private"),
    ],
)
def test_the_budget_codebook_says(programme, text):
    assert text in codebook(programme, programme.survey("budget"), 2026)


def test_every_rule_of_the_survey_is_told(programme):
    page = codebook(programme, programme.survey("budget"), 2026)
    for rule in programme.rules:
        assert (f"<code>{rule.rule_id}</code>" in page) == (rule.survey == "budget")


def test_a_wording_is_text_and_never_markup(programme):
    survey = programme.survey("budget")
    nasty = replace(survey.questions[0], wording="<script>alert(1)</script>")
    page = codebook(programme, replace(survey, questions=(nasty, *survey.questions[1:])), 2026)
    assert "<script" not in page


def test_the_page_fetches_nothing(programme):
    page = codebook(programme, programme.survey("attrition"), 2026)
    assert not re.findall(r"(?:src|href)=|url\(|@import", page)
