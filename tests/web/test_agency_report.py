"""A contributor's private report: its own figures, bands among published ones, what was found, its certificate."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pypdf
import pytest

from benchmarking.publish.reports import NoRelease, band, published_content, read_report, report_folder, write_report
from benchmarking.tables import TABLES
from web.content_fixture import YEAR, display
from web.web_help import axe_violations, markup_faults, opened

OWN, OTHER = "A-0001", "A-0002"
MEASURE = "development_budget_gbp_per_marketer"
CONTRIBUTIONS = [
    (YEAR, MEASURE, OWN, OWN, "", 4000.0, 8.0, 8, Decimal(1)),
    (YEAR, MEASURE, OTHER, OTHER, "", 99887.0, 1.0, 1, Decimal(1)),
    (YEAR, "budget_decider", OWN, OWN, "told_where_to_spend", 1.0, 1.0, None, Decimal(1)),
]
SPELLS = [
    (YEAR, "tenure_months", OWN, OWN, row, entry, exit_, ended, "middle", Decimal(1))
    for row, (entry, exit_, ended) in enumerate(
        [(0.0, 5.0, True), (0.0, 12.0, False), (3.0, 10.0, True), (20.0, 32.0, False), (6.0, 18.0, False)], 1
    )
]
PARKED = [
    (
        "s1",
        "budget",
        YEAR,
        OWN,
        0,
        "budget_spend_range",
        "query",
        "development_spend_gbp",
        "90000",
        "Twice the budget.",
    ),
    ("s2", "budget", YEAR, OTHER, 0, "budget_x", "fail", "all_staff_count", "31415", "Of another agency."),
]
SENTENCE = "Development budget per marketer, 2026: the best that anyone could infer lies between 900 and 30,000."
CERTIFICATE = [
    {"survey_year": YEAR, "measure": MEASURE, "family": "sum", "lower": 900.0, "upper": 3e4, "sentence": SENTENCE},
    {"survey_year": YEAR, "measure": "budget_decider", "family": "share", "lower": 0.0, "upper": 1.0, "sentence": ""},
    {"survey_year": YEAR, "measure": "shared_goals", "family": "share", "lower": 1.0, "upper": 1.0, "sentence": ""},
]


def shown(measure, statistic, value):
    return display(value, "percent" if statistic.startswith("still_there") else measure.format)


@pytest.fixture
def connection():
    found = duckdb.connect()
    for schema in ("staging", "benchmark"):
        found.execute(f"CREATE SCHEMA {schema}")
    for name in ("benchmark.contribution", "benchmark.spell", "staging.parked", "staging.verdict"):
        empty = TABLES[name].schema.empty_table()
        found.register("empty_table", empty)
        found.execute(f"CREATE TABLE {name} AS SELECT * FROM empty_table")
    found.executemany("INSERT INTO benchmark.contribution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", CONTRIBUTIONS)
    found.executemany("INSERT INTO benchmark.spell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", SPELLS)
    found.executemany("INSERT INTO staging.parked VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", PARKED)
    for submission, agency in (("s1", OWN), ("s2", OTHER)):
        found.execute(
            "INSERT INTO staging.verdict BY NAME SELECT ? AS submission_id, 'budget' AS survey, ? AS survey_year,"
            " ? AS agency_id, true AS is_current",
            [submission, YEAR, agency],
        )
    found.execute(
        f"CREATE TABLE staging.agency AS SELECT {YEAR} AS survey_year, '{OWN}' AS agency_id, 'micro' AS size_band,"
        " 'technology' AS sector, 'london' AS region, 'independent' AS ownership"
    )
    yield found
    found.close()


@pytest.fixture
def report(connection, content):
    return read_report(connection, content, OWN, shown, lambda agency: CERTIFICATE)


def test_ones_own_figure_stands_beside_a_band_for_each_group(report, content):
    line = next(line for line in report.lines if line.title == "Development budget per marketer")
    assert line.own == "£500"
    assert report.groups == (
        "All agencies", "Micro (1 to 9 staff)", "Technology", "London", "Independent"
    )  # fmt: skip
    assert all(text.split()[0] in ("P10", "P25", "P50", "P75", "at", "above", "below", "not") for text in line.bands)


BANDS = {
    "below-all": (10.0, "below P10: £20"),
    "between": (50.0, "P10 to P50: £20 to £60"),
    "at": (60.0, "at P50: £60"),
    "above-all": (70.0, "above P50: £60"),
}


@pytest.mark.parametrize(("value", "said"), BANDS.values(), ids=BANDS)
def test_a_band_names_the_published_marks_around_a_figure(content, value, said):
    from dataclasses import replace

    cell = content.cells[0]
    marks = {"p10": replace(cell, value=20.0, display="£20"), "p50": replace(cell, value=60.0, display="£60")}
    assert band(marks, value) == said


def test_a_band_among_hidden_cells_is_not_shown(content):
    hidden = next(cell for cell in content.cells if cell.is_hidden)
    assert band({"p50": hidden}, 10.0) == "not shown"


def test_ones_own_curve_has_delayed_entry(report):
    # At 5 months three of five are at risk (entry before 5), one leaves; at 10 months three are, one leaves: 2/3 x 2/3.
    after_12 = next(row for row in report.tenure if row[1] == "Still there after 12 months")
    assert after_12[2] == "44.4%"


def test_a_curve_of_fewer_than_five_people_is_not_drawn(connection, content):
    connection.execute("DELETE FROM benchmark.spell WHERE row_number = 5")
    report = read_report(connection, content, OWN, shown, lambda agency: [])
    assert report.charts == () and report.tenure == ()


def test_what_was_found_is_ones_own_only(report):
    assert [row[1:4] for row in report.found] == [("development_spend_gbp", "90000", "Twice the budget.")]


def test_the_certificate_says_whether_an_answer_can_be_known(report):
    assert report.certificate == (
        SENTENCE,
        "Who decides how the marketing budget is spent, 2026: your answer stays open after everything published.",
        "Marketing and sales work to shared goals, 2026: your answer can be known from everything published.",
    )


def test_a_report_holds_no_other_agency_and_no_hidden_figure(report, content, tmp_path):
    page, pages = write_report(content, report, tmp_path)
    said = page.read_text("utf-8") + "".join(part.extract_text() for part in pypdf.PdfReader(pages).pages)
    for secret in (OTHER, "99887", "99,887", "31415", "Of another agency"):
        assert secret not in said
    assert OWN in said and "£500" in said and SENTENCE in page.read_text("utf-8")
    assert content.programme.notice in page.read_text("utf-8")


def test_the_pdf_is_tagged_and_says_its_language(report, content, tmp_path):
    _, pages = write_report(content, report, tmp_path)
    catalogue = pypdf.PdfReader(pages).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"] and catalogue["/Lang"] == "en-GB"


def test_a_report_is_for_its_owner_eyes(report, content, tmp_path):
    assert {path.stat().st_mode & 0o777 for path in write_report(content, report, tmp_path)} == {0o600}


ODD_IDS = {"path": "../../etc/passwd", "slash": "a/b", "dot": ".hidden", "empty": ""}


@pytest.mark.parametrize("agency_id", ODD_IDS.values(), ids=ODD_IDS)
def test_an_odd_id_never_leaves_the_reports_folder(warehouse, agency_id):
    folder = report_folder(warehouse, "2026.1.0", agency_id)
    assert folder.parent == warehouse.folder("reports") / "2026.1.0" and len(folder.name) == 24


def test_without_a_release_there_is_no_report(warehouse):
    with pytest.raises(NoRelease, match="no release of 2026 stands"):
        published_content(warehouse, 2026)


@pytest.mark.slow
@pytest.mark.web
@pytest.mark.parametrize("mode", ["desktop", "phone", "dark", "print"])
def test_the_report_is_accessible(report, content, browser, node_modules, tmp_path, pictures, mode):
    page_file, _ = write_report(content, report, tmp_path)
    assert markup_faults([page_file], node_modules) == []
    with opened(browser, page_file.as_uri(), mode) as page:
        assert axe_violations(page, node_modules) == []
        page.screenshot(path=pictures / f"report-{mode}.png", full_page=True)
