"""Ratios, means, shares and rates with their standard errors and intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from scipy import special

from benchmarking.aggregate.design import Array
from benchmarking.aggregate.domain import Domain
from benchmarking.errors import BenchmarkingError

LEVEL = 0.95


class NoContributors(BenchmarkingError):
    """A figure was asked for of nobody."""


@dataclass(frozen=True)
class Estimate:
    """A figure, its standard error, and each agency's pull on it.

    Attributes:
        value, standard_error: in the measure's unit; the error is not a number for a single agency.
        influence: shape (m,), linearised value of each agency of the domain, which covariances are made of.
        freedom: degrees of freedom of the standard error.
    """

    value: float
    standard_error: float
    influence: Array
    freedom: int


def pool(numerator: Array, denominator: Array, domain: Domain) -> Estimate:
    """Give the weighted ratio of sums of a peer group with its linearised standard error.

    A mean has a denominator of ones, a share a numerator of ones and noughts besides.

    Args:
        numerator, denominator: shape (m,), of the agencies of the domain, in the measure's units.

    Raises:
        NoContributors: the domain's denominators add up to nothing.

    Source:
        Saerndal, Swensson, Wretman (1992), 5.6; equal to R survey::svyratio and svymean, on domains
        too (tests/oracles).
    """
    below = math.fsum((domain.weight * denominator).tolist())
    if below == 0:
        raise NoContributors(
            what="a ratio over a denominator of nothing",
            where="the pooled figure of a peer group",
            do="leave agencies without a positive denominator out in the measure's SQL",
        )
    value = math.fsum((domain.weight * numerator).tolist()) / below
    influence = (numerator - value * denominator) / below
    return Estimate(value, float(domain.errors(influence[:, None])[0]), influence, domain.freedom)


@lru_cache(maxsize=4096)
def critical(freedom: float = math.inf, level: float = LEVEL) -> float:
    """Give the two-sided critical value of Student's t (of the normal where freedom is infinite)."""
    tail = 0.5 + level / 2
    return float(special.ndtri(tail) if math.isinf(freedom) else special.stdtrit(freedom, tail))


def interval(value: float, error: float, freedom: float = math.inf, level: float = LEVEL) -> tuple[float, float]:
    """Give the symmetric interval of an estimate; not a number where there is no freedom to estimate the error."""
    reach = critical(freedom, level) * error if freedom >= 1 else math.nan
    return value - reach, value + reach


def wilson(share: float, count: float, level: float = LEVEL) -> tuple[float, float]:
    """Give Wilson's score interval of a share.

    Args:
        share: between 0 and 1. count: contributors, or effective contributors, behind it.

    Source:
        Wilson (1927); equal to R's prop.test without correction (tests/oracles).
    """
    square = critical(math.inf, level) ** 2
    if math.isinf(count):
        return share, share
    centre = (share + square / (2 * count)) / (1 + square / count)
    reach = math.sqrt(square / count * (share * (1 - share) + square / (4 * count))) / (1 + square / count)
    lower = 0.0 if share <= 0 else max(centre - reach, 0.0)
    return lower, 1.0 if share >= 1 else min(centre + reach, 1.0)


def garwood(events: float, exposure: float, level: float = LEVEL) -> tuple[float, float]:
    """Give the exact Poisson interval of a rate.

    Args:
        events: whole number of events. exposure: people-years, in the unit that the rate is per.

    Source:
        Garwood (1936); equal to R's poisson.test (tests/oracles).
    """
    tail = (1 - level) / 2
    lower = special.gammaincinv(events, tail) if events > 0 else 0.0
    upper = special.gammaincinv(events + 1, 1 - tail)
    return float(lower / exposure), float(upper / exposure)


def few_events(numerator: Array, denominator: Array, weight: Array, level: float = LEVEL) -> tuple[float, float]:
    """Give the interval of a weighted rate of few events.

    Scales Garwood's limits for the events as counted to the weighted rate; with equal weights it is Garwood's interval.

    Args:
        numerator: shape (n,), whole events. denominator, weight: shape (n,).

    Source:
        Dobson, Kuulasmaa, Eberle, Scherer (1991).
    """
    events = math.fsum(numerator)
    below = math.fsum(weight * denominator)
    rate = math.fsum(weight * numerator) / below
    lower, upper = garwood(events, 1.0, level)
    if events == 0:
        return 0.0, upper * float(weight.max()) / below
    scale = math.sqrt(math.fsum(weight * weight * numerator) / events) / below
    return max(rate + scale * (lower - events), 0.0), rate + scale * (upper - events)
