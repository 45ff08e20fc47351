"""Three years of releases with late, corrected and withdrawn agencies, and every agency's private report of them."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from attack.disclosure_attack import attack
from attack.disclosure_reading import KEYS, Issue, attackable, pooled, told_by_reports
from benchmarking import pipeline
from benchmarking.protect import audit_release
from benchmarking.tables import TABLES
from disclosure_world import fill, make_agencies, make_warehouse

pytestmark = pytest.mark.slow

YEARS = (2024, 2025, 2026)
# Of 160 agencies, by their position: who comes late in a year, who corrects and who withdraws after 2026.1.0.
LATE = {2024: range(30, 38), 2025: range(36, 44), 2026: range(40, 48)}
CORRECTED, WITHDRAWN = 101, 100


def answers_of(year):
    """Give a year's 160 agencies: budgets grow by a tenth a year, and not by the same in every agency."""
    found = make_agencies(160, 3)
    return [replace(a, budget=round(a.budget * (1 + (year - 2024) * (5 + i % 11) / 100))) for i, a in enumerate(found)]


def without(agencies, positions):
    return [agency for i, agency in enumerate(agencies) if i not in positions]


def after_the_release(year, agencies):
    """Give who has taken part once the late ones are in; in 2026 one answer is corrected and one withdrawn besides."""
    if year != 2026:
        return agencies
    fixed = [replace(a, budget=2 * a.budget) if i == CORRECTED else a for i, a in enumerate(agencies)]
    return without(fixed, {WITHDRAWN})


def changes(year, members, before):
    groups = {("all", "all"), *(("size", a.size) for a in members)}
    figures = (("budget", "", "pooled"), ("budget", "", "p50"), ("decider", "own", "share"))
    ends = {"value": 0.1, "lower": 0.05, "upper": 0.15}
    names = ("measure", "category", "statistic")
    return [
        {
            "survey_year": year, "peer_group": group, "peer_value": value, "basis": "matched", **ends,
            **dict(zip(names, figure, strict=True)), "contributors": sum(a.agency_id in before for a in members),
        }
        for group, value in sorted(groups)
        for figure in figures
    ]  # fmt: skip


def issue(warehouse, year, members, before):
    fill(warehouse, year, members)
    rows = changes(year, members, {a.agency_id for a in before}) if before else []
    warehouse.replace_year(
        "benchmark.change", year, pa.Table.from_pylist(rows, schema=TABLES["benchmark.change"].schema)
    )
    pipeline.protect(warehouse, year)
    published = pipeline.publish(warehouse, year, "A. Organiser", "test")
    assert published["is_new"], published["message"]
    return Issue(warehouse.folder("releases") / published["version"], year, members)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    return make_warehouse(tmp_path_factory.mktemp("years"))


@pytest.fixture(scope="module")
def issues(warehouse):
    found = []
    for year in YEARS:
        agencies = answers_of(year)
        before = found[-1].members if found else []
        found.append(issue(warehouse, year, without(agencies, set(LATE[year])), before))
        if year == 2026:
            pipeline.agency_reports(warehouse, year)
        found.append(issue(warehouse, year, after_the_release(year, agencies), before))
        pipeline.agency_reports(warehouse, year)
    return found


def test_six_releases_stand_and_each_newest_one_has_every_members_report(warehouse, issues):
    assert [one.folder.name for one in issues] == [f"{year}.1.{revision}" for year in YEARS for revision in (0, 1)]
    reports = warehouse.folder("reports")
    for one in [*issues[1::2], issues[4]]:
        there = {path.name for path in (reports / one.folder.name).iterdir()}
        assert there == {member.agency_id for member in one.members}
    assert len(issues[1].members) == 160


def test_every_audit_holds_with_the_reports_in_the_ledger(warehouse, issues):
    for one in issues:
        assert audit_release(warehouse, one.folder.name)["holds"]
    found = audit_release(warehouse, "2026.1.1")
    assert (found["releases_known"], found["private_reports"]) == (6, 160 + 160 + 152 + 159)


def test_the_quality_report_says_what_was_held_back_and_why(issues):
    quality = json.loads((issues[-1].folder / "quality_report.json").read_text("utf-8"))["quality"]
    held = quality["restatements_held_back"]
    audit = json.loads((issues[-1].folder / "disclosure_audit.json").read_text("utf-8"))["audit"]
    assert sum(row["figure_count"] for row in held) == len(audit["restatements_held_back"]) > 0
    assert all(row["cut"] and row["statistics"] and row["why"] for row in held)
    assert any("would give" in row["why"] or "fewer than 5 contributors" in row["why"] for row in held)
    page = (issues[-1].folder / "pages" / "quality.html").read_text("utf-8")
    assert held[0]["why"] in page and "Restatements held back" in page
    assert held[0]["why"] in (issues[-1].folder / "quality_report.html").read_text("utf-8")


def test_a_figure_held_back_reads_as_in_the_release_before(issues):
    before, now = ({tuple(row[name] for name in KEYS): row["display"] for row in one.rows()} for one in issues[-2:])
    held = issues[-1].held_back()
    restated = {key for key in now if now[key] != before.get(key)}
    assert held and restated and not held & restated
    assert all(not now[key].startswith("[") for key in held)


def test_no_report_tells_more_of_others_than_its_release(warehouse, issues):
    reports = warehouse.folder("reports")
    for one in [*issues[1::2], issues[4]]:
        assert told_by_reports(reports / one.folder.name, one) == []


def test_everything_released_and_every_report_give_nobody_away(issues):
    learned = {}
    for name, public, truth, told in attackable(issues):
        assert len(public.sums) > 3, name
        loot = attack(public, truth, told)
        learned |= {(name, way): found for way, found in vars(loot).items() if found}
    assert learned == {}


def test_two_agencies_that_pool_their_reports_learn_nobody_elses_figure(issues):
    learned = {name: found for name, public, _, _ in attackable(issues) if (found := pooled(public))}
    assert learned == {}


def test_the_attack_would_find_a_report_that_tells_one_sum_more(issues):
    name, public, truth, told = next(attackable(issues))
    leak = public.sums[public.sums.sum(axis=1).argmax()].copy()
    leak[leak.nonzero()[0][0]] = 0.0
    public.sums = np.vstack([public.sums, leak])
    public.totals = public.sums @ truth
    assert attack(public, truth, told).eliminated, name
