"""Figures that agree with everything shown: what they reach, an attacker cannot rule out, and no programme is needed.

Every programme ends in such figures. Those that one secret's programme found often move many other secrets as far as is
asked. Of two that move an insider's own figure in opposite directions a mixture leaves it where it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# So many are mixed with one another for an insider.
MOST_MIXED = 60
STILL = 1e-12


class Witnesses:
    """What each target, shape (targets, figures), reaches in figures that agree with all that is shown."""

    def __init__(self, targets: Floats, figures: Floats) -> None:
        self.targets, self.figures = targets, figures
        self.low = targets @ figures
        self.high = self.low.copy()
        self.moves: list[Floats] = []
        self.who = -1
        self._own = np.zeros(0, np.int64)
        self._low, self._high = self.low, self.high

    def add(self, point: Floats) -> None:
        """Take in figures, shape (figures,), that agree with all that is shown."""
        # What the solver leaves below nothing is its tolerance.
        values = self.targets @ np.maximum(point, 0.0)
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)
        move = point - self.figures
        self.moves.append(move)
        if self.who >= 0 and np.abs(move[self._own]).max(initial=0.0) <= STILL * np.abs(self.figures).max(initial=1.0):
            self._low, self._high = np.minimum(self._low, values), np.maximum(self._high, values)

    def know(self, who: int, own: Whole) -> None:
        """Mix what is there so that the holder's own figures, at `own`, stay; `reach` answers for that holder."""
        self.who, self._own = who, own
        truth = self.targets @ self.figures
        self._low, self._high = truth.copy(), truth.copy()
        if len(own) != 1 or not self.moves:
            return
        moves = np.array(self.moves[-MOST_MIXED:])
        along, reached = moves[:, own[0]], moves @ self.targets.T
        least = STILL * np.abs(self.figures).max(initial=1.0)
        kept = [reached[np.abs(along) <= least]]
        for one in np.flatnonzero(along > least):
            others = np.flatnonzero(along < -least)
            part = -along[others] / (along[one] - along[others])
            kept.append(part[:, None] * reached[one] + (1 - part)[:, None] * reached[others])
        found = np.concatenate(kept)
        self._low = truth + found.min(axis=0, initial=0.0)
        self._high = truth + found.max(axis=0, initial=0.0)

    def reach(self, target: int, who: int = -1) -> tuple[float, float]:
        """Give the least and the greatest value of a target that were found, for anyone or for the holder known."""
        if who < 0:
            return float(self.low[target]), float(self.high[target])
        return float(self._low[target]), float(self._high[target])

    def widths(self) -> Floats:
        """Give how far apart the two are, shape (targets,)."""
        return np.asarray(self.high - self.low)
