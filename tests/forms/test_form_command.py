"""`python -m benchmarking form` writes the form that was asked for, or says why not."""

from __future__ import annotations

import argparse

import pyarrow as pa
import pytest

from benchmarking.collect.forms.commands import register
from benchmarking.errors import DefinitionError, SettingsError
from forms.form_help import records_of, rows_of


@pytest.fixture
def form(monkeypatch, settings, tmp_path):
    monkeypatch.setenv("BENCHMARKING_DATA", str(settings.data))
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(dest="command"))

    def run(*arguments: str, out: str = "form.bin"):
        options = parser.parse_args(["form", *arguments, "--out", str(tmp_path / out)])
        told = options.call(options)
        content = (tmp_path / out).read_bytes()
        assert told["bytes"] == len(content)
        return content

    return run


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        pytest.param("xlsform", b"PK", id="xlsform"),
        pytest.param("workbook", b"PK", id="workbook"),
        pytest.param("codebook", b"<!DOCTYPE html>", id="codebook"),
    ],
)
def test_each_kind_is_written(form, kind, begins):
    assert form("--survey", "budget", "--year", "2026", "--kind", kind).startswith(begins)


def test_the_agencys_accepted_answers_of_last_year_stand_in_its_workbook(form, warehouse):
    warehouse.overwrite(
        "staging.budget",
        pa.table(
            {
                "survey_year": [2025, 2025, 2024],
                "agency_id": ["A001", "A002", "A001"],
                "submission_id": ["s1", "s2", "s3"],
                "all_staff_count": [41, 42, 43],
            }
        ),
    )
    arguments = ("--survey", "budget", "--year", "2026", "--agency", "A001", "--kind", "workbook")
    beside = records_of(form(*arguments), "Answers")["all_staff_count"]
    filled = records_of(form(*arguments, "--fill"), "Answers")["all_staff_count"]
    assert (beside["Answer"], beside["Last year"]) == (None, 41)
    assert (filled["Answer"], filled["Last year"]) == (41, 41)


def test_a_form_for_everybody_shows_nobodys_answers(form):
    content = form("--survey", "budget", "--year", "2026", "--kind", "workbook")
    assert "Last year" not in rows_of(content, "Answers")[0]


@pytest.mark.parametrize(
    ("survey", "out", "error", "says"),
    [
        pytest.param("budgets", "form.xlsx", DefinitionError, "Use one of budget, attrition, frame", id="survey"),
        pytest.param("budget", "nowhere/form.xlsx", SettingsError, "Make it, or name another file", id="folder"),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_cure(form, survey, out, error, says):
    with pytest.raises(error, match=says):
        form("--survey", survey, "--year", "2026", "--kind", "workbook", out=out)
