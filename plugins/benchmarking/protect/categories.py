"""Linear programmes over shares: whether it is known what a contributor said, all categories attacked at once.

A contributor said one category: its answers are numbers between 0 and 1 that add up to one. A share tells how many
(by weight) of a group said a category. What one category's shares leave open, another's may close.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarking.protect.attack import SLACK, Audit, Finding, Means
from benchmarking.protect.exact import basis_of
from benchmarking.protect.interval import FEASIBLE, Attacker, Movable
from benchmarking.protect.system import System

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def examine_categories(system: System, shown: Sequence[int], hidden: Sequence[int], means: Means) -> Audit:
    """Attack one question's shares: who is known to have said something, or not to, and which hidden share is known.

    What a published share of 0 or 1 over enough contributors tells of each of them is published on purpose.
    """
    return _Categories(system, shown, hidden, means).examine()


class _Categories:
    """The programme of one question: a variable a contributor and category, category within contributor."""

    def __init__(self, system: System, shown: Sequence[int], hidden: Sequence[int], means: Means) -> None:
        self.system, self.hidden, self.means = system, hidden, means
        self.said, self.count = system.answers()
        matrix = system.vectors(shown)
        self.shown, self.programme = _joint_programme(matrix, shown, self.count)
        self.truth = (self.said[:, None] == np.arange(self.count)[None, :]).astype(float)
        self.told = self._told_on_purpose(matrix)
        self.touched = np.asarray((matrix != 0).sum(axis=0)).ravel() > 0
        self.inside = matrix.toarray() != 0
        self.attacker: Attacker | None = None
        self.audit = Audit()

    def examine(self) -> Audit:
        """Find a direction in which all that is open moves, and judge by programmes what does not move in it."""
        programme = Movable(self.programme, self.truth.ravel(), 1.0)
        free, direction = programme.found()
        self.audit.programmes += 1
        self.audit.effort += self.programme.shape[0] * self.programme.shape[1]
        closed = ~free.reshape(self.truth.shape) & self.touched[:, None] & ~self.told
        for place, category in np.argwhere(closed)[: self.means.most].tolist():
            target = np.zeros(self.truth.size)
            target[place * self.count + category] = 1.0
            self._find("zero", target, 1.0, int(self.system.owner[place]))
        self._examine_cells(direction.reshape(self.truth.shape))
        if self.means.insiders and self.means.answers:
            self._examine_insiders(programme, free)
        if self.attacker:
            self.audit.programmes += self.attacker.solved
            self.audit.effort += self.attacker.effort
        return self.audit

    def _examine_cells(self, direction: Floats) -> None:
        cells = self.system.vectors(self.hidden)
        self.audit.screened += len(self.hidden)
        # A share that moves with the answers is open; the others may be, each by itself.
        still = np.abs(cells @ direction) < FEASIBLE
        found = 0
        for number, category in np.argwhere(still).tolist():
            cell = cells[number].toarray()[0]
            if self.told[cell != 0, category].all() or found >= self.means.most:
                continue
            target = np.zeros(self.truth.shape)
            target[:, category] = cell
            found += self._find("cell", target.ravel(), float(cell.sum()), row=self.hidden[number])

    def _examine_insiders(self, programme: Movable, is_open: Bools) -> None:
        """Find what others said that a holder learns who knows what its own contributors said, and nobody else.

        That somebody did not say the only such answer of a group is known to who gave it, of any share published.
        """
        said = np.arange(len(self.said)) * self.count + self.said
        for who in np.unique(self.system.owner[self.touched]).tolist():
            own = self.system.owner == who
            columns = np.flatnonzero(np.repeat(own, self.count))
            free, _ = programme.found(columns)
            self.audit.programmes += 1
            self.audit.effort += programme.size
            known = ~free[said] & is_open[said] & self.touched & ~own
            for place in np.flatnonzero(known & ~self._told_beside(own)).tolist():
                target = np.zeros(self.truth.size)
                target[said[place]] = 1.0
                self._find("insider", target, 1.0, int(self.system.owner[place]), who=who, known=columns)

    def _told_beside(self, own: Bools) -> Bools:
        """Say who is told on purpose, to who knows its own answers, to have said the same as all others of a group."""
        told = np.zeros(len(own), bool)
        for inside in self.inside[self.inside[:, own].any(axis=1)]:
            others = inside & ~own
            told |= others & (len(np.unique(self.said[others])) == 1)
        return told

    def _find(
        self,
        kind: str,
        target: Floats,
        size: float,
        whose: int = -1,
        row: int = -1,
        who: int = -1,
        known: NDArray[np.int64] | None = None,
    ) -> bool:
        if self.attacker is None:
            self.attacker = Attacker(self.programme, self.truth.ravel(), 0.0, 1.0)
        low, high, prices = self.attacker.binding(target, known)
        width = (high - low) / size
        if width < SLACK:
            each = max(self.count - 1, 1)
            binding = sorted({self.shown[k // each] for k in prices if k < len(self.shown) * each})
            self.audit.findings.append(Finding(kind, width, tuple(binding), whose, who, row))
        return width < SLACK

    def _told_on_purpose(self, matrix: sparse.csr_matrix) -> Bools:
        told = np.zeros(self.truth.shape, bool)
        for number in range(matrix.shape[0]):
            inside = matrix.indices[matrix.indptr[number] : matrix.indptr[number + 1]]
            share = self.truth[inside].mean(axis=0)
            told[np.ix_(inside, (share == 0) | (share == 1))] = True
        return told


def _joint_programme(
    matrix: sparse.csr_matrix, shown: Sequence[int], count: int
) -> tuple[list[int], sparse.csr_matrix]:
    """Give the independent ones of the shown rows, and the equations of all categories and of one answer each.

    A row of shares is an equation a category, the last one left out, since its shares are one less the others.
    """
    kept, _ = basis_of(matrix.toarray())
    pick = sparse.eye(max(count - 1, 1), count, format="csr")
    shares = sparse.kron(matrix[kept], pick, format="csr")
    answers = sparse.kron(sparse.eye(matrix.shape[1]), np.ones((1, count)), format="csr")
    return [shown[k] for k in kept.tolist()], sparse.vstack([shares, answers]).tocsr()


def least_of_answers(system: System, places: Sequence[int]) -> dict[int, float]:
    """Give for each figure's place how surely anyone knows what its contributor said, all categories taken together.

    Returns:
        The least that its answer can be in the category that it said: 1 where it is known, less where it is not.
    """
    said, count = system.answers()
    _, programme = _joint_programme(system.vectors(range(len(system.rows))), range(len(system.rows)), count)
    truth = (said[:, None] == np.arange(count)[None, :]).astype(float).ravel()
    attacker, least = Attacker(programme, truth, 0.0, 1.0), truth.copy()
    for place in places:
        variable = place * count + int(said[place])
        if least[variable] > SLACK:
            target = np.zeros(truth.size)
            target[variable] = 1.0
            end = attacker.end(target, -1)
            # Answers that agree with everything shown show of every contributor how little is known.
            least = np.minimum(least, truth if end.point is None else np.maximum(end.point, 0.0))
            least[variable] = max(end.value, 0.0)
    return {place: float(least[place * count + int(said[place])]) for place in places}
