"""Protection in a real warehouse: the ledger, restatements, the audit of a release, and what it refuses."""

import json
from dataclasses import replace
from itertools import product

import pyarrow as pa
import pytest

from attack.disclosure_attack import attack
from attack.disclosure_population import Release, what_is_public
from benchmarking.errors import BenchmarkingError
from benchmarking.fingerprint import fingerprint
from benchmarking.pipeline import BUILD_STEPS, audit
from benchmarking.protect import (
    audit_candidate,
    audit_release,
    certificate,
    coverage,
    protect,
    record_private_reports,
    record_release,
)
from benchmarking.protect.cells import PEOPLE
from benchmarking.protect.ledger import read_ledger
from benchmarking.tables import TABLES
from disclosure_world import (
    cell,
    cells,
    fill,
    make_agencies,
    make_warehouse,
    reasons,
    release,
    write_sums,
)

YEAR, VERSION = 2026, "2026.1.0"


@pytest.fixture
def world(tmp_path):
    warehouse = make_warehouse(tmp_path)
    fill(warehouse, YEAR, make_agencies())
    return warehouse


@pytest.fixture
def released(world):
    release(world, YEAR, VERSION)
    return world


def test_each_figure_is_rounded_and_shown_once(world):
    summary = protect(world, YEAR)
    pooled = cell(world, YEAR, "budget", "pooled")
    assert pooled["value"] % 10 == 0
    assert pooled["display"] == f"£{pooled['value']:,.0f}"
    assert (pooled["status"], pooled["contributors"]) == ("", 60)
    assert summary.cells == summary.shown + summary.hidden == len(cells(world, YEAR))


def test_few_contributors_hide_a_figure_and_everything_about_it(tmp_path):
    warehouse = make_warehouse(tmp_path)
    agencies = [replace(a, size="large" if i < 4 else "small") for i, a in enumerate(make_agencies(30))]
    fill(warehouse, YEAR, agencies)
    protect(warehouse, YEAR)
    hidden = cell(warehouse, YEAR, "budget", "p50", "size", "large")
    assert (hidden["status"], hidden["display"]) == ("[c]", "[c]")
    assert (hidden["value"], hidden["contributors"]) == (None, None)
    assert reasons(warehouse, YEAR)["budget", "p50", "size", "large"] == "contributors"


@pytest.mark.parametrize(
    ("statistic", "contributors", "is_shown"),
    [
        pytest.param("p50", 4, False, id="median-of-4"),
        pytest.param("p50", 5, True, id="median-of-5"),
        pytest.param("p25", 7, False, id="quartile-of-7"),
        pytest.param("p75", 8, True, id="quartile-of-8"),
        pytest.param("p90", 19, False, id="ninth-decile-of-19"),
        pytest.param("p10", 20, True, id="first-decile-of-20"),
    ],
)
def test_a_statistic_needs_its_number_of_contributors(tmp_path, statistic, contributors, is_shown):
    warehouse = make_warehouse(tmp_path)
    agencies = [replace(a, holding_id=a.agency_id, size="small", sector="north") for a in make_agencies(contributors)]
    fill(warehouse, YEAR, agencies)
    protect(warehouse, YEAR)
    assert (cell(warehouse, YEAR, "budget", statistic)["value"] is not None) == is_shown


def test_agencies_of_one_holding_count_once(tmp_path):
    warehouse = make_warehouse(tmp_path)
    fill(warehouse, YEAR, [replace(a, holding_id="h", size="small") for a in make_agencies(30)])
    protect(warehouse, YEAR)
    assert {row["status"] for row in cells(warehouse, YEAR)} == {"[c]"}


def test_protecting_again_changes_nothing(world):
    protect(world, YEAR)
    before = cells(world, YEAR)
    protect(world, YEAR)
    assert cells(world, YEAR) == before


def test_a_release_can_be_protected_again_after_it_is_in_the_ledger(released):
    before = cells(released, YEAR)
    protect(released, YEAR)
    assert cells(released, YEAR) == before
    assert set(reasons(released, YEAR).values()) & {"revision"} == set()


def test_a_years_own_release_makes_none_of_its_steps_due_again(world):
    before = [fingerprint(step, world, YEAR) for step in BUILD_STEPS]
    release(world, YEAR, VERSION)
    entered = world.connect().execute("SELECT * FROM ledger.cell LIMIT 1").to_arrow_table().to_pylist()
    # The half of a change that lies in the year before.
    half = [{**row, "survey_year": YEAR - 1, "basis": "matched_next"} for row in entered]
    keys = TABLES["ledger.cell"].keys
    assert world.merge_new("ledger.cell", pa.Table.from_pylist(half, schema=TABLES["ledger.cell"].schema), keys) == 1
    assert [fingerprint(step, world, YEAR) for step in BUILD_STEPS] == before
    assert fingerprint("protect", world, YEAR + 1) != before[-1]


def test_an_audit_is_recalled_while_what_it_read_is_as_it_was(released, monkeypatch):
    found = audit(released, YEAR)
    monkeypatch.setattr("benchmarking.protect.audit_candidate", lambda *_: pytest.fail("it was attacked again"))
    assert audit(released, YEAR) == found
    everyone = released.connect().execute("SELECT * FROM ledger.participation").to_arrow_table()
    released.overwrite("ledger.participation", everyone.slice(1))
    with pytest.raises(pytest.fail.Exception, match="attacked again"):
        audit(released, YEAR)


def test_what_a_release_hid_stays_hidden_until_something_behind_it_changes(tmp_path):
    strict, loose = ("disclosure: {minimum_contributors: 40, minimum_quartiles: 40}\n", "")
    agencies = [replace(a, holding_id=a.agency_id, size="large" if i < 30 else "small", sector="north")
                for i, a in enumerate(make_agencies())]  # fmt: skip
    fill(make_warehouse(tmp_path, strict), YEAR, agencies)
    release(make_warehouse(tmp_path, strict), YEAR, VERSION)
    warehouse = make_warehouse(tmp_path, loose)
    protect(warehouse, YEAR)
    assert cell(warehouse, YEAR, "budget", "p50", "size", "large")["status"] == "[c]"
    changed = [replace(a, budget=a.budget * (1.5 if a.size == "large" else 1.0)) for a in agencies]
    fill(warehouse, YEAR, changed)
    protect(warehouse, YEAR)
    assert cell(warehouse, YEAR, "budget", "p50", "size", "large")["value"] > 0
    assert cell(warehouse, YEAR, "budget", "p50", "size", "small")["status"] == "[c]"


def test_recording_a_release_twice_adds_nothing(released):
    assert record_release(released, VERSION) == 0


def test_the_audit_of_a_release_holds_from_the_ledger_alone(released):
    found = audit_release(released, VERSION)
    assert found["holds"] is True
    assert (found["agencies_exposed"], found["insider_pairs"], found["intervals_too_narrow"]) == (0, 0, 0)
    assert found["narrowest_interval"] >= released.programme.disclosure.interval_width


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda a: [*a, replace(a[-1], agency_id="late", holding_id="late", budget=9000.0)], id="late"),
        pytest.param(lambda a: a[:-1], id="withdrawn"),
        pytest.param(lambda a: [*a[:-1], replace(a[-1], budget=a[-1].budget * 1.4)], id="corrected"),
    ],
)
def test_a_restatement_that_gives_one_agency_away_is_held_back(released, change):
    before = {**cell(released, YEAR, "budget", "pooled")}
    fill(released, YEAR, change(make_agencies()))
    summary = protect(released, YEAR)
    assert cell(released, YEAR, "budget", "pooled") == before
    assert reasons(released, YEAR)["budget", "pooled", "all", "all"] == "revision"
    assert summary.held_back > 0
    audit = audit_candidate(released, YEAR)
    assert audit["holds"] is True
    assert any(row["measure"] == "budget" for row in audit["restatements_held_back"])


def test_a_restatement_held_back_stays_so_until_it_changes_again(tmp_path):
    """Not even looser rules set it free: what was decided on is in the ledger, and a second run decides the same."""
    strict, loose = ("disclosure: {minimum_contributors: 200, minimum_quartiles: 200}\n", "")
    late = [replace(a, agency_id=f"late{i}", holding_id=f"late{i}") for i, a in enumerate(make_agencies(40, 11))]
    fill(make_warehouse(tmp_path), YEAR, make_agencies())
    release(make_warehouse(tmp_path), YEAR, VERSION)
    fill(make_warehouse(tmp_path, strict), YEAR, [*make_agencies(), *late])
    release(make_warehouse(tmp_path, strict), YEAR, "2026.1.1")
    warehouse = make_warehouse(tmp_path, loose)
    before = cells(warehouse, YEAR)
    protect(warehouse, YEAR)
    assert cells(warehouse, YEAR) == before
    assert reasons(warehouse, YEAR)["budget", "pooled", "all", "all"] == "revision"
    assert cell(warehouse, YEAR, "budget", "pooled")["contributors"] == 60
    fill(warehouse, YEAR, [*make_agencies(), *late[1:]])
    protect(warehouse, YEAR)
    assert reasons(warehouse, YEAR)["budget", "pooled", "all", "all"] == ""


def test_a_restatement_with_many_late_agencies_is_published(released):
    late = [replace(a, agency_id=f"late{i}", holding_id=f"late{i}") for i, a in enumerate(make_agencies(40, 11))]
    fill(released, YEAR, [*make_agencies(), *late])
    protect(released, YEAR)
    assert reasons(released, YEAR)["budget", "pooled", "all", "all"] == ""
    assert cell(released, YEAR, "budget", "pooled")["contributors"] == 100


def test_three_years_with_late_corrected_withdrawn_agencies_and_private_reports_hold(tmp_path):
    warehouse = make_warehouse(tmp_path)
    agencies = make_agencies(160, 3)
    for year in (2024, 2025, 2026):
        changed = [replace(a, budget=round(a.budget * (1 + (year - 2024) / 10))) for a in agencies[year - 2024 :]]
        fill(warehouse, year, changed)
        assert release(warehouse, year, f"{year}.1.0")["holds"] is True
        if year == 2026:
            fixed = [replace(changed[0], budget=changed[0].budget * 2), *changed[2:]]
            fill(warehouse, year, [*fixed, replace(changed[0], agency_id="late", holding_id="late")])
            audit = release(warehouse, year, "2026.1.1")
            assert audit["restatements_held_back"]
    median = ("budget", "", "all", "all", "p50", cell(warehouse, 2026, "budget", "p50")["display"])
    entry = {"page_sha256": "1", "pages_sha256": "2", "figures": [median]}
    reports = [{**entry, "agency_id": a.agency_id, "folder": a.agency_id} for a in agencies]
    assert record_private_reports(warehouse, "2026.1.1", reports) == 160
    found = audit_release(warehouse, "2026.1.1")
    assert (found["holds"], found["releases_known"]) == (True, 4)
    assert (found["agencies_exposed"], found["insider_pairs"]) == (0, 0)
    assert learned_from_the_ledger(warehouse) == {}


def learned_from_the_ledger(warehouse) -> dict:
    """Attack everything ever released, by the attacker that shares no code with protection."""
    ledger = read_ledger(warehouse.connect())
    told = {(row.unit, row.family) for row in ledger.rows}
    loot = {}
    for year, measure in product((2024, 2025, 2026), ("budget", "decider")):
        wanted = (year, measure)
        shown = [r for r in ledger.rows if (r.unit.survey_year, r.unit.measure) == wanted and r.family != PEOPLE]
        hidden = [r for r in ledger.hidden if (r.unit.survey_year, r.unit.measure) == wanted and r.family != PEOPLE]
        hidden = [r for r in hidden if (r.unit, r.family) not in told]
        for given in what_is_public([Release(shown, hidden)]):
            loot |= {name: value for name, value in vars(attack(*given)).items() if value}
    return loot


def test_a_tampered_release_is_refused(released):
    path = released.folder("releases") / VERSION / "benchmarks.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("£", "$", 1), encoding="utf-8")
    with pytest.raises(BenchmarkingError, match=r"'benchmarks.csv' is not as it was published"):
        audit_release(released, VERSION)


def test_a_tampered_release_with_new_checksums_is_refused(released):
    folder = released.folder("releases") / VERSION
    path = folder / "benchmarks.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("£", "$", 1), encoding="utf-8")
    write_sums(folder)
    with pytest.raises(BenchmarkingError, match="1 figures differ from the ledger's"):
        audit_release(released, VERSION)


@pytest.mark.parametrize("attempt", [audit_release, lambda w, _: audit_candidate(w, YEAR)], ids=["audit", "publish"])
def test_a_missing_ledger_is_refused(released, attempt):
    for table in ("ledger.cell", "ledger.participation", "ledger.release"):
        released.overwrite(table, TABLES[table].schema.empty_table())
    with pytest.raises(BenchmarkingError, match="the ledger does not know"):
        attempt(released, VERSION)


def test_a_ledger_without_its_contributors_is_refused(released):
    released.overwrite("ledger.participation", TABLES["ledger.participation"].schema.empty_table())
    with pytest.raises(BenchmarkingError, match="ledger misses"):
        audit_release(released, VERSION)


def test_weaker_parameters_than_the_programmes_are_refused(tmp_path):
    loose = make_warehouse(tmp_path, "disclosure: {minimum_contributors: 3}\n")
    fill(loose, YEAR, make_agencies())
    release(loose, YEAR, VERSION)
    strict = make_warehouse(tmp_path, "disclosure: {minimum_contributors: 5}\n")
    with pytest.raises(BenchmarkingError, match=r"weaker parameters than the programme's: minimum_contributors"):
        audit_release(strict, VERSION)


def test_figures_protected_by_weaker_parameters_do_not_pass_the_audit_before_approval(tmp_path):
    few = [replace(a, size="large" if i < 4 else "small", holding_id=a.agency_id, budget=4000.0 + i)
           for i, a in enumerate(make_agencies(30))]  # fmt: skip
    loose = make_warehouse(tmp_path, "disclosure: {minimum_contributors: 3, dominance_share: 0.9}\n")
    fill(loose, YEAR, few)
    protect(loose, YEAR)
    audit = audit_candidate(make_warehouse(tmp_path), YEAR)
    assert audit["holds"] is False
    assert "break a primary rule" in audit["reason"]


def test_a_certificate_says_how_closely_an_agencys_figure_can_be_inferred(released):
    lines = [line for line in certificate(released, "a050") if line["measure"] == "budget"]
    assert lines
    for line in lines:
        assert line["lower"] <= line["figure"] * 0.95
        assert line["upper"] >= line["figure"] * 1.05
        assert "lies between" in line["sentence"]


def test_a_certificate_of_an_answer_says_what_all_categories_together_leave(released):
    (line,) = [line for line in certificate(released, "a050") if line["measure"] == "decider"]
    assert (line["figure"], line["upper"]) == (1.0, 1.0)
    assert line["lower"] < 0.5
    assert line["sentence"].endswith("taken together, nobody can tell what you said.")


def test_nobody_gets_a_certificate_for_an_unknown_agency(released):
    with pytest.raises(BenchmarkingError, match="nothing was published to which it contributed"):
        certificate(released, "nobody")


def test_coverage_says_how_many_more_contributors_a_figure_needs(tmp_path):
    warehouse = make_warehouse(tmp_path)
    agencies = [replace(a, size="large" if i < 3 else "small", holding_id=a.agency_id)
                for i, a in enumerate(make_agencies(30))]  # fmt: skip
    fill(warehouse, YEAR, agencies)
    protect(warehouse, YEAR)
    rows = {(r["statistic"], r["peer_group"], r["peer_value"]): r for r in coverage(warehouse, YEAR)}
    assert rows["p50", "size", "large"]["needs"] == "needs 2 more agencies in size large"
    assert rows["p90", "size", "large"]["missing_count"] == 17
    assert rows["p50", "all", "all"]["is_publishable"] is True


def test_the_audit_is_json(released):
    path = released.folder("releases") / VERSION / "disclosure_audit.json"
    audit = json.loads(path.read_text(encoding="utf-8"))["audit"]
    assert audit["parameters"]["minimum_contributors"] == 5
    assert sum(audit["hidden_by_reason"].values()) == audit["cells_hidden"]
