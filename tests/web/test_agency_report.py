"""A contributor's private report: its own figures, bands among published ones, what was found, its certificate."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pypdf
import pytest

from benchmarking.publish.reports import NoRelease, folder_name, open_edition
from benchmarking.publish.reports_read import read_reports
from benchmarking.publish.reports_say import Told, place_of
from benchmarking.publish.reports_worker import PAGE, PAGES, Writer
from benchmarking.tables import TABLES
from web.content_fixture import YEAR, display
from web.web_help import axe_violations, markup_faults, opened

OWN, OTHER = "A-0001", "A-0002"
MEASURE = "development_budget_gbp_per_marketer"
CONTRIBUTIONS = [
    (YEAR, MEASURE, OWN, OWN, "", 4000.0, 8.0, 8, Decimal(1)),
    (YEAR - 1, MEASURE, OWN, OWN, "", 3200.0, 8.0, 8, Decimal(1)),
    (YEAR, MEASURE, OTHER, OTHER, "", 99887.0, 1.0, 1, Decimal(1)),
    (YEAR, "budget_decider", OWN, OWN, "told_where_to_spend", 1.0, 1.0, None, Decimal(1)),
]
SPELLS = [
    (YEAR, "tenure_months", OWN, OWN, row, entry, exit_, ended, "middle", Decimal(1))
    for row, (entry, exit_, ended) in enumerate(
        [(0.0, 5.0, True), (0.0, 12.0, False), (3.0, 10.0, True), (20.0, 32.0, False), (6.0, 18.0, False)], 1
    )
] + [(YEAR, "tenure_months", OTHER, OTHER, row, 0.0, 77.0, True, "middle", Decimal(1)) for row in range(1, 7)]
# Whose, survey, which submission, when it came, verdict, whether it stands.
SENT = [
    (OWN, "budget", "s1", 3, "accepted", True),
    (OWN, "attrition", "old", 1, "parked", False),
    (OWN, "attrition", "s2", 2, "accepted", True),
    (OWN, "attrition", "s3", 4, "parked", False),
    (OTHER, "budget", "s4", 3, "accepted", True),
]
PARKED = [
    ("s1", "budget", OWN, "budget_spend_within_budget", "query", "development_spend_gbp",
     "development_spend_gbp = 90000.00", "development_spend_gbp is twice the budget."),
    ("old", "attrition", OWN, "attrition_old", "fail", "joiners_count", "joiners_count = 5", "Put right since."),
    ("s3", "attrition", OWN, "answer.number", "fail", "", "", "joiners_count: It is not a plain number: a few."),
    ("s3", "attrition", OWN, "attrition.joiners_count.type", "fail", "joiners_count", "joiners_count = a few",
     "joiners_count cannot be read as a count."),
    ("s4", "budget", OTHER, "budget_x", "fail", "all_staff_count", "all_staff_count = 31415", "Of another agency."),
]  # fmt: skip
CERTIFICATE = [
    {"measure": MEASURE, "family": "sum", "figure": 4000.0, "lower": 911.0, "upper": 31_990.0},
    {"measure": "budget_decider", "family": "share", "figure": 0.0, "lower": 0.0, "upper": 1.0},
    {"measure": "shared_goals", "family": "share", "figure": 1.0, "lower": 1.0, "upper": 1.0},
]


def shown(measure, statistic, value):
    return display(value, "percent" if statistic.startswith("still_there") else measure.format)


@pytest.fixture
def connection():
    found = duckdb.connect()
    for schema in ("raw", "staging", "benchmark"):
        found.execute(f"CREATE SCHEMA {schema}")
    tables = ("raw.submission", "benchmark.contribution", "benchmark.spell", "staging.parked", "staging.verdict")
    for name in tables:
        empty = TABLES[name].schema.empty_table()
        found.register("empty_table", empty)
        found.execute(f"CREATE TABLE {name} AS SELECT * FROM empty_table")
    found.executemany("INSERT INTO benchmark.contribution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", CONTRIBUTIONS)
    found.executemany("INSERT INTO benchmark.spell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", SPELLS)
    for agency, survey, submission, day, verdict, is_current in SENT:
        found.execute(
            "INSERT INTO staging.verdict BY NAME SELECT ? AS submission_id, ? AS survey, ? AS survey_year,"
            " ? AS agency_id, ? AS verdict, ? AS is_current",
            [submission, survey, YEAR, agency, verdict, is_current],
        )
        found.execute(
            "INSERT INTO raw.submission BY NAME SELECT ? AS submission_id, ? AS received_at",
            [submission, datetime(YEAR, 9, day, tzinfo=UTC)],
        )
    for submission, survey, agency, rule, severity, fields, seen, message in PARKED:
        found.execute(
            "INSERT INTO staging.parked BY NAME SELECT ? AS submission_id, ? AS survey, ? AS survey_year,"
            " ? AS agency_id, 0 AS roster_row, ? AS rule_id, ? AS severity, ? AS fields, ? AS values_seen,"
            " ? AS message",
            [submission, survey, YEAR, agency, rule, severity, fields, seen, message],
        )
    found.execute(
        f"CREATE TABLE staging.agency AS SELECT {YEAR} AS survey_year, '{OWN}' AS agency_id, 'micro' AS size_band,"
        " 'technology' AS sector, 'london' AS region, 'independent' AS ownership"
    )
    yield found
    found.close()


def read(connection, content, certificate=CERTIFICATE):
    return next(read_reports(connection, content, shown, {OWN: certificate}, [OWN]))


@pytest.fixture
def report(connection, content):
    return read(connection, content)


@pytest.fixture
def files(report, content, tmp_path):
    Writer(content).write(report, tmp_path / "own")
    return tmp_path / "own" / PAGE, tmp_path / "own" / PAGES


def test_ones_own_figure_stands_beside_last_years_and_a_band_for_each_group(report):
    line = next(line for line in report.lines if line.measure == MEASURE)
    assert (line.own, line.last) == ("£500", "£400")
    assert report.groups == (
        "All agencies", "Micro (1 to 9 staff)", "Technology", "London", "Independent"
    )  # fmt: skip
    assert [place.group for place in line.places] == list(report.groups)


BANDS = {
    "below-all": (10.0, "£10", "lowest tenth", "P10 £20"),
    "between": (50.0, "£50", "lower half", "P10 £20 to median £60"),
    "reads-as-a-mark": (58.0, "£60", "at median", "median £60"),
    "above-all": (70.0, "£70", "upper half", "median £60"),
}


@pytest.mark.parametrize(("value", "own", "words", "ends"), BANDS.values(), ids=BANDS)
def test_a_band_names_the_published_marks_around_a_figure(content, value, own, words, ends):
    cell = content.cells[0]
    marks = {"p10": replace(cell, value=20.0, display="£20"), "p50": replace(cell, value=60.0, display="£60")}
    place = place_of("Small", marks, value, own)
    assert (place.group, place.words, place.text) == ("Small", words, ends)


def test_marks_that_read_alike_are_named_together(content):
    zero = replace(content.cells[0], value=0.0, display="0.0%")
    place = place_of("Small", {"p10": zero, "p25": zero, "p50": replace(zero, value=0.3, display="30.0%")}, 0.0, "0.0%")
    assert place.words == "at P10 to lower quartile"


def test_a_band_among_hidden_cells_is_not_shown(content):
    hidden = next(cell for cell in content.cells if cell.is_hidden)
    assert place_of("Small", {"p50": hidden}, 10.0, "£10").words == "not shown"


def test_ones_own_curve_has_delayed_entry(report):
    # At 5 months three of five are at risk (entry before 5), one leaves; at 10 months three are, one leaves: 2/3 x 2/3.
    after_12 = next(row for row in report.staying if row.label == "Still there after 12 months")
    assert after_12.own == "44.4%"


def test_ones_own_curve_stands_beside_everybodys_with_the_sector_as_dots(report):
    chart = report.charts[0]
    assert [label for label, _ in chart.lines] == ["Your marketers", "All agencies"]
    assert [label for label, _ in chart.dots] == ["Micro (1 to 9 staff)", "Technology"]
    assert [month for month, _ in chart.dots[1][1]] == [12, 18, 24, 36]
    assert chart.drawing.count('<circle class="pt s4"') == 4


def test_a_curve_of_fewer_than_five_people_is_not_drawn(connection, content):
    connection.execute("DELETE FROM benchmark.spell WHERE row_number = 5")
    report = read(connection, content)
    assert report.charts == () and report.staying == ()


def test_what_was_sent_and_what_became_of_it(report):
    assert report.received == (
        ("Marketing budget and development", "accepted", f"3 September {YEAR}"),
        ("Marketers who came, stayed and left", "accepted", f"2 September {YEAR}"),
        ("Marketers who came, stayed and left", "parked: see below", f"4 September {YEAR}"),
    )


def test_findings_are_ones_own_open_and_in_the_words_of_the_questionnaire(report):
    joiners = "“How many marketers joined during the year?”: It is not a plain number: a few."
    spend = "How much of it was spent in the year?"
    assert [(finding.severity, finding.message) for finding in report.found] == [
        ("fail", joiners), ("query", f"“{spend}” is twice the budget."),
    ]  # fmt: skip
    assert report.found[1].seen == ((spend, "90000"),)
    assert report.found[1].because.startswith("An overspend of that size is rare")
    assert report.open_questions == 2


def test_the_certificate_is_in_the_measures_unit_and_rounded_towards_ones_own_figure(report):
    assert report.certificate == (
        ("Development budget per marketer", "£500", "£120 to £3,900"),
        ("Who decides how the marketing budget is spent", "Marketing is told where to spend it",
         "nobody can tell from anything published"),
        ("Marketing and sales work to shared goals", "", "can be known from what is published"),
    )  # fmt: skip


def test_every_figure_of_others_is_a_released_one_and_named_by_its_key_on_the_page(report, content, files):
    released = {(*cell.key[1:], cell.display) for cell in content.cells if cell.value is not None}
    listed = {figure for figure in report.figures if figure[4] != "curve"}
    assert len(listed) > 20 and listed <= {Told.of(cell).figure for cell in content.cells if cell.value is not None}
    assert {figure[:4] for figure in report.figures if figure[4] == "curve"} == {("tenure_months", "", "all", "all")}
    said = re.findall(r'<data class="pub" value="([^"]*)">([^<]*)</data>', files[0].read_text("utf-8"))
    assert said and {(*key.split("|"), text) for key, text in said} <= listed
    assert released


def test_a_report_holds_no_other_agency_and_no_hidden_figure(content, files):
    page, pages = files
    said = page.read_text("utf-8") + "".join(part.extract_text() for part in pypdf.PdfReader(pages).pages)
    for secret in (OTHER, "99887", "99,887", "31415", "Of another agency", "Put right since", "77 months"):
        assert secret not in said
    assert OWN in said and "£500" in said and "£120 to £3,900" in said
    assert content.programme.notice in page.read_text("utf-8")


def test_the_pdf_is_tagged_and_says_its_language(files):
    catalogue = pypdf.PdfReader(files[1]).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"] and catalogue["/Lang"] == "en-GB"


def test_a_report_is_for_its_owners_eyes_and_the_same_each_time(report, content, files, tmp_path):
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert files[0].parent.stat().st_mode & 0o777 == 0o700
    again = Writer(content)
    assert again.write(report, tmp_path / "b") == again.write(report, tmp_path / "c")
    assert (tmp_path / "b" / PAGES).read_bytes() == files[1].read_bytes()


def test_the_page_asks_for_nothing_outside_itself(files):
    text = files[0].read_text("utf-8")
    assert "script-src 'sha256-" in text and "connect-src 'none'" in text and "<script" not in text
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', text)


ODD_IDS = {"path": "../../etc/passwd", "slash": "a/b", "dot": ".hidden", "empty": ""}


@pytest.mark.parametrize("agency_id", ODD_IDS.values(), ids=ODD_IDS)
def test_an_odd_id_never_leaves_the_reports_folder(agency_id):
    assert re.fullmatch("[0-9a-f]{24}", folder_name(agency_id))


def test_without_a_release_there_is_no_report(warehouse):
    with pytest.raises(NoRelease, match="no release of 2026 stands"):
        open_edition(warehouse, 2026)


@pytest.mark.slow
@pytest.mark.web
@pytest.mark.parametrize("mode", ["desktop", "phone", "dark", "print"])
def test_the_report_is_accessible(files, browser, node_modules, pictures, mode):
    assert markup_faults([files[0]], node_modules) == []
    with opened(browser, files[0].as_uri(), mode) as page:
        assert axe_violations(page, node_modules) == []
        page.screenshot(path=pictures / f"report-{mode}.png", full_page=True)
