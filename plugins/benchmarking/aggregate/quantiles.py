"""The typical agency: quantiles over agencies, weighted or not, with Woodruff's intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from benchmarking.aggregate.design import Array
from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.linearised import LEVEL, NoContributors, critical

Rule = Literal["type7", "math"]


@dataclass(frozen=True)
class Sorted:
    """A peer group's values in rising order with their running weight, so that many quantiles cost one sort."""

    values: Array
    running: Array
    rule: Rule

    @classmethod
    def of(cls, values: Array, weight: Array, rule: Rule) -> Sorted:
        """Sort values, shape (n,), with their weights.

        Raises:
            NoContributors: there are no values.
        """
        if len(values) == 0:
            raise NoContributors(
                what="a quantile of nobody", where="the typical agency", do="ask only of groups with contributors"
            )
        order = np.argsort(values, kind="stable")
        # Added up in extended precision, as R does: a share that lies on a step must fall to the same side of it.
        running = np.cumsum(weight[order].astype(np.longdouble)).astype(float)
        return cls(values[order], running, rule)

    def at(self, share: float) -> float:
        """Give the quantile at a share between 0 and 1.

        Rule "type7" interpolates between neighbours (DuckDB's quantile_cont), "math" inverts the distribution.

        Source:
            Hyndman and Fan (1996); equal to R's quantile(type = 7) and survey's qrules "hf7" and "math"
            (tests/oracles).
        """
        if self.rule == "math":
            place = int(np.searchsorted(self.running, share * self.running[-1], side="left"))
            if place == 0 and share * self.running[-1] != self.running[0]:
                # As in R, a share below the first agency's own weight gives the second: no limit is ever the minimum.
                place = 1
            return float(self.values[min(place, len(self.values) - 1)])
        if len(self.values) == 1:
            return float(self.values[0])
        return float(np.interp(share, self._knots, self.values))

    @cached_property
    def _knots(self) -> Array:
        return np.concatenate(([0.0], self.running[:-1])) / self.running[-2]


@dataclass(frozen=True)
class QuantileEstimate:
    """A quantile with its interval: limits are not a number where the sample is too small to bound them."""

    value: float
    lower: float
    upper: float
    standard_error: float
    influence: Array
    freedom: int


def typical(
    values: Array, shares: Sequence[float], domain: Domain, rule: Rule, level: float = LEVEL
) -> list[QuantileEstimate]:
    """Give many quantiles of a peer group with Woodruff's intervals.

    An interval lies on the distribution at the estimated quantile, plus and minus t standard errors, and is read back
    through the same quantile rule; its ends are therefore some agency's answers.

    Args:
        values: shape (m,), of the agencies of the domain. shares: between 0 and 1.

    Raises:
        NoContributors: nobody is in the domain.

    Source:
        Woodruff (1952), Francisco and Fuller (1991); equal to R's svyquantile(interval.type = "mean") (tests/oracles).
    """
    line = Sorted.of(values, domain.weight, rule)
    found = np.array([line.at(share) for share in shares])
    weight_sum = math.fsum(domain.weight.tolist())
    below = (values[:, None] <= found).astype(float)
    reached = np.array([math.fsum(column) for column in (domain.weight[:, None] * below).T.tolist()]) / weight_sum
    pull = (below - reached) / weight_sum
    errors = domain.errors(pull)
    return [
        _limits(line, float(found[k]), float(reached[k]), float(errors[k]), pull[:, k], domain.freedom, level)
        for k in range(len(shares))
    ]


def _limits(
    line: Sorted, value: float, reached: float, error: float, pull: Array, freedom: int, level: float
) -> QuantileEstimate:
    if freedom < 1 or math.isnan(error):
        return QuantileEstimate(value, math.nan, math.nan, math.nan, np.zeros(len(pull)), freedom)
    reach = critical(freedom, level)
    lower = line.at(reached - reach * error) if reached - reach * error >= 0 else math.nan
    upper = line.at(reached + reach * error) if reached + reach * error <= 1 else math.nan
    spread = (upper - lower) / (2 * reach)
    slope = spread / error if error > 0 and math.isfinite(spread) else math.nan
    return QuantileEstimate(value, lower, upper, spread, -pull * slope, freedom)
