"""Every format says of each cell what the table says, and a format that does not is caught."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pptx import Presentation
from pypdf import PdfReader

import release_content
from benchmarking.publish.formats.cells import write_cells_csv
from benchmarking.publish.formats.plain import as_text, escaped, unescaped
from benchmarking.publish.formats.report import write_report
from benchmarking.publish.formats.workbook import write_workbook
from benchmarking.publish.scan import texts_of
from benchmarking.publish.verify import FormatsDisagree, read_slides, verify_formats
from benchmarking.publish.write import TITLES, write_formats


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    content = release_content.make_small_content()
    write_formats(content, folder)
    return content, folder


@pytest.fixture
def copied(written, tmp_path):
    content, folder = written
    return content, Path(shutil.copytree(folder, tmp_path / "copy"))


def test_every_format_read_back_shows_each_cell_as_the_table_does(written):
    content, folder = written
    counts = verify_formats(content, folder)
    every = len(content.cells)
    assert {name: count for name, count in counts.items() if count != every} == {
        "slides.pptx": 41,
        "report.pdf": 11,
    }
    assert set(counts) == {
        "benchmarks.csv", "benchmarks.parquet", "benchmarks.json", "benchmarks.xlsx", "api/index.json",
        "measure sheets", "slides.pptx", "report.pdf", "pages",
    }  # fmt: skip


def words(text: str) -> str:
    return " ".join(text.split())


def said_by(folder: Path) -> dict[str, str]:
    """Give the words of every format that carries headlines, broken lines joined."""
    slides = Presentation(str(folder / "slides.pptx")).slides
    cover = openpyxl.load_workbook(folder / "benchmarks.xlsx")["Cover"]
    page = re.sub(r"<[^>]+>", "", (folder / "index.html").read_text("utf-8"))
    return {
        "slides": " ".join(slide.notes_slide.notes_text_frame.text for slide in slides),
        "workbook": " ".join(str(cell.value) for row in cover for cell in row if cell.value),
        "report": " ".join(page.extract_text() for page in PdfReader(folder / "report.pdf").pages),
        "json": (folder / "api" / "headlines.json").read_text("utf-8"),
        "front page": page,
        "page to cite": re.sub(r"<[^>]+>", "", (folder / "pages" / "cite.html").read_text("utf-8")),
    }


@pytest.mark.parametrize("name", ["slides", "workbook", "report", "json", "front page", "page to cite"])
def test_a_headline_comes_with_its_interval_contributors_and_change(written, name):
    content, folder = written
    (headline,) = content.headlines
    assert headline.detail and headline.change
    said = words(said_by(folder)[name])
    assert [text for text in (headline.sentence, headline.detail, headline.change) if text not in said] == []


def change_text(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def change_csv(folder):
    change_text(folder / "benchmarks.csv", ",£", ",£9")


def change_json(folder):
    change_text(folder / "benchmarks.json", '"display": "£', '"display": "£9')


def change_api(folder):
    path = folder / "api" / "measures" / "budget_decider.json"
    rows = json.loads(path.read_text())
    rows["cells"].pop()
    path.write_text(json.dumps(rows))


def change_parquet(folder):
    table = pq.read_table(folder / "benchmarks.parquet")
    values = [None if text == "[c]" else 1.0 for text in table.column("display").to_pylist()]
    position = table.column_names.index("value")
    pq.write_table(table.set_column(position, "value", pa.array(values)), folder / "benchmarks.parquet")


def change_workbook(folder, sheet="All_figures", column=8):
    workbook = openpyxl.load_workbook(folder / "benchmarks.xlsx")
    rows = [row for row in workbook[sheet].iter_rows() if isinstance(row[column].value, (int, float, str))]
    rows[-1][column].value = "£1" if sheet == "All_figures" else 123.4
    workbook.save(folder / "benchmarks.xlsx")


def change_measure_sheet(folder):
    change_workbook(folder, "Table_1", 3)


def change_slide_text(folder):
    deck = Presentation(str(folder / "slides.pptx"))
    table = next(shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table)
    table.cell(1, 1).text = "£1"
    deck.save(str(folder / "slides.pptx"))


def change_slide_chart(folder):
    deck = Presentation(str(folder / "slides.pptx"))
    chart = next(shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart)
    part = chart.part.chart_workbook.xlsx_part
    path = folder / "inner.xlsx"
    path.write_bytes(part.blob)
    workbook = openpyxl.load_workbook(path)
    workbook.active["B2"] = 1
    workbook.save(path)
    part._blob = path.read_bytes()
    deck.save(str(folder / "slides.pptx"))


def change_report(folder):
    content = release_content.make_small_content()
    position = next(i for i, c in enumerate(content.cells) if c.peer_group == "all" and c.category and not c.is_hidden)
    write_report(release_content.with_figure(content, position, 0.9, "90.0%"), folder)


def change_page(folder):
    path = folder / "pages" / "budget-decider.html"
    text = path.read_text(encoding="utf-8")
    changed = re.sub(r'(data-cell="[^"]*".*?<td class="num">)\d+\.\d%', r"\g<1>1.0%", text, count=1)
    assert changed != text
    path.write_text(changed, encoding="utf-8")


def change_stand(folder):
    text = (folder / "index.html").read_text(encoding="utf-8")
    changed = re.sub(r'("q": ?\[\[\d+, ?)[\d.]+(, ?")[^"]+', r"\g<1>1\g<2>£1", text, count=1)
    assert changed != text
    (folder / "index.html").write_text(changed, encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param(change_csv, "benchmarks.csv", id="csv-display"),
        pytest.param(change_parquet, "benchmarks.parquet", id="parquet-value"),
        pytest.param(change_json, "benchmarks.json", id="json-display"),
        pytest.param(change_workbook, "benchmarks.xlsx", id="workbook-display"),
        pytest.param(change_measure_sheet, "benchmarks.xlsx (a measure's sheet)", id="measure-sheet-value"),
        pytest.param(change_api, "api/index.json", id="api-cell-missing"),
        pytest.param(change_slide_text, "slides.pptx", id="slide-text"),
        pytest.param(change_slide_chart, "slides.pptx", id="workbook-inside-a-chart"),
        pytest.param(change_report, "report.pdf", id="pdf-text"),
        pytest.param(change_page, "the pages", id="page-table"),
        pytest.param(change_stand, "index.html", id="figures-embedded-in-the-front-page"),
    ],
)
def test_a_format_that_says_something_else_is_caught_by_name(copied, change, named):
    content, folder = copied
    change(folder)
    with pytest.raises(FormatsDisagree) as caught:
        verify_formats(content, folder)
    assert str(caught.value).startswith(named)


def test_the_same_content_gives_the_same_bytes(written, tmp_path):
    content, folder = written
    write_formats(content, tmp_path)
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert [name for name in names if (folder / name).read_bytes() != (tmp_path / name).read_bytes()] == []
    assert len(names) > 30


def test_every_file_carries_the_notice(written):
    content, folder = written
    without = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix == ".png":
            continue
        is_empty_list = path.suffix == ".csv" and path.read_text(encoding="utf-8").count("\n") == 1
        if not is_empty_list:
            plain = " ".join(" ".join(text for _, text in texts_of(path)).split())
            if content.notice not in plain:
                without.append(path.relative_to(folder).as_posix())
    assert without == []


def test_a_hidden_cell_keeps_its_row_without_any_number(written):
    _, folder = written
    rows = pq.read_table(folder / "benchmarks.parquet").to_pylist()
    hidden = [row for row in rows if row["status"] == "[c]"]
    assert len(hidden) == 11
    assert {row[name] for row in hidden for name in ("value", "lower", "upper", "contributors", "people")} == {None}
    assert {row["display"] for row in hidden} == {"[c]"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("=HYPERLINK(1)", "'=HYPERLINK(1)", id="equals"),
        pytest.param("+1+cmd", "'+1+cmd", id="plus"),
        pytest.param("-A1", "'-A1", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "'\t=1", id="tab"),
        pytest.param("-1.2%", "-1.2%", id="a-negative-figure-is-no-formula"),
        pytest.param("+£20", "+£20", id="nor-is-a-change"),
        pytest.param("-2 months", "-2 months", id="nor-are-months"),
        pytest.param("£480", "£480", id="plain"),
    ],
)
def test_text_that_looks_like_a_formula_is_escaped_in_csv(text, expected):
    assert escaped(text) == expected
    assert unescaped(expected) == text


def test_formula_like_texts_stay_texts_in_csv_and_workbook(tmp_path):
    content = release_content.make_small_content()
    cells = [replace(cell, unit="=1+1") for cell in content.cells]
    content = replace(content, cells=cells)
    write_cells_csv(content, tmp_path)
    assert ",'=1+1," in (tmp_path / "benchmarks.csv").read_text()
    write_workbook(content, tmp_path)
    workbook = openpyxl.load_workbook(tmp_path / "benchmarks.xlsx")
    kinds = {cell.data_type for row in workbook["All_figures"].iter_rows() for cell in row}
    assert "f" not in kinds
    with zipfile.ZipFile(tmp_path / "benchmarks.xlsx") as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist() if "worksheets/" in name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (480.0, "480"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1e21, "1" + "0" * 21),
        (-3.0, "-3"),
        (100.0, "100"),
    ],
)
def test_a_number_is_text_without_exponent_or_needless_zeros(value, expected):
    assert as_text(value) == expected


def test_slides_have_native_charts_descriptions_and_notes(written):
    content, folder = written
    deck = Presentation(str(folder / "slides.pptx"))
    charts = [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert len(charts) == 4
    described = [shape._element.nvGraphicFramePr.cNvPr.get("descr") for shape in charts]
    assert all(text.startswith(("Bar chart of ", "Line chart of ")) for text in described)
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides]
    assert all(f"Source: {content.citation}" in text for text in notes)
    assert any("Half of agencies set aside" in text for text in notes)
    assert len(read_slides(folder / "slides.pptx")) == 41


def test_a_curve_not_reached_is_shown_as_words_and_is_not_hidden(tmp_path):
    content = release_content.make_small_content()
    position = next(i for i, cell in enumerate(content.cells) if cell.measure == "tenure_months" and not cell.is_hidden)
    cells = list(content.cells)
    cells[position] = replace(cells[position], value=None, display="not reached", upper=None, upper_display="")
    content = replace(content, cells=cells)
    write_formats(content, tmp_path)
    verify_formats(content, tmp_path)
    assert not cells[position].is_hidden
    assert "not reached" in (tmp_path / "benchmarks.csv").read_text()


def test_the_report_is_at_most_two_pages_with_title_language_and_tags(written):
    _, folder = written
    reader = PdfReader(folder / "report.pdf")
    root = reader.trailer["/Root"]
    # A few figures fit on one; a whole programme has two (test_release_looks).
    assert len(reader.pages) <= 2
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-GB", True)
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])


def test_every_download_that_the_site_names_is_there(written):
    _, folder = written
    assert [name for name in TITLES if not (folder / name).is_file()] == []
