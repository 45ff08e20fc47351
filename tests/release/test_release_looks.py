"""What people see first: how numbers look in the workbook, and what stands where on a slide."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pypdf import PdfReader

import release_content
from benchmarking.publish.formats.report import write_report
from benchmarking.publish.formats.slides import write_slides
from benchmarking.publish.formats.workbook import write_workbook
from benchmarking.publish.labels import number_format
from web.content_fixture import make_content

PROGRAMME = release_content.the_programme()
BUDGET, TENURE = PROGRAMME.measures["development_budget_gbp_per_marketer"], PROGRAMME.measures["tenure_months"]
ATTRITION = PROGRAMME.measures["attrition_rate"]


@pytest.mark.parametrize(
    ("measure", "statistic", "shown_as"),
    [
        pytest.param(BUDGET, "p50", '"£"#,##0', id="money-in-tens-has-no-trailing-point"),
        pytest.param(replace(BUDGET, rounds_to=Decimal("0.01")), "p50", '"£"#,##0.00', id="money-with-pence"),
        pytest.param(ATTRITION, "p50", "0.0%", id="a-rate-to-a-tenth-of-a-percent"),
        pytest.param(TENURE, "p50", '0" months"', id="months"),
        pytest.param(TENURE, "still_there_18", "0.0%", id="a-share-of-people-is-not-in-months"),
        pytest.param(TENURE, "mean_24", '0" months"', id="a-mean-is"),
        pytest.param(None, "p50", "General", id="a-measure-that-is-no-longer-defined"),
    ],
)
def test_a_number_is_shown_with_the_decimals_it_is_rounded_to_and_its_unit(measure, statistic, shown_as):
    assert number_format(measure, statistic) == shown_as


def test_a_sheet_shows_each_column_in_its_own_unit(tmp_path):
    write_workbook(release_content.make_small_content(), tmp_path)
    workbook = openpyxl.load_workbook(tmp_path / "benchmarks.xlsx")
    sheet = next(sheet for sheet in workbook if str(sheet["A1"].value).startswith("Tenure"))
    head = next(row for row in sheet.iter_rows() if row[0].value == "Cut")
    formats = {cell.value: sheet.cell(cell.row + 1, cell.column).number_format for cell in head if cell.value}
    assert formats["Median"] == '0" months"'
    assert formats["Still there after 18 months"] == "0.0%"


def test_answers_stand_in_the_order_of_the_questionnaire(tmp_path):
    write_workbook(release_content.make_small_content(), tmp_path)
    workbook = openpyxl.load_workbook(tmp_path / "benchmarks.xlsx")
    sheet = next(sheet for sheet in workbook if "Who decides" in str(sheet["A1"].value))
    answers = [row[2].value for row in sheet.iter_rows() if row[0].value == "All agencies" and row[2].value]
    question = next(
        q for survey in PROGRAMME.surveys.values() for q in survey.all_questions if q.name == "budget_decider"
    )
    assert answers == list(question.choices.values())


def test_the_report_of_a_whole_programme_with_its_changes_has_two_pages(tmp_path):
    content = make_content(PROGRAMME)
    told = "up £20 on 2025 in the same 129 agencies (95% interval -£30 to +£80), which is not a clear change"
    headlines = [replace(headline, change=told) for headline in content.headlines]
    path = write_report(replace(content, headlines=headlines), tmp_path)
    assert len(PdfReader(path).pages) == 2


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deck")
    write_slides(release_content.make_small_content(), folder)
    return Presentation(str(folder / "slides.pptx"))


def test_each_headline_has_a_slide_of_its_own_with_its_figure_marked(deck):
    headlines = release_content.make_small_content().headlines
    for slide, headline in zip(list(deck.slides)[1:], headlines, strict=False):
        runs = [run.text for run in slide.shapes.title.text_frame.paragraphs[0].runs]
        assert "".join(runs) == headline.sentence and headline.display in runs


def test_nothing_on_a_slide_stands_outside_it(deck):
    outside = [
        (number, shape.name)
        for number, slide in enumerate(deck.slides, 1)
        for shape in slide.shapes
        if shape.left < 0
        or shape.top < 0
        or shape.left + shape.width > deck.slide_width
        or shape.top + shape.height > deck.slide_height
    ]
    assert outside == []


def test_every_drawing_of_a_slide_is_described_in_words(deck):
    drawn = [
        s
        for slide in deck.slides
        for s in slide.shapes
        if s.has_chart or s.has_table or s.shape_type == MSO_SHAPE_TYPE.GROUP
    ]
    assert len(drawn) > 5
    assert [s.name for s in drawn if not s._element.xpath(".//p:cNvPr")[0].get("descr")] == []
