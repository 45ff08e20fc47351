"""A peer group's variance worked out on its own rows is the variance of its figures over everybody."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarking.aggregate.design import Design
from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.survival import count_spells, kaplan_meier, restricted_mean, share_at, time_until

SIZE = 40
DRAW = np.random.default_rng(3)
WEIGHT = DRAW.uniform(1, 5, SIZE)
REGION, BAND = DRAW.integers(0, 4, SIZE), DRAW.integers(0, 3, SIZE)
DESIGNS = {
    "unweighted-no-frame": Design(np.ones(SIZE)),
    "weighted-to-its-size": Design(WEIGHT, 120.0),
    "raked-to-two-margins": Design(WEIGHT, 120.0, margins=(REGION, BAND)),
    "raked-from-unequal-weights": Design(WEIGHT, 120.0, margins=(REGION, BAND), base=DRAW.uniform(1, 2, SIZE)),
    "strata-and-clusters": Design(WEIGHT, None, stratum=REGION % 2, cluster=np.arange(SIZE) // 2 * 2 + REGION % 2),
}
GROUPS = {
    "everybody": np.ones(SIZE, dtype=bool),
    "one-region": REGION == 1,
    "half": np.arange(SIZE) % 2 == 0,
    "one-agency": np.arange(SIZE) == 7,
}


@pytest.mark.parametrize("inside", GROUPS.values(), ids=GROUPS.keys())
@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS.keys())
def test_covariance_on_the_rows_of_a_group_is_that_over_all_rows(design, inside):
    domain = Domain.of(design, inside)
    influence = np.random.default_rng(5).normal(size=(int(inside.sum()), 3))
    over_all = design.covariance(domain.everywhere(influence))
    np.testing.assert_allclose(domain.covariance(influence), over_all, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(domain.errors(influence), np.sqrt(np.diag(over_all)), rtol=1e-12, atol=1e-12)


def test_values_of_a_group_are_nought_outside():
    spread = Domain.of(DESIGNS["unweighted-no-frame"], GROUPS["one-agency"]).everywhere(np.array([[2.5, 1.0]]))
    assert spread.shape == (SIZE, 2)
    assert spread[7].tolist() == [2.5, 1.0]
    assert np.count_nonzero(spread) == 2


def test_a_groups_curve_is_the_same_without_the_months_that_do_not_move_it():
    entry, exit_ = np.array([0, 0, 2, 0, 0, 0.0]), np.array([3, 5, 6, 4, 9, 12.0])
    counts = count_spells(entry, exit_, np.array([1, 0, 1, 1, 0, 1], dtype=bool), None, np.array([0, 0, 1, 1, 2, 2]))
    rows = np.array([0, 1])
    whole, short = kaplan_meier(counts.of(rows)), kaplan_meier(counts.moving(rows))
    assert short.months.tolist() == [3, 4, 6, 12]
    for month in (0, 3, 4.5, 6, 11):
        assert share_at(short, month) == share_at(whole, month)
    assert time_until(short.months, short.share, 0.5) == time_until(whole.months, whole.share, 0.5)
    assert restricted_mean(short, 8)[:2] == restricted_mean(whole, 8)[:2]


def test_a_group_that_nobody_left_keeps_all_months():
    counts = count_spells(np.zeros(2), np.array([3, 5.0]), np.array([True, False]), None, np.array([0, 1]))
    assert counts.moving(np.array([1])).months.tolist() == [3, 5]
