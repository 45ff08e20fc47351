"""Means, totals, ratios, domains, weights, change: equal to R's survey package."""

import math

import numpy as np
import pytest

from benchmarking.aggregate.change import contrast, paired_change
from benchmarking.aggregate.design import design_effect, effective_size, post_stratify, rake, trim
from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.linearised import Estimate, interval
from oracles.survey_oracle import (
    STYPE_TOTALS,
    WIDE_TOTALS,
    average,
    codes,
    column,
    design,
    ratio,
    rows,
    sample_of,
    tolerance,
)

EXPECTED = rows("expected_linearised.csv")


def cases(*kinds):
    return [
        pytest.param(row, id="-".join(row[key] for key in ("case", "design", "stat", "variable", "by") if row[key]))
        for row in EXPECTED
        if row["case"] in kinds
    ]


def domain_of(row):
    if not row["by"]:
        return None
    return np.array([school["stype"] == row["by"].removeprefix("stype=") for school in rows(sample_of(row["design"]))])


def estimate(row):
    sample, plan, domain = sample_of(row["design"]), design(row["design"]), domain_of(row)
    if row["case"] == "total":
        # A total is its own linearised value.
        values, everybody = column(sample, row["variable"]), Domain.of(plan)
        error = float(everybody.errors(values[:, None])[0])
        return Estimate(math.fsum(plan.weight * values), error, values, everybody.freedom)
    if row["case"].endswith("ratio"):
        return ratio(column(sample, "api.stu"), column(sample, "enroll"), plan, domain)
    if row["case"] == "prop":
        return average((codes(sample, "sch.wide") == 1).astype(float), plan)
    return average(column(sample, row["variable"]), plan, domain)


def statistic(row, found):
    if row["stat"] == "estimate":
        return found.value
    if row["stat"] == "se":
        return found.standard_error
    if row["stat"] == "deff":
        plan = design(row["design"])
        values = column(sample_of(row["design"]), row["variable"])
        # R takes the population of the simple random sample to be the sum of the weights, with or without an fpc.
        return design_effect(found.standard_error**2, values, plan.weight) / (1 - len(values) / plan.weight.sum())
    freedom = design(row["design"]).degrees_of_freedom() if row["stat"].endswith("_t") else math.inf
    return interval(found.value, found.standard_error, freedom)[row["stat"].startswith("ci_hi")]


@pytest.mark.parametrize("row", cases("mean", "total", "ratio", "domain_mean", "domain_ratio", "prop"))
def test_a_mean_total_or_ratio_equals_that_of_r(row):
    # The share of a raking margin has no variance left: 1e-11 in R, which stops after ten sweeps, 0 here.
    wanted = pytest.approx(float(row["value"]), rel=tolerance(row["design"]), abs=1e-9)
    assert statistic(row, estimate(row)) == wanted


@pytest.mark.parametrize("row", cases("design"))
def test_a_design_has_the_size_and_effect_that_r_gives(row):
    plan = design(row["design"])
    found = {
        "degf": plan.degrees_of_freedom(),
        "sum_w": plan.weight.sum(),
        "kish_neff": effective_size(plan.weight),
        "kish_deff": len(plan.weight) / effective_size(plan.weight),
    }[row["stat"]]
    assert found == pytest.approx(float(row["value"]), rel=tolerance(row["design"]))


@pytest.mark.parametrize("row", cases("paired_change"))
def test_a_change_on_the_matched_panel_equals_that_of_r(row):
    sample = sample_of(row["design"])
    before, now = (average(column(sample, year), design(row["design"])) for year in ("api99", "api00"))
    everybody = Domain.of(design(row["design"]))
    change = paired_change(before, now, everybody)
    covariance = everybody.covariance(np.stack([before.influence, now.influence], axis=1))
    # The relative change and its error follow from the covariance by the delta method.
    slope = np.array([-now.value / before.value**2, 1 / before.value])
    found = {
        "estimate": change.value,
        "se": change.standard_error,
        "se_contrast": change.standard_error,
        "t": change.value / change.standard_error,
        "p": change.p_value,
        "cov_api99_api00": covariance[0, 1],
        "rel_change": change.value / before.value,
        "rel_change_se": math.sqrt(slope @ covariance @ slope),
    }[row["stat"]]
    # A p of 1e-37 carries the t statistic's relative error about 150 times over.
    assert found == pytest.approx(float(row["value"]), rel=1e-6 if row["stat"] == "p" else 1e-8)


@pytest.mark.parametrize("row", cases("two_sample"))
def test_the_difference_of_two_peer_groups_equals_that_of_r(row):
    sample, plan = sample_of(row["design"]), design(row["design"])
    api00, stype = column(sample, "api00"), codes(sample, "stype")
    first, second = average(api00, plan, stype == 0), average(api00, plan, stype == 1)
    either = (stype == 0) | (stype == 1)
    pulls = [Domain.of(plan, stype == code).everywhere(one.influence) for code, one in enumerate((first, second))]
    covariance = plan.covariance(np.stack(pulls, axis=1))
    change = contrast(second.value, first.value, covariance, plan.degrees_of_freedom(either) - 1)
    found = {"diff": change.value, "t": change.value / change.standard_error, "p": change.p_value}[row["stat"]]
    assert found == pytest.approx(float(row["value"]), rel=1e-8)


@pytest.mark.parametrize("row", rows("expected_jackknife.csv"), ids=lambda row: f"{row['design']}-{row['stat']}")
def test_the_linearised_error_agrees_with_the_jackknife_of_r(row):
    sample, plan = sample_of(row["design"]), design(row["design"])
    if row["stat"].startswith("ratio"):
        found = ratio(column(sample, "api.stu"), column(sample, "enroll"), plan)
    else:
        found = average(column(sample, row["stat"].removeprefix("mean ")), plan)
    assert found.value == pytest.approx(float(row["estimate"]), rel=1e-9)
    # The two are one for a mean of known denominator, near for a ratio, and apart for 15 clusters of unequal size.
    near = {"clus1": 0.12}.get(row["design"], 0.01 if row["stat"].startswith("ratio") else 1e-9)
    assert found.standard_error == pytest.approx(float(row["se"]), rel=near)


@pytest.mark.parametrize("sample", ["apisrs", "apiclus1"])
@pytest.mark.parametrize("kind", ["w_raked", "w_ps"])
def test_weights_to_the_frame_equal_those_of_r(sample, kind):
    expected = column(f"expected_weights_{sample}.csv", kind)
    name = f"{sample}.csv"
    stype, wide, base = codes(name, "stype"), codes(name, "sch.wide"), column(name, "pw")
    found = (
        rake(base, [stype, wide], [STYPE_TOTALS, WIDE_TOTALS])
        if kind == "w_raked"
        else post_stratify(base, stype, STYPE_TOTALS)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize(("kind", "strict"), [("trim_20_45_once", False), ("trim_20_45_strict", True)])
def test_trimmed_weights_equal_those_of_r(kind, strict):
    name = "expected_weights_calibrate_trim_apiclus1.csv"
    found = trim(column("expected_weights_apiclus1.csv", "w_raked"), 20, 45, strict=strict)
    np.testing.assert_allclose(found, column(name, kind), rtol=1e-9)
