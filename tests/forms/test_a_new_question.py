"""One entry more in a questionnaire changes the XLSForm, the workbook, the codebook and the column."""

from __future__ import annotations

from io import BytesIO

import pytest
from pyxform.xls2xform import convert

from benchmarking.collect.forms import codebook, workbook, xlsform
from forms.form_help import NEW_QUESTION, programme_with_new_question, records_of

NAME = NEW_QUESTION["name"]


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    return programme_with_new_question(tmp_path_factory.mktemp("programme"))


@pytest.fixture(params=[2026, 2025], ids=["asked-in-2026", "not-yet-in-2025"])
def year(request):
    return request.param


def test_the_xlsform_asks_it(programme, copied, year):
    survey = copied.survey("budget")
    form = xlsform(copied, survey, year)
    assert (NAME in records_of(form, "survey")) == (year == 2026)
    assert f"/{NAME}" in convert(BytesIO(xlsform(copied, survey, 2026)), file_type=".xlsx", validate=False).xform
    assert NAME not in records_of(xlsform(programme, programme.survey("budget"), year), "survey")


def test_the_workbook_asks_it_as_text_and_never_as_a_formula(copied, year):
    rows = records_of(workbook(copied, copied.survey("budget"), year), "Answers")
    assert (NAME in rows) == (year == 2026)
    if year == 2026:
        asked = rows[NAME]
        assert (asked["Question"], asked["Unit"]) == (NEW_QUESTION["wording"], "podcasts a year")
        assert "0 to 365." in asked["Help"]


def test_the_codebook_tells_it(copied, year):
    assert (f'id="{NAME}"' in codebook(copied, copied.survey("budget"), year)) == (year == 2026)
