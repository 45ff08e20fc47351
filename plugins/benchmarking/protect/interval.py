"""What an attacker can infer: the interval of a figure, or of a hidden cell, given everything published.

The attacker knows every published sum exactly, who contributed with which weight, and that no figure is negative.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from benchmarking.errors import BenchmarkingError

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
FEASIBLE = 1e-9
POSITIVE = 1e-12


@dataclass
class Attacker:
    """Linear programmes over one set of published sums, solved one after the other from the last basis.

    Args:
        sums: shape (published, figures), the weights of each published sum.
        figures: shape (figures,), the true figures; only their sums enter the programmes.
        least, most: bounds that anyone knows of a figure; minus infinity and infinity where nobody does.

    Raises:
        BenchmarkingError: the solver fails on a programme that has a solution by construction.
    """

    sums: Floats
    figures: Floats
    least: float = 0.0
    most: float = float("inf")
    solved: int = 0
    _solver: highspy.Highs = field(init=False)

    def __post_init__(self) -> None:
        # Scaled to a mean of one, since the solver's tolerances are absolute.
        self._scale = float(np.abs(self.figures).mean()) or 1.0
        self._length = np.maximum(np.abs(self.sums).sum(axis=1), POSITIVE)
        self._solver = highspy.Highs()
        for option, value in _OPTIONS.items():
            self._solver.setOptionValue(option, value)
        self._solver.passModel(self._programme())

    def interval(self, target: Floats, known: Whole | None = None) -> tuple[float, float]:
        """Give the least and the greatest value of target . figures; the figures at `known` are the attacker's own."""
        low, high, _ = self.binding(target, known)
        return low, high

    def binding(self, target: Floats, known: Whole | None = None) -> tuple[float, float, set[int]]:
        """Give the interval and the published sums that bind it (those with a price in either programme)."""
        fixed = np.zeros(0, np.int64) if known is None else known
        own = self.figures[fixed] / self._scale
        for position, value in zip(fixed.tolist(), own.tolist(), strict=True):
            self._solver.changeColBounds(position, value, value)
        size = float(np.abs(target).max()) or 1.0
        low, first = self._solve(target / size, highspy.ObjSense.kMinimize)
        high, second = self._solve(target / size, highspy.ObjSense.kMaximize)
        for position in fixed.tolist():
            self._solver.changeColBounds(position, self.least / self._scale, self.most / self._scale)
        return low * size * self._scale, high * size * self._scale, first | second

    def _programme(self) -> highspy.HighsLp:
        scaled = self.sums / self._length[:, None]
        total = scaled @ (self.figures / self._scale)
        rows, columns = scaled.shape
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = columns, rows
        programme.col_cost_ = np.zeros(columns)
        programme.col_lower_ = np.full(columns, self.least / self._scale)
        programme.col_upper_ = np.full(columns, self.most / self._scale)
        programme.row_lower_ = programme.row_upper_ = total
        where = [np.flatnonzero(scaled[:, column]) for column in range(columns)]
        programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        programme.a_matrix_.start_ = np.concatenate([[0], np.cumsum([len(w) for w in where])]).astype(np.int32)
        programme.a_matrix_.index_ = np.concatenate([*where, np.zeros(0, int)]).astype(np.int32)
        values = [scaled[w, column] for column, w in enumerate(where)]
        programme.a_matrix_.value_ = np.concatenate([*values, np.zeros(0)])
        return programme

    def _solve(self, target: Floats, sense: highspy.ObjSense) -> tuple[float, set[int]]:
        columns = len(target)
        self._solver.changeColsCost(columns, np.arange(columns, dtype=np.int32), target.astype(float))
        self._solver.changeObjectiveSense(sense)
        self._solver.run()
        self.solved += 1
        status = self._solver.getModelStatus()
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return (-np.inf if sense == highspy.ObjSense.kMinimize else np.inf), set()
        if status != highspy.HighsModelStatus.kOptimal:
            raise BenchmarkingError(f"the solver ended with {status}.", "disclosure audit", "Report this.")
        prices = np.abs(np.asarray(self._solver.getSolution().row_dual))
        return float(self._solver.getInfo().objective_function_value), set(np.flatnonzero(prices > FEASIBLE).tolist())


_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "presolve": "off",
    "threads": 1,
    "random_seed": 0,
    "solver": "simplex",
}


@dataclass(frozen=True)
class Room:
    """How far the positive figures can move while every published sum stays: a lower bound, found without a solver.

    `off` is the projector off the published sums in coordinates where every figure is one; a step along one of its
    columns keeps the sums, and its length is limited by the first figure to reach zero.
    """

    figures: Floats
    positive: NDArray[np.bool_]
    off: Floats

    @classmethod
    def of(cls, sums: Floats, figures: Floats) -> Room:
        """Measure the room left by published sums, shape (published, figures)."""
        positive = figures > POSITIVE * max(float(np.abs(figures).max(initial=0)), POSITIVE)
        scaled = np.where(positive, sums * figures, 0.0)
        return cls(figures, positive, _projector_off(scaled))

    def margins(self) -> Floats:
        """Give for each figure how far it can certainly move both ways, as a fraction of itself; 0 for zeros."""
        return self._margin(self.off, np.diagonal(self.off))

    def cell_margins(self, cells: Floats) -> Floats:
        """Give the same for cells, shape (cells, figures), as a fraction of each cell's total."""
        parts = np.where(self.positive, cells * self.figures, 0.0)
        totals = parts.sum(axis=1)
        parts /= np.where(totals > 0, totals, 1.0)[:, None]
        directions = self.off @ parts.T
        along = np.einsum("ij,ji->i", parts, directions)
        # What is left of a cell that the sums give away is rounding noise, and clears nothing.
        return self._margin(directions, np.where(along > FEASIBLE * (parts * parts).sum(axis=1), along, 0.0))

    def insider_left(self) -> Floats:
        """Give [who, whose]: what is left of `whose` once `who` knows its own; its root bounds the margin below."""
        left = np.diagonal(self.off).copy()
        scale = np.where(left > POSITIVE, left, np.inf)
        rest = left[None, :] - self.off * self.off / scale[:, None]
        np.fill_diagonal(rest, np.inf)
        rest[:, ~self.positive] = np.inf
        return rest

    def _margin(self, directions: Floats, along: Floats) -> Floats:
        longest = np.abs(directions).max(axis=0, initial=0.0)
        margin = np.where(longest > POSITIVE, along / np.where(longest > POSITIVE, longest, 1.0), 0.0)
        return np.where(along > POSITIVE, margin, 0.0)


def movable(sums: Floats, figures: Floats, most: float = float("inf")) -> tuple[NDArray[np.bool_], Floats]:
    """Say of each figure at a bound (zero, or `most`) whether it could be something else; true of all others.

    One linear programme finds a direction in which every figure moves that can move at all: directions that keep
    the sums and the bounds form a cone, so those of single figures add up to one that moves them all.

    Returns:
        Shape (figures,) both: who can move, and the direction.
    """
    at_zero = np.abs(figures) <= POSITIVE
    at_most = np.isfinite(most) & (figures >= most - POSITIVE)
    bound = np.flatnonzero(at_zero | at_most)
    result, direction = np.ones(len(figures), bool), np.zeros(len(figures))
    if len(bound):
        direction, moves = _moves(sums, bound, np.where(at_zero, 1.0, -1.0)[bound])
        result[bound] = moves
    return result, direction


def _moves(sums: Floats, bound: Whole, sign: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Maximise the count of bound figures that move: sum of t, 0 <= t <= 1, direction = sign (t + slack)."""
    columns, extra = sums.shape[1], len(bound)
    length = np.maximum(np.abs(sums).max(axis=1), POSITIVE)
    scaled = sparse.csc_matrix(sums / length[:, None])
    free = np.setdiff1d(np.arange(columns), bound)
    moved = scaled[:, bound] @ sparse.diags(sign)
    matrix = sparse.hstack([scaled[:, free], moved, moved]).tocsc()
    # t <= 1 counts a figure once; the slack lets it go further where another needs it to.
    bounds = np.concatenate(
        [
            np.tile([-np.inf, np.inf], (len(free), 1)),
            np.tile([0.0, 1.0], (extra, 1)),
            np.tile([0.0, np.inf], (extra, 1)),
        ]
    )
    cost = np.concatenate([np.zeros(len(free)), -np.ones(extra), np.zeros(extra)])
    answer = linprog(cost, A_eq=matrix, b_eq=np.zeros(len(sums)), bounds=bounds, method="highs")
    if answer.status != 0:
        raise BenchmarkingError(f"the solver ended with '{answer.message}'.", "disclosure audit", "Report this.")
    counted = answer.x[len(free) : len(free) + extra]
    direction = np.zeros(columns)
    direction[free] = answer.x[: len(free)]
    direction[bound] = sign * (counted + answer.x[len(free) + extra :])
    return direction, counted > 0.5


def independent(sums: Floats) -> Whole:
    """Give the positions of rows that span the row space, first come first kept; shape (rank,)."""
    kept: list[int] = []
    basis = np.zeros((0, sums.shape[1]))
    for position, row in enumerate(sums):
        rest = row / (np.linalg.norm(row) or 1.0)
        for _ in range(2):  # twice is enough for orthogonality to machine precision
            rest = rest - basis.T @ (basis @ rest)
        length = np.linalg.norm(rest)
        if length > 1e-7:
            kept.append(position)
            basis = np.vstack([basis, rest / length])
    return np.array(kept, dtype=np.int64)


def _projector_off(rows: Floats) -> Floats:
    size = rows.shape[1]
    lengths = np.linalg.norm(rows, axis=1)
    rows = rows[lengths > 0] / lengths[lengths > 0, None]
    if not len(rows):
        return np.eye(size)
    _, singular, right = np.linalg.svd(rows, full_matrices=False)
    basis = right[singular > 1e-10 * singular[0]]
    return np.eye(size) - basis.T @ basis
