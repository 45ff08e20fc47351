"""Every rule is proven: a clean submission keeps all of them, and each has a mutant that breaks it and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from mutants import Mutant, clean_answers, mutant_of, roster_of
from raw_answers import Post, clean

from benchmarking.catalog import Programme, load_programme
from benchmarking.settings import ROOT, load_settings
from benchmarking.validate import validate
from benchmarking.validate.rules import checks_of, units_of
from benchmarking.validate.suites import stale_suites
from benchmarking.warehouse import Warehouse

PROGRAMMES = {
    "recruitment_marketing": (ROOT, 2026),
    "gender_pay_gap": (ROOT / "examples" / "gender_pay_gap", 2019),
}
CLEAN_AGENCIES = 40
MARCH = date(2026, 3, 1)
Case = tuple[str, str, str]


def cases() -> list[Case]:
    """Give (programme, unit, rule_id) of every rule of both programmes."""
    return [
        (name, unit, check.rule_id)
        for name, (folder, _) in PROGRAMMES.items()
        for unit, checks in checks_of(load_programme(folder)).items()
        for check in checks
    ]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Warehouse]:
    """All clean and mutated submissions of each programme, validated once."""
    return {
        name: _built(_without_dollars(load_programme(folder)), year, tmp_path_factory.mktemp(name))
        for name, (folder, year) in PROGRAMMES.items()
    }


@pytest.fixture(scope="session")
def broken(built: dict[str, Warehouse]) -> dict[str, dict[str, set[str]]]:
    """The broken rules by programme and agency."""
    found: dict[str, dict[str, set[str]]] = {}
    for name, warehouse in built.items():
        found[name] = {f"clean-{number:02}": set() for number in range(CLEAN_AGENCIES)}
        for agency, rule_id in warehouse.connect().sql("SELECT agency_id, rule_id FROM staging.parked").fetchall():
            found[name].setdefault(agency, set()).add(rule_id)
    return found


def _built(programme: Programme, year: int, data: Path) -> Warehouse:
    warehouse = Warehouse(load_settings({"BENCHMARKING_DATA": str(data)}), programme)
    post = Post(warehouse)
    for survey in programme.surveys.values():
        for number in range(CLEAN_AGENCIES):
            # Growth from -10 % to +10 % around none, so that the middle of the ratios is 1.
            grown = 0.9 + 0.2 * number / (CLEAN_AGENCIES - 1)
            for when, scale in ((year - 1, 0.8 + number / 100), (year, (0.8 + number / 100) * grown)):
                answers = {**clean(survey.name, when, scale), **_people(survey.name, number, when == year)}
                post.submit(survey.name, when, f"clean-{number:02}", answers, roster_of(survey, Mutant()))
    for unit in units_of(programme):
        for check in checks_of(programme)[unit.name]:
            mutant = mutant_of(unit, check)
            if mutant is not None:
                _submit(post, unit.survey, year, check.rule_id, mutant)
    post.deliver()
    validate(warehouse, year)
    return warehouse


def _without_dollars(programme: Programme) -> Programme:
    """Take one month's rate of the dollar out, so that there are answers whose rate is not known."""
    lacking = {
        name: replace(
            one, rows=tuple(row for row in one.rows if row.get("currency_code") != "USD" or row["month_date"] != MARCH)
        )
        for name, one in programme.inputs.items()
    }
    return replace(programme, inputs=lacking)


def _people(survey: str, number: int, is_now: bool) -> dict[str, str]:
    """Vary the counts of the clean agencies a little, rules kept."""
    staff = 50 + number // 2 + (number % 5 - 2 if is_now else 0)
    closing = 5 + number % 3
    if survey == "budget":
        return {"all_staff_count": str(staff)}
    if survey == "attrition" and is_now:
        return {"headcount_closing_count": str(closing), "joiners_count": str(closing - 3)}
    return {}


def _submit(post: Post, survey, year: int, rule_id: str, mutant: Mutant) -> None:
    answers = {name: text.replace("2026-", f"{year}-") for name, text in clean_answers(survey).items()}
    post.submit(survey.name, year, rule_id, {**answers, **mutant.answers}, roster_of(survey, mutant))
    if mutant.last is not None:
        post.submit(survey.name, year - 1, rule_id, {**clean(survey.name, year - 1), **mutant.last})


@pytest.mark.parametrize("name", PROGRAMMES)
def test_clean_submissions_keep_every_rule(broken, name):
    assert {agency: rules for agency, rules in broken[name].items() if agency.startswith("clean-") and rules} == {}


@pytest.mark.parametrize(("name", "unit", "rule_id"), [pytest.param(*case, id=case[2]) for case in cases()])
def test_the_mutant_of_a_rule_breaks_it_and_nothing_else(broken, name, unit, rule_id):
    assert broken[name].get(rule_id, set()) == {rule_id}


def test_the_rule_about_rates_knows_every_currency_of_the_form():
    programme = load_programme(ROOT)
    (rule,) = (rule for rule in programme.rules if rule.rule_id == "budget_rate_is_known")
    others = set(programme.survey("budget").question("currency").choices) - {programme.currency}
    assert others and all(f"'{currency}'" in rule.holds for currency in others)


@pytest.mark.parametrize("name", PROGRAMMES)
def test_great_expectations_counts_the_parked_rows_of_every_rule(built, name):
    warehouse, year = built[name], PROGRAMMES[name][1]
    record = json.loads((warehouse.folder("validation") / str(year) / "latest.json").read_text("utf-8"))
    results = {entry["rule_id"]: entry["result"] for table in record for entry in table["results"]}
    counted = {rule: int(found.get("unexpected_count", found.get("observed_value"))) for rule, found in results.items()}
    parked = "SELECT rule_id, count(*) FROM staging.parked GROUP BY rule_id"
    assert counted == dict(warehouse.connect().sql(parked).fetchall())
    assert set(counted) == {rule_id for programme, _, rule_id in cases() if programme == name}
    assert min(counted.values()) >= 1


@pytest.mark.parametrize("name", PROGRAMMES)
def test_the_committed_suites_say_what_the_rules_say(name):
    assert stale_suites(load_programme(PROGRAMMES[name][0])) == []
