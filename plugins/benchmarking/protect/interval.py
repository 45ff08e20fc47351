"""What an attacker can infer: the interval of a figure, or of a hidden cell, given everything published.

The attacker knows every published sum exactly, who contributed with which weight, and that no figure is negative.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarking.errors import BenchmarkingError
from benchmarking.protect.exact import basis_of, left_to, projector_off

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
FEASIBLE = 1e-9
POSITIVE = 1e-12
# Steps of the simplex after which it is given up, for each row and column; it seldom takes more than two.
MOST_STEPS = 20


class Unsolved(BenchmarkingError):
    """The solver gave up on a programme that has a solution by construction: what it would say is not known."""


@dataclass(frozen=True)
class End:
    """One end of an interval: its value, the sums that bind it, and figures that reach it (None without a bound)."""

    value: float
    prices: set[int]
    point: Floats | None


@dataclass
class Attacker:
    """Linear programmes over one set of published sums, solved one after the other from the last basis.

    Args:
        sums: shape (published, figures), the weights of each published sum.
        figures: shape (figures,), the true figures; only their sums enter the programmes.
        least, most: bounds that anyone knows of a figure; minus infinity and infinity where nobody does.

    Raises:
        Unsolved: the solver gives up on a programme.
    """

    sums: Floats | sparse.csr_matrix
    figures: Floats
    least: float = 0.0
    most: float = float("inf")
    solved: int = 0
    _solver: highspy.Highs = field(init=False)

    def __post_init__(self) -> None:
        # Scaled to a mean of one, since the solver's tolerances are absolute.
        self._scale = float(np.abs(self.figures).mean()) or 1.0
        self._solver = _solver_of(self._programme())

    def interval(self, target: Floats, known: Whole | None = None) -> tuple[float, float]:
        """Give the least and the greatest value of target . figures; the figures at `known` are the attacker's own."""
        return self.end(target, -1, known).value, self.end(target, 1, known).value

    def binding(self, target: Floats, known: Whole | None = None) -> tuple[float, float, set[int]]:
        """Give the interval and the published sums that bind it (those with a price in either programme)."""
        low, high = self.end(target, -1, known), self.end(target, 1, known)
        return low.value, high.value, low.prices | high.prices

    def end(self, target: Floats, sign: int, known: Whole | None = None) -> End:
        """Give one end of the interval: the least (sign -1) or the greatest (1) value of target . figures."""
        fixed = np.zeros(0, np.int64) if known is None else known
        own = self.figures[fixed] / self._scale
        for position, value in zip(fixed.tolist(), own.tolist(), strict=True):
            self._solver.changeColBounds(position, value, value)
        size = float(np.abs(target).max()) or 1.0
        found = self._solve(target / size, sign)
        for position in fixed.tolist():
            self._solver.changeColBounds(position, self.least / self._scale, self.most / self._scale)
        point = None if found.point is None else found.point * self._scale
        return End(found.value * size * self._scale, found.prices, point)

    @property
    def effort(self) -> int:
        """Give what the programmes cost: each as much as its table has entries."""
        return self.solved * self.sums.shape[0] * self.sums.shape[1]

    def _programme(self) -> highspy.HighsLp:
        scaled = _scaled_rows(self.sums)
        columns = scaled.shape[1]
        bounds = np.tile([self.least / self._scale, self.most / self._scale], (columns, 1))
        return _programme(np.zeros(columns), scaled.tocsc(), scaled @ (self.figures / self._scale), bounds)

    def _solve(self, target: Floats, sign: int) -> End:
        columns = len(target)
        self._solver.changeColsCost(columns, np.arange(columns, dtype=np.int32), target.astype(float))
        self._solver.changeObjectiveSense(highspy.ObjSense.kMaximize if sign > 0 else highspy.ObjSense.kMinimize)
        self.solved += 1
        if not _run(self._solver):
            return End(sign * np.inf, set(), None)
        solution = self._solver.getSolution()
        prices = set(np.flatnonzero(np.abs(np.asarray(solution.row_dual)) > FEASIBLE).tolist())
        value = float(self._solver.getInfo().objective_function_value)
        return End(value, prices, np.asarray(solution.col_value, dtype=float))


_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "presolve": "off",
    "threads": 1,
    "random_seed": 0,
    "solver": "simplex",
}
# The dual simplex gives up on some programmes as they stand, but not once they are scaled anew, or in the primal.
_WAYS: tuple[dict[str, int], ...] = ({}, {"simplex_scale_strategy": 4}, {"simplex_strategy": 4})
_USUAL = {"simplex_scale_strategy": 1, "simplex_strategy": 1}
_ENDLESS = (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible)


def _programme(cost: Floats, matrix: sparse.csc_matrix, right: Floats, bounds: Floats) -> highspy.HighsLp:
    programme = highspy.HighsLp()
    programme.num_row_, programme.num_col_ = matrix.shape
    programme.col_cost_ = cost
    programme.col_lower_, programme.col_upper_ = bounds[:, 0], bounds[:, 1]
    programme.row_lower_ = programme.row_upper_ = right
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    programme.a_matrix_.index_ = matrix.indices.astype(np.int32)
    programme.a_matrix_.value_ = matrix.data
    return programme


def _solver_of(programme: highspy.HighsLp) -> highspy.Highs:
    solver = highspy.Highs()
    for option, value in _OPTIONS.items():
        solver.setOptionValue(option, value)
    # The simplex may go round in circles where the sums nearly determine everything; counted, not timed.
    solver.setOptionValue("simplex_iteration_limit", MOST_STEPS * (programme.num_row_ + programme.num_col_))
    solver.passModel(programme)
    return solver


def _run(solver: highspy.Highs) -> bool:
    """Solve a programme in the first way that succeeds; say whether it has a greatest value at all."""
    for way in _WAYS:
        for option, value in {**_USUAL, **way}.items():
            solver.setOptionValue(option, value)
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal or status in _ENDLESS:
            return status not in _ENDLESS
        solver.clearSolver()
    raise Unsolved(f"the solver ended with {status}.", "disclosure audit", "Report this.")


def _scaled_rows(sums: Floats | sparse.csr_matrix) -> sparse.csr_matrix:
    matrix = sparse.csr_matrix(sums)
    length = np.maximum(np.asarray(abs(matrix).sum(axis=1)).ravel(), POSITIVE)
    return sparse.diags(1.0 / length) @ matrix


@dataclass(frozen=True)
class Room:
    """How far the positive figures can move while every published sum stays: a lower bound, found without a solver.

    `off` is the projector off the published sums in coordinates where every figure is one. A step along the part of a
    target that lies outside the sums keeps them all; how far it goes is limited by the first figure to reach zero.
    """

    figures: Floats
    positive: NDArray[np.bool_]
    off: Floats

    @classmethod
    def of(cls, sums: Floats, figures: Floats) -> Room:
        """Measure the room left by published sums, shape (published, figures)."""
        positive = figures > POSITIVE * max(float(np.abs(figures).max(initial=0)), POSITIVE)
        scaled = np.where(positive, sums * figures, 0.0)
        return cls(figures, positive, projector_off(basis_of(scaled)[1]))

    def margins(self, targets: Floats) -> Floats:
        """Give how far each target, shape (targets, figures), can certainly move both ways, as a fraction of itself."""
        parts = self._parts(targets)
        return _steps(parts, (sparse.csr_matrix(parts) @ self.off).T)

    def margins_of_one_beside(self, targets: Floats, own: Whole) -> Floats:
        """Give the same where somebody knows the figures at `own` besides; sharper than `margins_beside`."""
        parts, mine = self._parts(targets), self.off[:, own]
        directions = (sparse.csr_matrix(parts) @ self.off).T
        known = np.linalg.pinv(self.off[np.ix_(own, own)], rcond=FEASIBLE, hermitian=True)
        directions = directions - mine @ (known @ directions[own])
        directions[own] = 0.0
        return _steps(parts, directions)

    def margins_beside(self, targets: Floats, owner: Whole, holders: int) -> Floats:
        """Give the same where a holder knows its own figures besides, shape (targets, holders).

        A step is no longer than its own root mean square, so that the root of what is left bounds the margin below.
        """
        left = left_to(self.off, self._parts(targets), owner, holders)
        return np.sqrt(np.maximum(left, 0.0))

    def _parts(self, targets: Floats) -> Floats:
        parts = np.where(self.positive, targets * self.figures, 0.0)
        totals = parts.sum(axis=1)
        return parts / np.where(totals > 0, totals, 1.0)[:, None]


def _steps(parts: Floats, directions: Floats) -> Floats:
    """Give how far each target moves along its direction until the first figure reaches zero, or twice itself."""
    along = np.einsum("ij,ji->i", parts, directions)
    # What is left of a target that the sums give away is rounding noise, and clears nothing.
    along = np.where(along > FEASIBLE * (parts * parts).sum(axis=1), along, 0.0)
    longest = np.abs(directions).max(axis=0, initial=0.0)
    margin = np.where(longest > POSITIVE, along / np.where(longest > POSITIVE, longest, 1.0), 0.0)
    return np.where(along > POSITIVE, margin, 0.0)


def movable(
    sums: Floats | sparse.csr_matrix, figures: Floats, most: float = float("inf")
) -> tuple[NDArray[np.bool_], Floats]:
    """Say of each figure at a bound (zero, or `most`) whether it could be something else; true of all others.

    Returns:
        Shape (figures,) both: who can move, and a direction in which all of them do.
    """
    return Movable(sums, figures, most).found()


class Movable:
    """Who can move while all sums and bounds stay, of figures at a bound: zero, or `most`.

    One linear programme finds a direction in which every figure moves that can move at all: directions that keep
    the sums and the bounds form a cone, so those of single figures add up to one that moves them all. It maximises the
    sum of t, 0 <= t <= 1, where a figure's direction is its sign times (t + slack): t counts a figure once, and the
    slack lets it go further where another needs it to.
    """

    def __init__(self, sums: Floats | sparse.csr_matrix, figures: Floats, most: float = float("inf")) -> None:
        at_zero = np.abs(figures) <= POSITIVE
        at_most = np.isfinite(most) & (figures >= most - POSITIVE)
        self.columns, self.bound = len(figures), np.flatnonzero(at_zero | at_most)
        self.sign = np.where(at_zero, 1.0, -1.0)[self.bound]
        self.free = np.setdiff1d(np.arange(self.columns), self.bound)
        self.size = (len(self.bound) + self.columns) * sums.shape[0]
        self._solver = self._of(_scaled_rows(sums).tocsc()) if len(self.bound) else None
        # Where each figure's columns are: its direction if it is free, else its t and its slack.
        extra = len(self.bound)
        self._places = np.full((self.columns, 2), -1)
        self._places[self.free, 0] = np.arange(len(self.free))
        self._places[self.bound, 0] = len(self.free) + np.arange(extra)
        self._places[self.bound, 1] = len(self.free) + extra + np.arange(extra)

    def _of(self, scaled: sparse.csc_matrix) -> highspy.Highs:
        extra = len(self.bound)
        moved = scaled[:, self.bound] @ sparse.diags(self.sign)
        matrix = sparse.hstack([scaled[:, self.free], moved, moved]).tocsc()
        ends = [(-np.inf, np.inf), (0.0, 1.0), (0.0, np.inf)]
        counts = (len(self.free), extra, extra)
        self._bounds = np.concatenate([np.tile(end, (count, 1)) for end, count in zip(ends, counts, strict=True)])
        cost = np.concatenate([np.zeros(len(self.free)), -np.ones(extra), np.zeros(extra)])
        return _solver_of(_programme(cost, matrix, np.zeros(scaled.shape[0]), self._bounds))

    def found(self, still: Whole | None = None) -> tuple[NDArray[np.bool_], Floats]:
        """Say who can move while the figures at `still` stay as they are; they are said to move themselves.

        Returns:
            Shape (figures,) both: who can move, and a direction in which all of them do.
        """
        result, direction = np.ones(self.columns, bool), np.zeros(self.columns)
        if self._solver is None:
            return result, direction
        held = self._places[np.zeros(0, np.int64) if still is None else still].ravel()
        held = held[held >= 0]
        for place in held.tolist():
            self._solver.changeColBounds(place, 0.0, 0.0)
        _run(self._solver)
        moved = np.asarray(self._solver.getSolution().col_value, dtype=float)
        for place in held.tolist():
            self._solver.changeColBounds(place, *self._bounds[place].tolist())
        counted, slack = np.split(moved[len(self.free) :], 2)
        result[self.bound] = counted > 0.5
        direction[self.free], direction[self.bound] = moved[: len(self.free)], self.sign * (counted + slack)
        if still is not None:
            result[still] = True
        return result, direction


def independent(sums: Floats) -> Whole:
    """Give the positions of rows that span the row space, first come first kept; shape (rank,)."""
    return basis_of(sums)[0]
