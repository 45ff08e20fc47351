"""The greedy exact rule: admit a published sum unless what is protected would enter the span of all of them.

M has one row a published figure and one column a contributor's figure. Q projects off the row space of M. What an
attacker can derive exactly is the row space; Q says how much of a vector lies outside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

# Below this part of its squared length a vector counts as inside the span.
INSIDE = 1e-9
# Parallel columns of Q have the same angle in a random plane; those nearer than this are compared exactly.
ANGLE_WINDOW = 1e-3
NEIGHBOURS = 3


@dataclass(frozen=True)
class Exposure:
    """What a set of published sums gives away: `who` learns `whose` figure; `who` is "" for anyone."""

    kind: str
    whose: int
    who: int = -1


@dataclass
class Span:
    """The span of the admitted rows over `size` figures, held by `owner`s (holding codes, shape (size,)).

    `guarded` (vectors, size) are further totals that must not be derivable: hidden cells, a holding's part of a
    cell, the size of a correction. Without `protects_figures` only they are protected.
    """

    owner: Whole
    guarded: sparse.csr_matrix
    has_insiders: bool = True
    protects_figures: bool = True
    off: Floats = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.owner)
        self.off = np.eye(size)
        self.rank = 0
        self._left = np.ones(size)
        self._guarded_length = np.asarray(self.guarded.multiply(self.guarded).sum(axis=1)).ravel()
        self._guarded_left = self._guarded_length.copy()
        # A fixed seed: the plane only speeds the search for parallel columns, it decides nothing.
        self._plane = np.random.default_rng(20260101).standard_normal((size, 2))
        self._shadow = self._plane.copy()
        self._groups = _larger_groups(self.owner)

    @property
    def exposed(self) -> NDArray[np.bool_]:
        """Say of each figure whether it can be derived."""
        return self._left < INSIDE

    @property
    def guarded_open(self) -> NDArray[np.bool_]:
        """Say of each guarded vector whether it can be derived."""
        return self._guarded_left < INSIDE * np.maximum(self._guarded_length, 1e-300)

    def outside(self, positions: Whole, weights: Floats) -> Floats | None:
        """Give the part of a row, scaled to length one, that lies outside the span; None where nothing does."""
        unit = weights / np.linalg.norm(weights)
        rest = self.off[:, positions] @ unit
        return rest if rest @ rest > INSIDE else None

    def exposure(self, rest: Floats) -> Exposure | None:
        """Give what admitting a row, by its part outside the span, would newly give away; None if nothing."""
        squared = float(rest @ rest)
        left = self._left - rest * rest / squared
        newly = (left < INSIDE) & ~self.exposed
        if self.protects_figures and newly.any():
            return Exposure("outsider", int(np.argmax(newly)))
        found = self._guarded_exposure(rest, squared)
        if found is None and self.has_insiders:
            found = self._insider(rest, squared, left) or self._group_insider(rest, squared, left)
        return found

    def add(self, rest: Floats) -> None:
        """Admit a row by its part outside the span."""
        squared = rest @ rest
        self.off -= np.outer(rest, rest / squared)
        self._left = np.maximum(self._left - rest * rest / squared, 0.0)
        self._shadow -= np.outer(rest, rest @ self._plane / squared)
        products = self.guarded @ rest
        self._guarded_left = np.maximum(self._guarded_left - products * products / squared, 0.0)
        self.rank += 1

    def insider_pairs(self) -> list[tuple[int, int]]:
        """Give every (who, whose) in which a holder of one figure derives another's, by comparing all pairs."""
        product = self.off * self.off
        left = np.diagonal(self.off).copy()
        known = left < INSIDE
        scale = np.outer(left, left)
        parallel = (product > (1 - INSIDE) * scale) & (scale > INSIDE * INSIDE)
        parallel &= self.owner[:, None] != self.owner[None, :]
        parallel[known, :] = parallel[:, known] = False
        pairs = [(int(i), int(j)) for i, j in np.argwhere(parallel)]
        for group in self._groups:
            rest = _left_given(self.off, left, group)
            pairs += [(int(group[0]), int(i)) for i in self._learned(rest, left, group)]
        return sorted(set(pairs))

    def _guarded_exposure(self, rest: Floats, squared: float) -> Exposure | None:
        if not len(self._guarded_left):
            return None
        products = self.guarded @ rest
        left = self._guarded_left - products * products / squared
        newly = (left < INSIDE * self._guarded_length) & ~self.guarded_open
        return Exposure("guarded", int(np.argmax(newly))) if newly.any() else None

    def _insider(self, rest: Floats, squared: float, left: Floats) -> Exposure | None:
        shadow = self._shadow - np.outer(rest, rest @ self._plane / squared)
        angle = np.mod(np.arctan2(shadow[:, 1], shadow[:, 0]), np.pi)
        order = np.argsort(angle, kind="stable")
        turned = angle[order]
        for step in range(1, min(NEIGHBOURS, len(order) - 1) + 1):
            gap = np.mod(np.roll(turned, -step) - turned, np.pi)
            near = np.flatnonzero(np.minimum(gap, np.pi - gap) < ANGLE_WINDOW)
            pair = self._first_parallel(order[near], np.roll(order, -step)[near], rest, squared, left)
            if pair is not None:
                return pair
        return None

    def _first_parallel(self, one: Whole, other: Whole, rest: Floats, squared: float, left: Floats) -> Exposure | None:
        differ = (self.owner[one] != self.owner[other]) & ~self.exposed[one] & ~self.exposed[other]
        one, other = one[differ], other[differ]
        before = self.off[one, other]
        was = before * before > (1 - INSIDE) * self._left[one] * self._left[other]
        after = before - rest[one] * rest[other] / squared
        now = after * after > (1 - INSIDE) * left[one] * left[other]
        found = np.flatnonzero(now & ~was)
        return Exposure("insider", int(other[found[0]]), int(one[found[0]])) if len(found) else None

    def _group_insider(self, rest: Floats, squared: float, left: Floats) -> Exposure | None:
        for group in self._groups:
            columns = self.off[:, group] - np.outer(rest, rest[group] / squared)
            after = _left_given_columns(columns, left, group)
            learned = self._learned(after, left, group)
            if len(learned):
                before = _left_given(self.off, self._left, group)
                fresh = learned[before[learned] >= INSIDE * np.maximum(self._left[learned], INSIDE)]
                if len(fresh):
                    return Exposure("insider", int(fresh[0]), int(group[0]))
        return None

    def _learned(self, rest: Floats, left: Floats, group: Whole) -> Whole:
        inside = (rest < INSIDE * left) & (left >= INSIDE) & (self.owner != self.owner[group[0]])
        return np.flatnonzero(inside)


def _larger_groups(owner: Whole) -> list[Whole]:
    """Give the positions of each holding that has more than one figure."""
    order = np.argsort(owner, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(owner[order])) + 1)
    return [part for part in parts if len(part) > 1]


def _left_given(off: Floats, left: Floats, group: Whole) -> Floats:
    return _left_given_columns(off[:, group], left, group)


def _left_given_columns(columns: Floats, left: Floats, group: Whole) -> Floats:
    """Give what is left of each figure's square when a group of figures is known besides."""
    own = columns[group]
    inverse = np.linalg.pinv(own, rcond=1e-9, hermitian=True)
    return left - np.einsum("ij,jk,ik->i", columns, inverse, columns)
