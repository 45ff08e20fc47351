"""The oracle's small cases through a programme: each row of its tables is a survey year of its own."""

from __future__ import annotations

import pyarrow as pa
import pytest

from benchmarking.aggregate import aggregate
from oracles.oracle_programme import estimates, open_programme, stage
from oracles.survey_oracle import column, rows

RATES = {100 + 10 * n: row for n, row in enumerate(rows("expected_poisson_rate_ci.csv")) if int(row["leavers"]) < 20}
SHARES = {1000 + 10 * n: row for n, row in enumerate(rows("expected_binomial_ci.csv"))}
MOVES = {2001 + 10 * n: row for n, row in enumerate(rows("expected_mcnemar.csv"))}
SAMPLES = {
    3000 + 10 * n: name
    for n, name in enumerate(dict.fromkeys(row["sample"] for row in rows("expected_hyndman_fan.csv")))
}
QUANTILES = {"0.1": "p10", "0.25": "p25", "0.5": "p50", "0.75": "p75", "0.9": "p90"}
# Units that answer alike in both years: they stand behind the shares, and no test of a change looks at them.
STEADY = ("yes", "yes", "yes", "no", "no", "no")


def unit(year, number, **answers):
    blank = {"leavers_count": None, "headcount_years_count": None, "answer": None, "amount": None}
    return {"survey_year": year, "agency_id": f"unit {number:03}", **blank, **answers}


def answers():
    """Give all cases' answers: two units share a rate's events, one unit stands for each trial, move or amount."""
    told = []
    for year, row in RATES.items():
        told.append(unit(year, 0, leavers_count=0, headcount_years_count=1.0))
        rest = float(row["headcount_years"]) - 1
        told.append(unit(year, 1, leavers_count=int(row["leavers"]), headcount_years_count=rest))
    for year, row in SHARES.items():
        told += [unit(year, n, answer="yes" if n < int(row["x"]) else "no") for n in range(int(row["n"]))]
    for year, row in MOVES.items():
        before = ["no"] * int(row["b"]) + ["yes"] * int(row["c"]) + list(STEADY)
        now = ["yes"] * int(row["b"]) + ["no"] * int(row["c"]) + list(STEADY)
        for when, given in ((year - 1, before), (year, now)):
            told += [unit(when, n, answer=answer) for n, answer in enumerate(given)]
    for year, name in SAMPLES.items():
        told += [unit(year, n, amount=float(amount)) for n, amount in enumerate(amounts(name))]
    kinds = (pa.int64(), pa.string(), pa.int64(), pa.float64(), pa.string(), pa.float64())
    return pa.Table.from_pylist(told, schema=pa.schema(list(zip(told[0], kinds, strict=True))))


def amounts(name):
    if name.startswith("apisrs_"):
        return column("apisrs.csv", name.removeprefix("apisrs_"))
    return [float(row["x"]) for row in rows("hyndman_fan_inputs.csv") if row["sample"] == name]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    warehouse = open_programme("cases", tmp_path_factory.mktemp("cases"))
    stage(warehouse, "staging.answers", answers())
    for year in (*RATES, *SHARES, *MOVES, *SAMPLES):
        aggregate(warehouse, year)
    return warehouse


@pytest.mark.parametrize(
    ("year", "row"), RATES.items(), ids=[f"{r['leavers']}-of-{r['headcount_years']}" for r in RATES.values()]
)
def test_a_rate_of_few_events_has_the_exact_interval_of_r(built, year, row):
    found = estimates(built, year)["rate", "", "pooled", "all", "all"]
    wanted = [float(row[key]) for key in ("rate", "lo", "hi")]
    assert [found[key] for key in ("value", "lower", "upper")] == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(("year", "row"), SHARES.items(), ids=[f"{r['x']}-of-{r['n']}" for r in SHARES.values()])
def test_a_share_has_the_wilson_interval_of_r(built, year, row):
    is_nobody = row["x"] == "0"
    found = estimates(built, year)["answer", "no" if is_nobody else "yes", "share", "all", "all"]
    limits = float(row["lo"]), float(row["hi"])
    # That nobody said yes is told by the other answer: its interval is the complement.
    wanted = (1 - limits[1], 1 - limits[0]) if is_nobody else limits
    assert (found["lower"], found["upper"]) == pytest.approx(wanted, rel=1e-9)
    assert found["contributors"] == int(row["n"])


@pytest.mark.parametrize(("year", "row"), MOVES.items(), ids=[f"{r['b']}-{r['c']}" for r in MOVES.values()])
def test_a_changed_share_has_the_exact_p_of_r_and_holms_adjustment(built, year, row):
    found = built.connect().execute(
        "SELECT category, p_value, p_adjusted FROM benchmark.change "
        "WHERE survey_year = ? AND measure = 'answer' AND basis = 'matched' ORDER BY category",
        [year],
    )
    exact = float(row["exact_p"])
    # Yes and no are a family of two tests with the same p, which Holm doubles.
    expected = pytest.approx((exact, min(1.0, 2 * exact)), rel=1e-9)
    assert [(category, expected) for category in ("no", "yes")] == [
        (category, (p_value, adjusted)) for category, p_value, adjusted in found.fetchall()
    ]


@pytest.mark.parametrize(("year", "name"), SAMPLES.items(), ids=SAMPLES.values())
def test_the_typical_unit_is_of_type_seven_as_in_r(built, year, name):
    found = estimates(built, year)
    wanted = [row for row in rows("expected_hyndman_fan.csv") if row["sample"] == name and row["p"] in QUANTILES]
    assert len(wanted) == len(QUANTILES)
    for row in wanted:
        ours = found["amount", "", QUANTILES[row["p"]], "all", "all"]
        assert ours["value"] == pytest.approx(float(row["value"]), rel=1e-9)
