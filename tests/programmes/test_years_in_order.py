"""The made-up season released year after year: every audit holds, and each agency's private report is its own."""

import hashlib
import json

import pytest

import generate
from benchmarking import pipeline
from benchmarking.catalog import load_programme
from benchmarking.protect import ReportRefused, audit_release
from benchmarking.protect.rounding import display, shape_of
from benchmarking.settings import ROOT, load_settings
from benchmarking.warehouse import Warehouse
from programmes.report_scan import numbers, scan
from programmes.season import drop

pytestmark = pytest.mark.slow
NEWEST = "2026.1.0"
# Answered, but so that intake could not read it: they stand behind no figure, and are told what to put right.
UNREAD = ("A9001", "A9002")


@pytest.fixture(scope="module")
def audits():
    return {}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory, audits):
    data = tmp_path_factory.mktemp("season")
    settings = load_settings({"BENCHMARKING_DATA": str(data), "BENCHMARKING_NOW": "2026-11-20T09:00:00+00:00"})
    warehouse = Warehouse(settings, load_programme(ROOT))
    drop(generate.generate().files, data / "inbox" / "recruitment_marketing")
    pipeline.collect(warehouse)
    for year in generate.YEARS:
        pipeline.validate(warehouse, year)
        pipeline.aggregate(warehouse, year)
    for year in generate.YEARS:
        pipeline.protect(warehouse, year)
        audits[year] = pipeline.audit(warehouse, year)
        pipeline.publish(warehouse, year, "A. Organiser", "test")
    return warehouse


@pytest.fixture(scope="module")
def reports(warehouse):
    """Every report of the newest release, by agency."""
    made = pipeline.agency_reports(warehouse, 2026)
    assert (made["reports"], made["made"]) == (162, 162)
    return {path.name: scan(path) for path in sorted((warehouse.folder("reports") / NEWEST).iterdir())}


@pytest.fixture(scope="module")
def answers(warehouse):
    """Every agency's texts as they came, and its displayed figures of this year and the last."""
    connection = warehouse.connect()
    found = {}
    for agency, text in connection.execute(
        "SELECT agency_id, raw_text FROM raw.answer WHERE agency_id IS NOT NULL AND raw_text <> ''"
    ).fetchall():
        found.setdefault(agency, set()).add(text)
    for agency, name, numerator, denominator in connection.execute(
        "SELECT agency_id, measure, numerator, denominator FROM benchmark.contribution WHERE denominator > 0"
    ).fetchall():
        shape = shape_of(warehouse.programme.measures[name], "p50")
        found.setdefault(agency, set()).add(display(numerator / denominator, shape))
    return found


def test_each_year_holds_and_protecting_it_again_changes_nothing(warehouse, audits):
    assert {year: audit["reason"] for year, audit in audits.items() if not audit["holds"]} == {}
    before = _published(warehouse)
    for year in generate.YEARS:
        pipeline.protect(warehouse, year)
        assert audit_release(warehouse, f"{year}.1.0")["holds"]
    assert _published(warehouse) == before


def _published(warehouse):
    connection = warehouse.connect()
    return [
        connection.execute(f"SELECT * FROM published.{name} ORDER BY ALL").fetchall() for name in ("cell", "change")
    ]


def test_everybody_who_answered_has_a_report_and_the_ledger_an_entry(warehouse, reports):
    connection = warehouse.connect()
    entered = connection.execute("SELECT agency_id, figures FROM ledger.report WHERE release = ?", [NEWEST]).fetchall()
    assert {agency for agency, _ in entered} == reports.keys() and len(entered) == 162
    shown = connection.execute(
        "SELECT agency_id, count(*) FROM ledger.report_figure WHERE release = ? GROUP BY agency_id", [NEWEST]
    ).fetchall()
    assert dict(shown) == {agency: count for agency, count in entered if count}
    assert sum(count for _, count in entered) > 10_000


def test_making_them_again_changes_nothing_and_says_so(warehouse, reports):
    before = _checksums(warehouse)
    again = pipeline.agency_reports(warehouse, 2026)
    assert again["made"] == 0 and "nothing new; all 162 private reports stand" in again["message"]
    assert _checksums(warehouse) == before


def test_a_lost_report_is_made_again_to_the_same_bytes(warehouse, reports):
    before = _checksums(warehouse)
    for name in ("report.html", "report.pdf"):
        (warehouse.folder("reports") / NEWEST / "A0034" / name).unlink()
    assert pipeline.agency_reports(warehouse, 2026, ["A0034"])["made"] == 1
    assert _checksums(warehouse) == before


def _checksums(warehouse):
    top = warehouse.folder("reports") / NEWEST
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(top.rglob("report.*"))}


def test_every_figure_of_others_in_any_report_is_one_of_the_release(warehouse, reports):
    cells = warehouse.connect().execute(
        "SELECT measure, category, peer_group, peer_value, statistic, display FROM published.cell "
        "WHERE survey_year = 2026 AND value IS NOT NULL"
    )
    released = {("|".join(row[:5]), row[5]) for row in cells.fetchall()}
    assert {agency: found.told - released for agency, found in reports.items() if found.told - released} == {}
    assert min(len(found.told) for agency, found in reports.items() if agency not in UNREAD) > 10


def test_no_report_names_another_agency(warehouse, reports):
    rows = warehouse.connect().execute(
        "SELECT agency_id, holding_id FROM staging.agency UNION SELECT agency_id, '' FROM raw.submission "
        "WHERE agency_id IS NOT NULL"
    )
    names = {name for row in rows.fetchall() for name in row if name}
    assert len(names) > 300
    assert {agency: found.words & names - {agency} for agency, found in reports.items()} == {a: set() for a in reports}


def test_no_report_quotes_another_agencys_own_words(warehouse, reports):
    spoken = {}
    for path in warehouse.folder("private").rglob("*.jsonl"):
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
        spoken |= {line["raw_text"].strip(): line["agency_id"] for line in lines if len(line["raw_text"].strip()) > 8}
    assert len(spoken) > 100
    found = {
        (agency, text)
        for agency, report in reports.items()
        for text, whose in spoken.items()
        if whose != agency and (text in report.text or text in report.pages)
    }
    assert found == set()


def test_every_number_of_a_report_is_the_releases_or_its_owners(warehouse, reports, answers):
    """Whatever is left of a page's numbers once the release's figures are out is its owner's or in everybody's page."""
    connection = warehouse.connect()
    # P10 to P90, and the months below a curve.
    same = {"10", "25", "50", "75", "90", "100", "36", "42", "48", "54", "60"}
    same |= set.intersection(*(numbers(found.text) for found in reports.values()))
    counts = dict(
        connection.execute("SELECT agency_id, figures FROM ledger.report WHERE release = ?", [NEWEST]).fetchall()
    )
    asked = {}
    for agency, text in connection.execute(
        "SELECT agency_id, concat_ws(' ', values_seen, message) FROM staging.parked WHERE survey_year = 2026"
    ).fetchall():
        asked.setdefault(agency, []).append(text)
    programme = warehouse.programme
    public = [label for group in programme.peer_labels.values() for label in group["values"].values()]
    public += [f"{rule.message} {rule.because}" for rule in programme.rules] + [str(day) for day in range(1, 32)]
    public += [question.wording for survey in programme.surveys.values() for question in survey.all_questions]
    known = same | numbers(" ".join(public))
    strange = {}
    for agency, found in reports.items():
        own = numbers(" ".join([*answers.get(agency, ()), *asked.get(agency, ()), agency, str(counts[agency])]))
        left = numbers(found.text) - known - own
        told = numbers(" ".join(text for _, text in found.told))
        in_pdf = numbers(found.pages) - numbers(found.text) - numbers(found.computed) - told - known
        strange |= {agency: (left, in_pdf)} if left or in_pdf else {}
    assert strange == {}


TAMPERED = {
    "page": ("report.html", lambda data: data.replace(b"</main>", b"<p>A0007 has 4,711</p></main>")),
    "pdf": ("report.pdf", lambda data: data + b"\n"),
}


@pytest.mark.parametrize(("name", "change"), TAMPERED.values(), ids=TAMPERED)
def test_a_report_that_was_changed_is_refused(warehouse, reports, name, change):
    path = warehouse.folder("reports") / NEWEST / "A0012" / name
    sound = path.read_bytes()
    path.write_bytes(change(sound))
    try:
        for attempt in (lambda: audit_release(warehouse, NEWEST), lambda: pipeline.agency_reports(warehouse, 2026)):
            with pytest.raises(ReportRefused, match=r"A0012/report\.\w+: it is not as it was recorded"):
                attempt()
    finally:
        path.write_bytes(sound)
    assert audit_release(warehouse, NEWEST)["private_reports"] == 162


def test_a_report_that_nobody_recorded_is_refused(warehouse, reports):
    folder = warehouse.folder("reports") / NEWEST / "A0999"
    folder.mkdir()
    try:
        with pytest.raises(ReportRefused, match="A0999: it is not in the ledger"):
            audit_release(warehouse, NEWEST)
    finally:
        folder.rmdir()
