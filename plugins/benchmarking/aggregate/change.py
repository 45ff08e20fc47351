"""Change between years and association between measures: tests that respect who answered twice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from benchmarking.aggregate.design import Array
from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.linearised import LEVEL, critical, interval


class Pulled(Protocol):
    """A figure with each agency's pull on it."""

    @property
    def value(self) -> float:
        """Give the figure, in the measure's unit."""

    @property
    def influence(self) -> Array:
        """Give the linearised value of each agency of the domain, shape (m,)."""


@dataclass(frozen=True)
class Change:
    """A difference with its standard error, interval and two-sided p; not a number where it cannot be estimated."""

    value: float
    standard_error: float
    lower: float
    upper: float
    p_value: float


def contrast(now: float, before: float, covariance: Array, freedom: float) -> Change:
    """Give the difference of two figures that share contributors.

    Args:
        covariance: shape (2, 2), of the figure before and the figure now, on all agencies of either year.
        freedom: of Student's t.

    Source:
        Saerndal, Swensson, Wretman (1992), 9.8; equal to R survey::svycontrast and svyttest (tests/oracles).
    """
    value = now - before
    error = math.sqrt(max(float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]), 0.0))
    if not error > 0 or freedom < 1:
        # Without spread there is no test; a change of nothing is still a change of nothing.
        return Change(value, math.nan, math.nan, math.nan, math.nan)
    lower, upper = interval(value, error, freedom, LEVEL)
    return Change(value, error, lower, upper, two_sided(value / error, freedom))


def two_sided(statistic: float, freedom: float) -> float:
    """Give the two-sided p of Student's t."""
    return 2 * float(special.stdtr(freedom, -abs(statistic)))


def paired_change(before: Pulled, now: Pulled, domain: Domain) -> Change:
    """Give the change of a figure on the matched panel, with the covariance of the two years.

    Args:
        before, now: the figure of the domain's m agencies in either year; their influence has shape (m,).
        domain: the m agencies, under the weights of both years.

    Source:
        Saerndal, Swensson, Wretman (1992), 9.8; equal to R survey::svyttest on the differences (tests/oracles).
    """
    covariance = domain.covariance(np.stack([before.influence, now.influence], axis=1))
    return contrast(now.value, before.value, covariance, domain.freedom - 1)


def mcnemar(gained: int, lost: int) -> float:
    """Give the exact two-sided p of McNemar's test.

    Args:
        gained, lost: agencies that moved into the category, and out of it.

    Source:
        McNemar (1947); equal to R's binom.test on the discordant pairs (tests/oracles).
    """
    both = gained + lost
    # Each of the pairs is as likely to have gone either way, so both tails are the same.
    return min(1.0, 2 * float(special.bdtr(min(gained, lost), both, 0.5))) if both else 1.0


def holm(p_values: Array) -> Array:
    """Adjust p values of a family of tests, shape (n,); those that are not a number stay so and do not count.

    Source:
        Holm (1979); equal to R's p.adjust(method = "holm") (tests/oracles).
    """
    given = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(given), np.nan)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * given[order]), 1.0) if len(order) else given[order]
    return adjusted


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation with its interval and p; not a number below four pairs or without spread."""

    value: float
    lower: float
    upper: float
    p_value: float
    count: int


def spearman(first: Array, second: Array, level: float = LEVEL) -> Correlation:
    """Give the rank correlation of two measures over agencies.

    Args:
        first, second: shape (n,); pairs with a value that is not a number are left out.

    Source:
        Spearman (1904); interval by Fisher's z with the variance (1 + r^2 / 2) / (n - 3) of Bonett and Wright (2000).
    """
    known: NDArray[np.bool_] = ~(np.isnan(first) | np.isnan(second))
    x, y, count = first[known], second[known], int(known.sum())
    if count < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(math.nan, math.nan, math.nan, math.nan, count)
    value = float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])
    if abs(value) >= 1 - 1e-12:
        return Correlation(value, value, value, 0.0, count)
    reach = critical(math.inf, level) * math.sqrt((1 + value**2 / 2) / (count - 3))
    lower, upper = math.tanh(math.atanh(value) - reach), math.tanh(math.atanh(value) + reach)
    return Correlation(
        value, lower, upper, two_sided(value * math.sqrt((count - 2) / (1 - value**2)), count - 2), count
    )


def _ranks(values: Array) -> Array:
    """Give ranks from 1, ties sharing their mean."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]
