"""Linear programmes over sums of figures that are not negative: how wide an interval every secret keeps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarking.catalog import Disclosure
from benchmarking.protect.attack import SLACK, Audit, Finding, Means, least_first
from benchmarking.protect.exact import basis_of
from benchmarking.protect.interval import Attacker, Room, movable
from benchmarking.protect.system import System

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
SHARPEST = 5


def examine_sums(system: System, shown: Sequence[int], hidden: Sequence[int], rules: Disclosure, means: Means) -> Audit:
    """Attack each set of rows that are sums of the same numbers; figures that may be negative have no bound to use."""
    audit = Audit()
    for members, figures, _ in system.figure_groups():
        inside = set(members)
        used, kept = [i for i in shown if i in inside], [i for i in hidden if i in inside]
        if used and not np.any(figures < 0):
            audit.add(_Sums(system, used, kept, figures, rules, means).examine())
    return audit


class _Sums:
    """The programmes of one set of rows: a cheap bound first, linear programmes for what it does not clear."""

    def __init__(
        self,
        system: System,
        shown: list[int],
        hidden: list[int],
        figures: Floats,
        rules: Disclosure,
        means: Means,
    ) -> None:
        self.system, self.hidden, self.means, self.asked = system, hidden, means, rules.interval_width
        self.columns = np.flatnonzero(~np.isnan(figures))
        self.figures = figures[self.columns]
        self.owner = system.owner[self.columns]
        matrix = system.vectors(shown)[:, self.columns].toarray()
        kept, _ = basis_of(matrix)
        self.shown, self.sums = [shown[k] for k in kept.tolist()], matrix[kept]
        self.touched = (matrix != 0).any(axis=0)
        self.room = Room.of(self.sums, self.figures)
        self.attacker: Attacker | None = None
        self.audit = Audit()

    def examine(self) -> Audit:
        """Try every zero, contributor, holding's part, hidden cell and insider."""
        self._examine_zeros()
        targets, whose = self._contributors()
        narrow = self._examine_targets(targets, "contributor", whose)
        cells = self.system.vectors(self.hidden)[:, self.columns].toarray()
        self._examine_targets(cells, "cell", np.full(len(cells), -1))
        if self.means.insiders:
            self._examine_insiders(targets, whose, narrow)
        self.audit.programmes += self.attacker.solved if self.attacker else 0
        return self.audit

    def _contributors(self) -> tuple[Floats, Whole]:
        """Give what contributors must keep: every positive figure, and a holding's part of a row as a whole."""
        single = np.flatnonzero(self.room.positive & self.touched)
        parts = self.system.parts[:, self.columns].toarray()
        parts = parts[(parts @ self.figures > 0) & ((parts != 0) <= self.touched).all(axis=1)]
        targets = np.concatenate([np.eye(len(self.columns))[single], parts])
        return targets, self.owner[np.argmax(targets != 0, axis=1)] if len(targets) else np.zeros(0, np.int64)

    def _examine_zeros(self) -> None:
        free, _ = movable(self.sums, self.figures)
        self.audit.programmes += 1
        for place in np.flatnonzero(~free & self.touched)[: self.means.most].tolist():
            target = (np.arange(len(self.columns)) == place).astype(float)
            low, high, binding = self._solve(target)
            if high - low < SLACK:
                self._add("zero", high - low, binding, target, int(self.owner[place]))

    def _examine_targets(self, targets: Floats, kind: str, whose: Whole) -> NDArray[np.bool_]:
        """Try what the cheap bound does not clear; then, to know the narrowest, the sharpest of what it does."""
        narrow = np.zeros(len(targets), bool)
        truth = targets @ self.figures
        margins = self.room.margins(targets)
        order = least_first(margins, np.flatnonzero(truth > 0))
        failing = int(np.sum(margins[order] < self.asked / 2))
        self.audit.screened += len(order)
        for i in order[:failing]:
            low, high, binding = self._solve(targets[i])
            narrow[i] = self._judge(kind, targets[i], (low, high, float(truth[i])), binding, int(whose[i]), i)
            if narrow.sum() >= self.means.most:
                break
        if not self.audit.findings:
            for i in order[failing : failing + SHARPEST]:
                low, high, _ = self._solve(targets[i])
                self.audit.narrowest = min(self.audit.narrowest, (high - low) / float(truth[i]))
            self.audit.narrowest = min([self.audit.narrowest, *(2 * margins[order[failing + SHARPEST :]][:1])])
        return narrow

    def _examine_insiders(self, targets: Floats, whose: Whole, narrow: NDArray[np.bool_]) -> None:
        """Try who knows its own figures on everybody else's; what is narrow for anyone has been found already."""
        holders = int(self.system.owner.max(initial=-1)) + 1
        beside = self.room.margins_beside(targets, self.owner, holders)
        fails = (beside < self.asked / 2) & ~narrow[:, None] & (whose[:, None] != np.arange(holders)[None, :])
        fails[:, np.setdiff1d(np.arange(holders), self.owner[self.touched])] = False
        self.audit.screened += beside.size
        found = 0
        for i, who in np.argwhere(fails):
            low, high, binding = self._solve(targets[i], np.flatnonzero(self.owner == who))
            truth = float(targets[i] @ self.figures)
            found += self._judge("insider", targets[i], (low, high, truth), binding, int(whose[i]), int(who))
            if found >= self.means.most:
                return

    def _judge(
        self, kind: str, target: Floats, found: tuple[float, float, float], binding: set[int], whose: int, other: int
    ) -> bool:
        low, high, truth = found
        is_narrow = self._is_narrow(kind, low, high, truth)
        if is_narrow:
            self._add(kind, (high - low) / truth, binding, target, whose, other)
        elif kind != "insider":
            self.audit.narrowest = min(self.audit.narrowest, (high - low) / truth)
        return is_narrow

    def _is_narrow(self, kind: str, low: float, high: float, truth: float) -> bool:
        asked = self.asked * truth * (1 - SLACK)
        is_one_sided = high - truth < asked / 2 or truth - low < asked / 2
        # A contributor is protected from both sides. A cell next to a published one may well be known from one side.
        return high - low < asked or (kind != "cell" and is_one_sided)

    def _solve(self, target: Floats, known: Whole | None = None) -> tuple[float, float, set[int]]:
        if self.attacker is None:
            self.attacker = Attacker(self.sums, self.figures)
        return self.attacker.binding(target, known)

    def _add(
        self, kind: str, width: float, binding: set[int], target: Floats, whose: int = -1, other: int = -1
    ) -> None:
        rows = tuple(self.shown[k] for k in sorted(binding)) or self._through(target)
        who, row = (other if kind == "insider" else -1), (self.hidden[other] if kind == "cell" else -1)
        self.audit.findings.append(Finding(kind, width, rows, whose, who, row))

    def _through(self, target: Floats) -> tuple[int, ...]:
        return tuple(i for i, row in zip(self.shown, self.sums, strict=True) if np.any(row[target != 0]))
