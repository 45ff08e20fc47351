"""Kaplan-Meier with delayed entry and weights, quantiles, restricted mean, log-rank: equal to R's survival package."""

import math

import numpy as np
import pytest

from benchmarking.aggregate.survival import (
    count_spells,
    error_at,
    kaplan_meier,
    log_log,
    log_rank,
    restricted_mean,
    share_at,
    time_interval,
    time_until,
)
from oracles.survey_oracle import column, rows

SAMPLES = ("tenure", "tenure_left_truncated", "tenure_weighted", "lung")


def number(text):
    return math.nan if text in ("", "NA", "NaN") else float(text)


def spells(sample):
    if sample == "lung":
        exit_ = column("km_lung_input.csv", "time")
        return np.zeros(len(exit_)), exit_, column("km_lung_input.csv", "status") == 2, None
    name = "km_tenure_input.csv"
    exit_, left = column(name, "months"), column(name, "left") == 1
    entry = column(name, "entry") if sample == "tenure_left_truncated" else np.zeros(len(exit_))
    return entry, exit_, left, column(name, "w") if sample == "tenure_weighted" else None


def curve_of(sample):
    entry, exit_, left, people = spells(sample)
    return kaplan_meier(count_spells(entry, exit_, left, people), with_pull=True)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_curve_equals_that_of_r(sample):
    wanted = [row for row in rows("expected_km_curve.csv") if row["sample"] == sample]
    curve = curve_of(sample)
    lower, upper = log_log(curve.share, curve.error)
    place = [int(np.searchsorted(curve.months, float(row["time"]))) for row in wanted]
    np.testing.assert_allclose(curve.at_risk[place], [number(row["n.risk"]) for row in wanted], rtol=1e-9)
    np.testing.assert_allclose(curve.ended[place], [number(row["n.event"]) for row in wanted], rtol=1e-9)
    np.testing.assert_allclose(curve.share[place], [number(row["surv"]) for row in wanted], rtol=1e-9, atol=1e-15)
    for at, row in zip(place, wanted, strict=True):
        if number(row["surv"]) > 0:
            assert curve.share[at] * curve.error[at] == pytest.approx(number(row["se"]), rel=1e-9)
            assert (lower[at], upper[at]) == pytest.approx(
                (number(row["lo"]), number(row["hi"])), rel=1e-9, nan_ok=True
            )


@pytest.mark.parametrize("row", rows("expected_km_quantiles.csv"), ids=lambda row: f"{row['sample']}-{row['p']}")
def test_quartiles_of_tenure_and_their_intervals_equal_those_of_r(row):
    curve, gone = curve_of(row["sample"]), float(row["p"])
    reached = [math.inf if math.isnan(number(row[key])) else number(row[key]) for key in ("quantile", "lo", "hi")]
    assert [time_until(curve.months, curve.share, gone), *time_interval(curve, gone)] == pytest.approx(
        reached, rel=1e-9
    )


@pytest.mark.parametrize("row", rows("expected_km_rmst.csv"), ids=lambda row: f"{row['sample']}-{row['tau']}")
def test_the_restricted_mean_equals_that_of_r(row):
    value, error, pull = restricted_mean(curve_of(row["sample"]), float(row["tau"]))
    assert (value, error) == pytest.approx((float(row["rmean"]), float(row["se"])), rel=1e-9)
    if row["sample"] == "tenure":
        assert math.sqrt(np.sum(pull**2)) == pytest.approx(float(row["se"]), rel=1e-9)


@pytest.mark.parametrize("sample", ["tenure", "lung"])
def test_without_delayed_entry_the_clustered_error_of_one_person_a_unit_is_greenwoods(sample):
    curve = curve_of(sample)
    inner = curve.share > 0
    np.testing.assert_allclose(np.sqrt(np.sum(curve.pull**2, axis=0))[inner], curve.error[inner], rtol=1e-9)


def test_the_log_rank_test_equals_that_of_r():
    exit_, left = column("km_lung_input.csv", "time"), column("km_lung_input.csv", "status") == 2
    counts = count_spells(np.zeros(len(exit_)), exit_, left)
    sex = column("km_lung_input.csv", "sex")
    found = log_rank([counts.of(sex == 1), counts.of(sex == 2)])
    (wanted,) = rows("expected_logrank.csv")
    assert found.statistic == pytest.approx(float(wanted["chisq"]), rel=1e-9)
    assert (found.freedom, found.p_value) == (1, pytest.approx(float(wanted["p"]), rel=1e-9))


def test_a_share_that_nobody_was_followed_to_is_not_a_number():
    curve = kaplan_meier(count_spells(np.zeros(2), np.array([5.0, 9.0]), np.array([True, False])))
    assert share_at(curve, 4) == 1.0
    assert share_at(curve, 5) == share_at(curve, 9) == 0.5
    assert math.isnan(share_at(curve, 10))
    assert error_at(curve, 4) == 0.0
