"""The sample design: which agencies answered, for how many of the frame each stands, and what that does to variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarking.errors import BenchmarkingError

if TYPE_CHECKING:
    from benchmarking.aggregate.domain import Domain

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

# A weight more than this many times the mean weight is cut down, so that no agency speaks for a crowd.
WEIGHT_CAP = 3.0
_SWEEPS = 1000


class WeightingFailed(BenchmarkingError):
    """The margins of the frame cannot be met by weighting the agencies that answered."""


@dataclass(frozen=True)
class Design:
    """A sample of n agencies as the variance formula sees it.

    Attributes:
        weight: shape (n,), how many agencies of the frame each stands for (1 where there is no frame).
        population: primary units in the frame: one number, shape (n,) by stratum, or None without a finite population.
        stratum, cluster: shape (n,), codes of sampling strata and of primary units; None is one stratum, each its own.
        margins: codes of each margin that the weights were calibrated to; variance then comes from the residuals.
        base: shape (n,), weights before calibration; None is equal weights.
        domains: peer groups that figures were asked for, by who is in them; made by Domain.of.
    """

    weight: Array
    population: Array | float | None = None
    stratum: Codes | None = None
    cluster: Codes | None = None
    margins: tuple[Codes, ...] = ()
    base: Array | None = None
    domains: dict[bytes, Domain] = field(default_factory=dict, repr=False, compare=False)

    def degrees_of_freedom(self, domain: NDArray[np.bool_] | None = None) -> int:
        """Give primary units less strata, among the domain's rows where one is given."""
        rows = np.arange(len(self.weight)) if domain is None else np.flatnonzero(domain)
        strata = 1 if self.stratum is None else len(np.unique(self.stratum[rows]))
        units = len(rows) if self.cluster is None else len(np.unique(self.cluster[rows]))
        return units - strata

    def covariance(self, influence: Array) -> Array:
        """Give the covariance matrix of statistics from their influence values.

        Args:
            influence: shape (n, k), each agency's linearised value of each statistic, without its weight; zero outside
                the domain.

        Returns:
            Shape (k, k): sum over strata of (1 - f) m / (m - 1) times the centred cross products of cluster totals. Not
            a number where a stratum has a single primary unit.

        Source:
            Saerndal, Swensson, Wretman (1992), 5.5 to 5.7, 7.6; equal to R survey::svyrecvar (tests/oracles).
        """
        columns = np.asarray(influence, dtype=float)
        scores = self.weight[:, None] * self.residuals(columns)
        totals = self._by_unit(scores)
        covariance = np.zeros((columns.shape[1], columns.shape[1]))
        for sums, finite in totals:
            if len(sums) < 2:
                return np.full_like(covariance, np.nan)
            centred = sums - sums.mean(axis=0)
            covariance += finite * len(sums) / (len(sums) - 1) * centred.T @ centred
        return covariance

    def standard_error(self, influence: Array) -> float:
        """Give the standard error of one statistic from its influence values, shape (n,)."""
        return float(np.sqrt(max(self.covariance(influence[:, None])[0, 0], 0.0)))

    def residuals(self, columns: Array) -> Array:
        """Take out of each column, shape (n, k), what the margins explain, by weighted least squares."""
        if not self.margins:
            return columns
        root = np.ones((len(columns), 1)) if self.base is None else np.sqrt(self.base)[:, None]
        scaled = root * columns
        return (scaled - self.basis @ (self.basis.T @ scaled)) / root

    @cached_property
    def pulled_basis(self) -> Array:
        """Give the basis as it takes from weighted values, shape (n, rank)."""
        root = 1.0 if self.base is None else np.sqrt(self.base)
        return (self.weight / root)[:, None] * self.basis

    @cached_property
    def basis(self) -> Array:
        """Give an orthonormal basis of the margins' indicators, shape (n, rank)."""
        indicators = [codes[:, None] == np.unique(codes)[None, :] for codes in self.margins]
        root = np.ones(len(self.weight)) if self.base is None else np.sqrt(self.base)
        left, sizes, _ = np.linalg.svd(root[:, None] * np.hstack(indicators), full_matrices=False)
        return left[:, sizes > 1e-10 * sizes[0]]

    def _by_unit(self, scores: Array) -> list[tuple[Array, float]]:
        """Give each stratum's totals by primary unit, shape (m, k), and the share of its units that were not asked."""
        rows = [np.arange(len(scores))]
        if self.stratum is not None:
            rows = [np.flatnonzero(self.stratum == code) for code in np.unique(self.stratum)]
        pairs = []
        for row in rows:
            sums = scores[row]
            if self.cluster is not None:
                units, place = np.unique(self.cluster[row], return_inverse=True)
                sums = np.zeros((len(units), scores.shape[1]))
                np.add.at(sums, place, scores[row])
            pairs.append((sums, self.unseen(len(sums), int(row[0]))))
        return pairs

    def unseen(self, units: float, row: int = 0) -> float:
        """Give the finite population correction 1 - f for so many primary units of the stratum of one row."""
        if self.population is None:
            return 1.0
        size = float(self.population[row]) if isinstance(self.population, np.ndarray) else float(self.population)
        return max(1.0 - units / size, 0.0)


def post_stratify(base: Array, codes: Codes, totals: Array) -> Array:
    """Scale weights so that each group's weights add up to its count in the frame.

    Args:
        base: shape (n,), starting weights. codes: shape (n,), group of each agency, 0 to g - 1.
        totals: shape (g,), agencies of the frame in each group.

    Raises:
        WeightingFailed: a group of the frame has no agency that answered.

    Source:
        Holt and Smith (1979); equal to R survey::postStratify (tests/oracles).
    """
    sums = np.bincount(codes, base, minlength=len(totals))
    if np.any((sums <= 0) & (totals > 0)):
        raise WeightingFailed(
            what=f"{int(np.sum((sums <= 0) & (totals > 0)))} groups of the frame have no agency that answered",
            where="weights to the frame",
            do="merge the groups in the programme's frame margins",
        )
    return base * (totals / np.where(sums > 0, sums, 1.0))[codes]


def rake(
    base: Array, margins: Sequence[Codes], totals: Sequence[Array], tolerance: float = 1e-12, sweeps: int = _SWEEPS
) -> Array:
    """Scale weights until every margin of the frame is met (iterative proportional fitting).

    Args:
        base: shape (n,). margins: codes, each shape (n,). totals: the frame's count by code, one array a margin.
        tolerance: largest distance from a margin, relative to its count, at which the work is done.

    Raises:
        WeightingFailed: a group has no agency, or the margins cannot be met together within `sweeps` rounds.

    Source:
        Deming and Stephan (1940); equal to R survey::rake to 1e-8 (tests/oracles).
    """
    weight = np.asarray(base, dtype=float)
    for _ in range(sweeps):
        for codes, wanted in zip(margins, totals, strict=True):
            weight = post_stratify(weight, codes, np.asarray(wanted, dtype=float))
        if _distance(weight, margins, totals) <= tolerance:
            return weight
    raise WeightingFailed(
        what=f"raking did not meet the margins in {sweeps} rounds (off by {_distance(weight, margins, totals):.1e})",
        where="weights to the frame",
        do="take a margin out of the programme's frame margins, or merge its small groups",
    )


def _distance(weight: Array, margins: Sequence[Codes], totals: Sequence[Array]) -> float:
    gaps = [
        np.abs(np.bincount(codes, weight, minlength=len(wanted)) - wanted) / np.maximum(wanted, 1.0)
        for codes, wanted in zip(margins, totals, strict=True)
    ]
    return max((float(gap.max(initial=0.0)) for gap in gaps), default=0.0)


def trim(weight: Array, lower: float = -np.inf, upper: float = np.inf, strict: bool = True) -> Array:
    """Cut weights to the limits and share what was cut equally among the others.

    Args:
        weight: shape (n,). strict: repeat until the shared-out part pushes no weight over a limit.

    Raises:
        WeightingFailed: the limits leave no weight untouched to take the rest.

    Source:
        Potter (1990); equal to R survey::trimWeights (tests/oracles).
    """
    current = np.asarray(weight, dtype=float)
    slack = 1e-12 * float(np.abs(current).max(initial=1.0))
    for _ in range(len(current) + 1):
        outside = (current < lower - slack) | (current > upper + slack)
        if not outside.any():
            return current
        if outside.all():
            break
        cut = np.clip(current, lower, upper)
        cut[~outside] += (current - cut).sum() / (~outside).sum()
        current = cut
        if not strict:
            return current
    raise WeightingFailed(
        what=f"weights cannot be kept between {lower:g} and {upper:g}",
        where="weights to the frame",
        do="widen the limits",
    )


def effective_size(weight: Array) -> float:
    """Give Kish's effective number of agencies: the square of the sum over the sum of squares of the weights."""
    squares = float(np.sum(weight * weight))
    return float(np.sum(weight)) ** 2 / squares if squares > 0 else 0.0


def design_effect(variance: float, values: Array, weight: Array) -> float:
    """Give a mean's variance over that of a simple random sample of as many agencies of an endless population.

    Args:
        variance: of the weighted mean, under the design. values, weight: shape (n,), of two agencies or more.

    Source:
        Kish (1965); with the finite population correction equal to R survey::svymean(deff = TRUE) (tests/oracles).
    """
    count = len(values)
    mean = np.average(values, weights=weight)
    spread = np.average((values - mean) ** 2, weights=weight) * count / (count - 1)
    return float(variance / (spread / count))
