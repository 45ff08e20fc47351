"""Exact rates, Wilson shares, McNemar, Holm: equal to R."""

import numpy as np
import pytest

from benchmarking.aggregate.change import holm, mcnemar
from benchmarking.aggregate.linearised import few_events, garwood, wilson
from oracles.survey_oracle import column, rows


@pytest.mark.parametrize(
    "row", rows("expected_poisson_rate_ci.csv"), ids=lambda r: f"{r['leavers']}-of-{r['headcount_years']}"
)
def test_the_interval_of_a_rate_equals_that_of_r(row):
    wanted = pytest.approx((float(row["lo"]), float(row["hi"])), rel=1e-9)
    assert garwood(float(row["leavers"]), float(row["headcount_years"])) == wanted
    parts = np.array([0.0, float(row["leavers"])]), np.array([1.0, float(row["headcount_years"]) - 1]), np.ones(2)
    assert few_events(*parts) == wanted


@pytest.mark.parametrize("row", rows("expected_binomial_ci.csv"), ids=lambda r: f"{r['x']}-of-{r['n']}")
def test_the_interval_of_a_share_equals_that_of_r(row):
    count = float(row["n"])
    assert wilson(float(row["x"]) / count, count) == pytest.approx((float(row["lo"]), float(row["hi"])), rel=1e-9)


@pytest.mark.parametrize("row", rows("expected_mcnemar.csv"), ids=lambda r: f"{r['b']}-{r['c']}")
def test_mcnemar_equals_that_of_r(row):
    gained, lost = int(row["b"]), int(row["c"])
    assert mcnemar(gained, lost) == pytest.approx(float(row["exact_p"]), rel=1e-9)


def test_adjusted_p_values_equal_those_of_r():
    np.testing.assert_allclose(
        holm(column("expected_padjust.csv", "p")), column("expected_padjust.csv", "holm"), rtol=1e-9
    )


def test_a_missing_p_value_does_not_count_in_the_family():
    np.testing.assert_allclose(holm(np.array([0.01, np.nan, 0.04])), [0.02, np.nan, 0.04])
