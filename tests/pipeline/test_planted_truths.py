"""The generator plants what is true of the made-up industry; the estimates must find it within their intervals."""

import math
import sys

import pytest
import yaml

from benchmarking import pipeline
from benchmarking.settings import ROOT, load_settings

EXAMPLE = ROOT / "examples" / "recruitment_marketing"
YEARS = (2024, 2025, 2026)
FRAME = 400


@pytest.fixture(scope="module")
def estimates(tmp_path_factory):
    """Make a season of files, collect, validate and aggregate it; give value, interval and contributors by figure."""
    data = tmp_path_factory.mktemp("planted")
    sys.path.insert(0, str(EXAMPLE))
    try:
        from generate import main
    finally:
        sys.path.remove(str(EXAMPLE))
    main(["--out", str(data / "inbox" / "recruitment_marketing")])
    settings = load_settings({"BENCHMARKING_DATA": str(data), "BENCHMARKING_NOW": "2027-02-01T09:00:00+00:00"})
    warehouse = pipeline.open_warehouse(ROOT, settings)
    pipeline.collect(warehouse)
    for year in YEARS:
        pipeline.validate(warehouse, year)
        pipeline.aggregate(warehouse, year)
    found = warehouse.connect().sql(
        "SELECT survey_year, measure, category, statistic, peer_group, peer_value, value, lower, upper, contributors "
        "FROM benchmark.estimate"
    )
    return {row[:6]: row[6:] for row in found.fetchall()}


def planted():
    """Give every planted truth as (year, measure, category, statistic, peer group, peer value) and its value."""
    truth = yaml.safe_load((EXAMPLE / "truth.yaml").read_text(encoding="utf-8"))
    bands = truth.pop("what_investment_buys")["tenure_months"]["p50"]
    for year in YEARS:
        for band, value in bands.items():
            yield (year, "tenure_months", "", "p50", "development_budget_band", band), value
        for measure, statistics in truth.items():
            for statistic, value in statistics.items():
                if statistic == "share":
                    yield from (((year, measure, category, "share", "all", "all"), v) for category, v in value.items())
                else:
                    yield (
                        (year, measure, "", statistic, "all", "all"),
                        value[year] if isinstance(value, dict) else value,
                    )


def widened(value, lower, upper, contributors):
    """Give the interval for the law that agencies were drawn from.

    The published interval speaks of the frame's 400 agencies, so it has the finite population correction; what is
    planted is the law behind them, of which the frame is itself a sample.
    """
    scale = 1 / math.sqrt(1 - contributors / FRAME)
    low = -math.inf if lower is None else value - scale * (value - lower)
    return low, math.inf if upper is None else value + scale * (upper - value)


@pytest.mark.slow
def test_the_estimates_find_what_was_planted(estimates):
    misses = []
    asked = {key[:2] for key in estimates}
    # A question that is newer than a year has no figure in it.
    truths = [(key, truth) for key, truth in planted() if key[:2] in asked]
    assert len(truths) > 60
    for key, truth in truths:
        low, high = widened(*estimates[key])
        if not low <= truth <= high:
            misses.append((key, truth, estimates[key]))
    # Of 95 % intervals one in twenty may miss; more than one in ten is not chance.
    assert len(misses) <= 0.10 * len(truths), misses


@pytest.mark.slow
@pytest.mark.parametrize(
    ("measure", "category", "statistic"),
    [
        pytest.param("development_budget_gbp_per_marketer", "", "p50", id="pounds-a-year"),
        pytest.param("development_budget_gbp_per_marketer_month", "", "p50", id="pounds-a-month"),
        pytest.param("tenure_months", "", "still_there_18", id="gone-after-eighteen-months"),
        pytest.param("budget_decider", "told_where_to_spend", "share", id="told-where-to-spend"),
    ],
)
def test_the_headlines_of_the_newest_year_hold_the_truth(estimates, measure, category, statistic):
    key = (2026, measure, category, statistic, "all", "all")
    _, lower, upper, _ = estimates[key]
    assert lower <= dict(planted())[key] <= upper


@pytest.mark.slow
def test_those_who_invest_more_keep_people_longer(estimates):
    shares = [
        estimates[2025, "tenure_months", "", "still_there_18", "development_budget_band", band][0]
        for band in ("under_500", "from_500", "from_1000")
    ]
    assert shares == sorted(shares)
