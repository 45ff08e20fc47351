"""Quantiles and Woodruff intervals: equal to R's survey package and R's quantile(type = 7)."""

import math

import numpy as np
import pytest

from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.quantiles import Sorted, typical
from oracles.survey_oracle import DESIGNS, column, design, rows, sample_of

RULES = {"math": "math", "hf7": "type7"}
EXPECTED = rows("expected_quantiles.csv")


def limit(text):
    return math.nan if text in ("", "NA", "NaN") else float(text)


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("variable", ["api00", "ell", "enroll"])
@pytest.mark.parametrize("qrule", RULES)
def test_quantiles_and_their_intervals_equal_those_of_r(name, variable, qrule):
    values = column(sample_of(name), variable)
    wanted = [r for r in EXPECTED if (r["design"], r["variable"], r["qrule"]) == (name, variable, qrule)]
    assert len(wanted) == 5
    shares = [float(row["p"]) for row in wanted]
    for row, found in zip(wanted, typical(values, shares, Domain.of(design(name)), RULES[qrule]), strict=True):
        assert found.value == pytest.approx(float(row["quantile"]), rel=1e-9)
        assert (found.lower, found.upper) == pytest.approx(
            (limit(row["ci_lo"]), limit(row["ci_hi"])), rel=1e-6, nan_ok=True
        )
        assert found.standard_error == pytest.approx(limit(row["se"]), rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("row", rows("expected_hyndman_fan.csv"), ids=lambda row: f"{row['sample']}-{row['p']}")
def test_unweighted_quantiles_are_of_type_seven(row):
    values = (
        column("apisrs.csv", row["sample"].removeprefix("apisrs_"))
        if row["sample"].startswith("apisrs_")
        else np.array([float(r["x"]) for r in rows("hyndman_fan_inputs.csv") if r["sample"] == row["sample"]])
    )
    assert Sorted.of(values, np.ones(len(values)), "type7").at(float(row["p"])) == pytest.approx(
        float(row["value"]), rel=1e-9
    )
