"""Estimates at their edges: nobody, one agency, everybody alike, groups without answers, weights too large."""

import logging
import math

import numpy as np
import pytest
from scipy import stats

from benchmarking.aggregate.change import contrast, mcnemar, spearman
from benchmarking.aggregate.design import Design, WeightingFailed, effective_size, post_stratify, rake, trim
from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.linearised import NoContributors, few_events, interval, wilson
from benchmarking.aggregate.panel import Frame, weigh
from benchmarking.aggregate.quantiles import Sorted, typical
from benchmarking.aggregate.survival import (
    count_spells,
    kaplan_meier,
    log_log,
    log_rank,
    restricted_mean,
    time_interval,
    time_until,
)
from oracles.survey_oracle import average, ratio

ONES = Design(np.ones(4))


def frame(count, **margins):
    """A frame whose agencies are named after their place, with their value of each margin."""
    counts = {name: {value: list(column).count(value) for value in set(column)} for name, column in margins.items()}
    values = {name: {f"a{place}": value for place, value in enumerate(column)} for name, column in margins.items()}
    return Frame(count, counts, values)


def agencies(*places):
    return np.array([f"a{place}" for place in places])


class TestOneOrNone:
    def test_a_ratio_of_nobody_is_refused(self):
        with pytest.raises(NoContributors, match="denominator of nothing"):
            ratio(np.ones(4), np.ones(4), ONES, np.zeros(4, dtype=bool))

    def test_a_quantile_of_nobody_is_refused(self):
        with pytest.raises(NoContributors, match="a quantile of nobody"):
            Sorted.of(np.array([]), np.array([]), "type7")

    def test_a_curve_of_nobody_is_refused(self):
        counts = count_spells(np.zeros(1), np.array([3.0]), np.array([True]))
        with pytest.raises(NoContributors, match="a survival curve of nobody"):
            kaplan_meier(counts, np.zeros(1))

    def test_one_band_is_not_compared(self):
        counts = count_spells(np.zeros(1), np.array([3.0]), np.array([True]))
        with pytest.raises(NoContributors, match="one group"):
            log_rank([counts])

    def test_one_agency_has_a_figure_and_no_interval(self):
        found = average(np.array([480.0]), Design(np.ones(1)))
        assert found.value == 480
        assert all(map(math.isnan, interval(found.value, found.standard_error, found.freedom)))
        (median,) = typical(np.array([480.0]), (0.5,), Domain.of(Design(np.ones(1))), "type7")
        assert (median.value, math.isnan(median.lower), math.isnan(median.upper)) == (480, True, True)

    def test_a_census_has_no_sampling_error(self):
        found = average(np.array([1.0, 2.0, 3.0, 10.0]), Design(np.ones(4), 4.0))
        assert (found.value, found.standard_error) == (4.0, 0.0)


class TestWeights:
    def test_weights_meet_both_margins(self):
        whole = frame(10, size=["s"] * 6 + ["l"] * 4, region=["n", "s"] * 5)
        design, words = weigh(agencies(0, 1, 2, 3, 6, 7), whole)
        small = np.array([True, True, True, True, False, False])
        north = np.array([True, False, True, False, True, False])
        sums = (design.weight[small].sum(), design.weight[north].sum(), design.weight.sum())
        assert sums == pytest.approx((6, 5, 10), abs=1e-8)
        assert words == "raked to size, region"

    def test_a_group_in_which_nobody_answered_is_spoken_for_by_the_others(self):
        design, _ = weigh(agencies(0, 1, 6), frame(10, size=["s"] * 6 + ["m"] * 2 + ["l"] * 2))
        # s and m answered, l did not: 6 and 2 of 8, scaled to the ten of the frame.
        assert design.weight.tolist() == pytest.approx([3.75, 3.75, 2.5])

    def test_margins_that_cannot_be_met_together_lose_the_last(self, caplog):
        # All that answered in the north are small and all in the south large: the margins contradict each other.
        whole = frame(10, size=["s"] * 8 + ["l"] * 2, region=["n"] * 3 + ["s"] * 7)
        with caplog.at_level(logging.WARNING):
            design, words = weigh(agencies(0, 1, 8, 9), whole)
        assert words.startswith("post-stratified by size")
        assert "region cannot be met" in caplog.text
        assert design.weight.sum() == pytest.approx(10)

    def test_one_agency_never_speaks_for_a_crowd(self):
        design, words = weigh(agencies(*range(10)), frame(100, size=["s"] * 9 + ["l"] * 91))
        assert design.weight.max() == pytest.approx(30)
        assert design.weight.sum() == pytest.approx(100)
        assert words == "post-stratified by size, 1 weight trimmed to 30"

    def test_without_a_frame_everybody_counts_once(self):
        design, words = weigh(agencies(0, 1), Frame(10, {}, {}))
        assert (design.weight.tolist(), design.population, words) == ([1, 1], None, "unweighted, no frame")

    def test_a_group_without_answers_cannot_be_post_stratified(self):
        with pytest.raises(WeightingFailed, match="1 groups of the frame have no agency"):
            post_stratify(np.ones(2), np.array([0, 0]), np.array([3.0, 2.0]))

    def test_raking_that_does_not_settle_is_refused(self):
        codes = np.array([0, 1])
        with pytest.raises(WeightingFailed, match="did not meet the margins"):
            rake(np.ones(2), [codes, codes], [np.array([1.0, 3.0]), np.array([3.0, 1.0])], sweeps=20)

    def test_limits_that_leave_no_weight_are_refused(self):
        with pytest.raises(WeightingFailed, match="cannot be kept between"):
            trim(np.array([1.0, 9.0]), 4, 4.5)

    def test_unequal_weights_count_for_fewer_agencies(self):
        assert effective_size(np.array([1.0, 1.0, 1.0, 1.0])) == 4
        assert effective_size(np.array([3.0, 1.0])) == pytest.approx(1.6)


class TestIntervals:
    @pytest.mark.parametrize(("share", "lower", "upper"), [(0.0, 0.0, 0.2775), (1.0, 0.7225, 1.0)])
    def test_a_unanimous_share_has_one_sided_doubt(self, share, lower, upper):
        assert wilson(share, 10) == pytest.approx((lower, upper), abs=1e-4)

    def test_no_events_still_have_an_upper_limit(self):
        lower, upper = few_events(np.zeros(3), np.full(3, 10.0), np.array([1.0, 1.0, 2.0]))
        assert lower == 0
        # 3.689 events at most, each worth the largest weight, over 40 weighted people-years.
        assert upper == pytest.approx(3.688879454 * 2 / 40)

    def test_everybody_the_same_has_a_change_and_no_test(self):
        change = contrast(5.0, 5.0, np.zeros((2, 2)), 10)
        assert (change.value, math.isnan(change.p_value)) == (0, True)

    def test_nobody_changing_their_answer_is_no_change(self):
        assert mcnemar(0, 0) == mcnemar(3, 3) == 1.0

    def test_a_median_tenure_never_reached_is_infinite(self):
        curve = kaplan_meier(count_spells(np.zeros(4), np.array([1.0, 9, 9, 9]), np.array([True, False, False, False])))
        assert time_until(curve.months, curve.share, 0.5) == math.inf
        assert time_interval(curve, 0.5)[1] == math.inf

    def test_a_mean_beyond_what_was_followed_is_not_a_number(self):
        curve = kaplan_meier(count_spells(np.zeros(2), np.array([5.0, 9.0]), np.array([True, False])))
        assert math.isnan(restricted_mean(curve, 24)[0])
        assert restricted_mean(curve, 9)[0] == pytest.approx(5 + 0.5 * 4)

    def test_the_log_log_interval_does_not_exist_at_none_or_all(self):
        lower, upper = log_log(np.array([1.0, 0.5, 0.0]), np.array([0.0, 0.2, 0.0]))
        assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [True, False, True]

    def test_colleagues_who_leave_together_widen_the_interval(self):
        # Two firms of twenty: all of one leave at month 6, all of the other at month 30.
        unit = np.repeat([0, 1, 2, 3], 10)
        exit_ = np.repeat([6.0, 6.0, 30.0, 30.0], 10)
        alone = kaplan_meier(count_spells(np.zeros(40), exit_, np.ones(40, dtype=bool)))
        together = kaplan_meier(count_spells(np.zeros(40), exit_, np.ones(40, dtype=bool), None, unit), with_pull=True)
        between = Design(np.ones(4)).standard_error(together.pull[:, 0])
        assert between > 3 * alone.error[0]


class TestCorrelation:
    def test_ranks_share_their_ties(self):
        found = spearman(np.array([1.0, 2, 2, 4, 5, 6]), np.array([2.0, 1, 4, 4, 6, 5]))
        # By hand: ranks 1 2.5 2.5 4 5 6 and 2 1 3.5 3.5 6 5.
        assert found.value == pytest.approx(0.8088235294, rel=1e-9)
        assert found.lower < found.value < found.upper
        assert found.count == 6

    def test_value_and_p_equal_those_of_scipy_and_the_interval_its_formula(self):
        random = np.random.default_rng(11)
        first = random.integers(0, 12, 60).astype(float)
        second = first + random.normal(0, 6, 60)
        found, wanted = spearman(first, second), stats.spearmanr(first, second)
        assert (found.value, found.p_value) == pytest.approx((wanted.statistic, wanted.pvalue), rel=1e-9)
        # Bonett and Wright (2000): the standard error of Fisher's z is the root of (1 + r^2 / 2) / (n - 3).
        reach = 1.959963984540054 * math.sqrt((1 + wanted.statistic**2 / 2) / 57)
        limits = [math.tanh(math.atanh(wanted.statistic) + sign * reach) for sign in (-1, 1)]
        assert [found.lower, found.upper] == pytest.approx(limits, rel=1e-9)

    def test_three_pairs_or_no_spread_have_no_correlation(self):
        assert math.isnan(spearman(np.arange(3.0), np.arange(3.0)).value)
        assert math.isnan(spearman(np.ones(9), np.arange(9.0)).value)

    def test_pairs_with_a_gap_are_left_out(self):
        found = spearman(np.array([1.0, 2, 3, 4, np.nan]), np.array([4.0, 3, 2, 1, 9]))
        assert (found.value, found.count) == (pytest.approx(-1), 4)


@pytest.mark.parametrize(
    ("share", "month"),
    [
        pytest.param([0.8, 0.4, 0.5], 2, id="a-band-that-rises-again-crosses-first"),
        pytest.param([0.8, 0.5, 0.4], 2.5, id="a-flat-part-is-halved"),
        pytest.param([0.8, 0.6, 0.5], 3, id="a-last-flat-part-ends-there"),
    ],
)
def test_a_band_is_crossed_once(share, month):
    assert time_until(np.array([1.0, 2.0, 3.0]), np.array(share), 0.5) == month
