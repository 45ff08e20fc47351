"""A peer group within a sample: its agencies' rows, and what the variance of its figures owes to all the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarking.aggregate.design import Array, Codes, Design

# Many statistics of many agencies are worked out so many numbers at a time, which the processor's cache holds.
BLOCK = 1 << 19


@dataclass(frozen=True)
class Domain:
    """The m of a design's n agencies that a figure is made of.

    Everything is worked out on the m rows. An agency outside has no influence, yet calibration to margins gives it a
    residual: those are added up once for the domain, and cost nothing for each figure.

    Attributes:
        inside: shape (n,), who is in it.
    """

    design: Design
    inside: NDArray[np.bool_]

    @classmethod
    def of(cls, design: Design, inside: NDArray[np.bool_] | None = None) -> Domain:
        """Give the domain of some agencies, shape (n,), or of all; each is made once for a design."""
        chosen = np.ones(len(design.weight), dtype=bool) if inside is None else inside
        key = chosen.tobytes()
        if key not in design.domains:
            design.domains[key] = cls(design, chosen)
        return design.domains[key]

    @cached_property
    def rows(self) -> Codes:
        """Give the places of the domain's agencies, shape (m,)."""
        return np.flatnonzero(self.inside)

    @cached_property
    def weight(self) -> Array:
        """Give the weights of the domain's agencies, shape (m,)."""
        return self.design.weight[self.rows]

    @cached_property
    def freedom(self) -> int:
        """Give the domain's degrees of freedom."""
        return self.design.degrees_of_freedom(self.inside)

    def everywhere(self, values: Array) -> Array:
        """Give values of the domain's agencies, shape (m, ...), as those of all: shape (n, ...), zero outside."""
        spread = np.zeros((len(self.inside), *values.shape[1:]))
        spread[self.rows] = values
        return spread

    def covariance(self, influence: Array) -> Array:
        """Give the covariance matrix of statistics of the domain; as Design.covariance of their values everywhere.

        Args:
            influence: shape (m, k), each agency's linearised value of each statistic, without its weight.

        Returns:
            Shape (k, k); not a number where a stratum has a single primary unit.
        """
        if self.design.stratum is not None or self.design.cluster is not None:
            return self.design.covariance(self.everywhere(influence))
        count = len(self.inside)
        if count < 2:
            return np.full((influence.shape[1], influence.shape[1]), np.nan)
        scores, taken = self._scores(influence)
        mean = (scores.sum(axis=0) - self._outside_sum @ taken) / count
        centred = scores - mean
        # An agency outside scores what calibration takes from it, and nothing without margins.
        across = np.outer(self._outside_sum @ taken, mean)
        outside = taken.T @ self._outside_squares @ taken + across + across.T
        outside += (count - len(self.rows)) * np.outer(mean, mean)
        return self._finite * (centred.T @ centred + outside)

    def errors(self, influence: Array) -> Array:
        """Give the standard errors of many statistics at once: the roots of the diagonal of their covariance.

        Args:
            influence: shape (m, k), as in `covariance`.

        Returns:
            Shape (k,).
        """
        if self.design.stratum is not None or self.design.cluster is not None:
            return np.sqrt(np.maximum(np.diag(self.covariance(influence)), 0.0))
        if len(self.inside) < 2:
            return np.full(influence.shape[1], np.nan)
        block = max(1, BLOCK // max(len(self.rows), 1))
        parts = range(0, influence.shape[1], block)
        return np.concatenate([np.zeros(0), *(self._errors(influence[:, k : k + block]) for k in parts)])

    def _errors(self, influence: Array) -> Array:
        count = len(self.inside)
        scores, taken = self._scores(influence)
        given = self._outside_sum @ taken
        mean = (scores.sum(axis=0) - given) / count
        scores -= mean
        outside = np.sum(taken * (self._outside_squares @ taken), axis=0) + 2 * given * mean
        outside += (count - len(self.rows)) * mean**2
        within = np.einsum("ij,ij->j", scores, scores)
        return np.sqrt(np.maximum(self._finite * (within + outside), 0.0))

    def _scores(self, influence: Array) -> tuple[Array, Array]:
        """Give the domain's weighted residuals, shape (m, k), and what each margin explains, shape (rank, k)."""
        scores = self.weight[:, None] * influence
        if not self.design.margins:
            return scores, np.zeros((0, influence.shape[1]))
        root = 1.0 if self.design.base is None else np.sqrt(self.design.base[self.rows])[:, None]
        taken = self.design.basis[self.rows].T @ (root * influence)
        scores -= self.design.pulled_basis[self.rows] @ taken
        return scores, taken

    @cached_property
    def _finite(self) -> float:
        count = len(self.inside)
        return self.design.unseen(count) * count / max(count - 1, 1)

    @cached_property
    def _outside_sum(self) -> Array:
        if not self.design.margins:
            return np.zeros(0)
        return np.asarray(self.design.pulled_basis[~self.inside].sum(axis=0))

    @cached_property
    def _outside_squares(self) -> Array:
        if not self.design.margins:
            return np.zeros((0, 0))
        outside = self.design.pulled_basis[~self.inside]
        return outside.T @ outside
