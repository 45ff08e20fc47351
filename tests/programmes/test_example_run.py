"""The whole made-up season through the real steps: every fault gets its verdict, every truth lies in its interval."""

from __future__ import annotations

import pytest
import yaml

import generate
from benchmarking import pipeline
from benchmarking.catalog import load_programme
from benchmarking.settings import ROOT, load_settings
from benchmarking.warehouse import Warehouse
from programmes.season import EXAMPLE, drop

pytestmark = pytest.mark.slow
FAULTS = yaml.safe_load((EXAMPLE / "faults.yaml").read_text(encoding="utf-8"))["faults"]
TRUTH = yaml.safe_load((EXAMPLE / "truth.yaml").read_text(encoding="utf-8"))
YEARS = generate.YEARS
COUNTS = ("received", "accepted", "parked", "rejected", "duplicate")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Collect, validate and aggregate all years; give the connection and the steps' summaries."""
    data = tmp_path_factory.mktemp("season")
    settings = load_settings({"BENCHMARKING_DATA": str(data), "BENCHMARKING_NOW": "2026-11-20T09:00:00+00:00"})
    warehouse = Warehouse(settings, load_programme(ROOT))
    drop(generate.generate().files, data / "inbox" / "recruitment_marketing")
    told = {"collect": pipeline.collect(warehouse)}
    for year in YEARS:
        told[year] = pipeline.validate(warehouse, year)
        pipeline.aggregate(warehouse, year)
    return warehouse.connect(), told


def test_every_count_balances(built):
    for summary in built[1].values():
        assert summary["received"] == sum(summary[name] for name in COUNTS[1:])


def test_sound_answers_are_all_accepted(built):
    told = built[1]
    wrong = [fault for fault in FAULTS if fault["verdict"] != "accepted"]
    assert sum(told[year]["parked"] for year in YEARS) == sum(fault["verdict"] == "parked" for fault in wrong)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["fault"] for fault in FAULTS])
def test_a_deliberate_fault_gets_its_verdict_and_its_sentence(built, fault):
    verdicts = verdicts_of(built[0], fault)
    assert fault["verdict"] in {verdict for verdict, _ in verdicts}
    said = [sentence for verdict, sentence in verdicts if verdict == fault["verdict"]]
    assert any(all(words in sentence for words in fault["words"]) for sentence in said), said


def verdicts_of(connection, fault: dict) -> list[tuple[str, str]]:
    """Give the verdicts on what the fault's file holds of its agency, each with all its sentences."""
    has_agency = fault["fault"] != "no_agency" and fault["agency_id"]
    rows = connection.execute(
        """
        SELECT COALESCE(settled.verdict, received.verdict), COALESCE(received.reason, ''), parked.messages
        FROM raw.submission AS received
        INNER JOIN raw.file AS file USING (file_sha256, source, survey)
        LEFT JOIN staging.verdict AS settled USING (submission_id)
        LEFT JOIN (
            SELECT submission_id, string_agg(message, ' ') AS messages FROM staging.parked GROUP BY submission_id
        ) AS parked USING (submission_id)
        WHERE file.file_name = $file_name AND ($agency IS NULL OR received.agency_id = $agency)
        """,
        {"file_name": fault["file"], "agency": fault["agency_id"] if has_agency else None},
    ).fetchall()
    return [(verdict, f"{reason} {messages or ''}") for verdict, reason, messages in rows]


@pytest.mark.parametrize("fault", [f for f in FAULTS if "rule_id" in f], ids=lambda fault: fault["fault"])
def test_a_fault_found_by_a_rule_names_the_rule(built, fault):
    rules = built[0].execute(
        "SELECT rule_id FROM staging.parked WHERE survey = ? AND survey_year = ? AND agency_id = ?",
        [fault["survey"], fault["survey_year"], fault["agency_id"]],
    )
    assert fault["rule_id"] in {rule for (rule,) in rules.fetchall()}


@pytest.mark.parametrize("fault", [f for f in FAULTS if "corrected_in" in f], ids=lambda fault: fault["fault"])
def test_a_corrected_file_replaces_the_wrong_one(built, fault):
    connection = built[0]
    names = connection.execute(
        f"SELECT file.file_name FROM staging.{fault['survey']} AS answer"
        " INNER JOIN raw.submission AS received USING (submission_id)"
        " INNER JOIN raw.file AS file USING (file_sha256, source, survey)"
        " WHERE answer.agency_id = ? AND answer.survey_year = ?",
        [fault["agency_id"], fault["survey_year"]],
    )
    assert names.fetchall() == [(fault["corrected_in"],)]


PLANTED = [
    *[
        ("development_budget_gbp_per_marketer", "", "p50", y, TRUTH["development_budget_gbp_per_marketer"]["p50"][y])
        for y in YEARS
    ],
    *[
        ("tenure_months", "", statistic, year, TRUTH["tenure_months"][statistic])
        for statistic in ("p50", "still_there_12", "still_there_18", "still_there_24", "still_there_36")
        for year in YEARS
    ],
    *[
        (measure, "", "pooled", year, TRUTH[measure]["pooled"])
        for measure in ("attrition_rate", "attrition_voluntary_rate")
        for year in YEARS
    ],
    *[
        ("budget_decider", category, "share", year, share)
        for category, share in TRUTH["budget_decider"]["share"].items()
        for year in YEARS
    ],
]


def estimate(connection, measure: str, category: str, statistic: str, year: int) -> tuple[float, float, float]:
    return connection.execute(
        "SELECT value, lower, upper FROM benchmark.estimate WHERE peer_group = 'all'"
        " AND (measure, category, statistic, survey_year) = (?, ?, ?, ?)",
        [measure, category, statistic, year],
    ).fetchone()


def test_the_planted_truths_lie_within_their_intervals(built):
    """A 95 % interval misses one truth in twenty: of these, made by one seed, at most that many may be outside."""
    outside = []
    for measure, category, statistic, year, truth in PLANTED:
        _, lower, upper = estimate(built[0], measure, category, statistic, year)
        if not lower <= truth <= upper:
            outside.append((measure, category, statistic, year, truth, lower, upper))
    assert len(outside) <= len(PLANTED) / 20, outside


@pytest.mark.parametrize(
    ("measure", "category", "statistic"),
    [
        pytest.param("development_budget_gbp_per_marketer", "", "p50", id="pounds-a-year"),
        pytest.param("tenure_months", "", "still_there_18", id="there-after-eighteen-months"),
        pytest.param("budget_decider", "told_where_to_spend", "share", id="told-where-to-spend"),
    ],
)
@pytest.mark.parametrize("year", YEARS)
def test_each_headline_truth_lies_within_its_interval(built, measure, category, statistic, year):
    _, lower, upper = estimate(built[0], measure, category, statistic, year)
    planted = next(row[4] for row in PLANTED if row[:4] == (measure, category, statistic, year))
    assert lower <= planted <= upper


def test_agencies_that_invest_keep_people_longer(built):
    rows = built[0].execute(
        "SELECT kind, value, upper, p_value FROM benchmark.association WHERE survey_year = 2025 ORDER BY kind"
    )
    found = {kind: (value, upper, p_value) for kind, value, upper, p_value in rows.fetchall()}
    assert found["spearman"][0] < 0 and found["spearman"][1] < 0
    assert found["logrank"][2] < 0.05
