"""Linear programmes over sums of figures that are not negative: how wide an interval every secret keeps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarking.catalog import Disclosure
from benchmarking.protect.attack import EVERYTHING, SLACK, Audit, Finding, Means, least_first
from benchmarking.protect.exact import basis_of
from benchmarking.protect.interval import Attacker, End, Room, movable
from benchmarking.protect.system import System
from benchmarking.protect.witness import Witnesses

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Bools = NDArray[np.bool_]
# So many intervals are solved exactly to know the narrowest of what is wide enough; fewer where programmes are large.
SHARPEST, FEWEST, MOST_ENTRIES = 20, 4, 2_000_000


def examine_sums(system: System, shown: Sequence[int], hidden: Sequence[int], rules: Disclosure, means: Means) -> Audit:
    """Attack each set of rows that are sums of the same numbers; figures that may be negative have no bound to use."""
    audit = Audit()
    for members, figures, _ in system.figure_groups:
        inside = set(members)
        used, kept = [i for i in shown if i in inside], [i for i in hidden if i in inside]
        case = (tuple(used), tuple(kept), means.insiders)
        if not used or np.any(figures < 0) or (case in system.clean and means.most < EVERYTHING):
            continue
        found = _Sums(system, used, kept, figures, rules, means).examine()
        audit.add(found)
        if not found.findings:
            system.clean.add(case)
    return audit


class _Sums:
    """The programmes of one set of rows: cheap bounds first, linear programmes for what they do not clear."""

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
        self.attacker = Attacker(self.sums, self.figures)
        self.targets, self.whose = self._contributors()
        self.contributors = len(self.targets)
        cells = system.vectors(hidden)[:, self.columns].toarray()
        self.targets = np.concatenate([self.targets, cells])
        self.truth = self.targets @ self.figures
        self.witnesses = Witnesses(self.targets, self.figures)
        self.audit = Audit()

    def examine(self) -> Audit:
        """Try every zero, contributor, holding's part, hidden cell and insider."""
        self._examine_zeros()
        margins = self.room.margins(self.targets)
        narrow = self._examine_targets(margins, range(self.contributors), "contributor")
        self._examine_targets(margins, range(self.contributors, len(self.targets)), "cell")
        if self.means.insiders:
            self._examine_insiders(narrow)
        if not self.audit.findings and self.means.most == EVERYTHING:
            self.audit.narrowest = self._narrowest(margins)
        self.audit.programmes += self.attacker.solved
        self.audit.effort += self.attacker.effort + self.sums.size
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
            high = self.attacker.end(target, 1)
            if high.value < SLACK:
                self._add("zero", high.value, high.prices, target, int(self.owner[place]))

    def _examine_targets(self, margins: Floats, places: range, kind: str) -> Bools:
        """Try what the cheap bound does not clear, nor figures that were found to agree with all that is shown."""
        narrow = np.zeros(len(self.targets), bool)
        order = least_first(margins, [i for i in places if self.truth[i] > 0])
        self.audit.screened += len(order)
        for i in order[: int(np.sum(margins[order] < self.asked / 2))]:
            narrow[i] = self._is_cell_narrow(i) if kind == "cell" else self._is_figure_narrow(i)
            if narrow.sum() >= self.means.most:
                break
        return narrow

    def _is_figure_narrow(self, i: int, who: int = -1) -> bool:
        """Say whether one side is too close; a contributor is protected from both, each by the sums that bind it."""
        needed = self.asked * self.truth[i] * (1 - SLACK) / 2
        low, high = self.witnesses.reach(i, who)
        for sign, reached in ((-1, self.truth[i] - low), (1, high - self.truth[i])):
            if reached >= needed:
                continue
            end = self._end(i, sign, who)
            if sign * (end.value - self.truth[i]) < needed:
                other = self._end(i, -sign, who)
                width = abs(end.value - other.value) / self.truth[i]
                # Where both ends meet the figure itself is derived, from whatever binds either.
                prices = end.prices | other.prices if width < SLACK else end.prices
                kind = "contributor" if who < 0 else "insider"
                self._add(kind, width, prices, self.targets[i], int(self.whose[i]), who)
                return True
        return False

    def _is_cell_narrow(self, i: int) -> bool:
        """Say whether a hidden cell is known too closely; next to a published one it may well be from one side."""
        needed = self.asked * self.truth[i] * (1 - SLACK)
        low, high = self.witnesses.reach(i)
        if high - low >= needed:
            return False
        ends = self._end(i, -1), self._end(i, 1)
        width = ends[1].value - ends[0].value
        if width < needed:
            prices = ends[0].prices | ends[1].prices
            self._add("cell", width / self.truth[i], prices, self.targets[i], row=self.hidden[i - self.contributors])
        return bool(width < needed)

    def _examine_insiders(self, narrow: Bools) -> None:
        """Try who knows its own figures on everybody else's; what is narrow for anyone has been found already."""
        holders, mine = int(self.system.owner.max(initial=-1)) + 1, slice(0, self.contributors)
        beside = self.room.margins_beside(self.targets[mine], self.owner, holders)
        fails = (beside < self.asked / 2) & ~narrow[mine, None] & (self.whose[:, None] != np.arange(holders)[None, :])
        fails[:, np.setdiff1d(np.arange(holders), self.owner[self.touched])] = False
        self.audit.screened += beside.size
        found = 0
        for who in np.flatnonzero(fails.any(axis=0)).tolist():
            own, wanted = np.flatnonzero(self.owner == who), np.flatnonzero(fails[:, who])
            sharper = self.room.margins_of_one_beside(self.targets[wanted], own)
            wanted = wanted[sharper < self.asked / 2]
            if len(wanted):
                self.witnesses.know(who, own)
            for i in wanted.tolist():
                found += self._is_figure_narrow(i, who)
                if found >= self.means.most:
                    return

    def _end(self, i: int, sign: int, who: int = -1) -> End:
        end = self.attacker.end(self.targets[i], sign, np.flatnonzero(self.owner == who) if who >= 0 else None)
        if end.point is not None:
            self.witnesses.add(end.point)
        return end

    def _narrowest(self, margins: Floats) -> float:
        """Give the narrowest interval of all that is wide enough: solved for the sharpest, bounded for the others."""
        able = np.flatnonzero(self.truth > 0)
        narrowest, solved = float("inf"), np.zeros(len(self.targets), bool)
        for _ in range(min(SHARPEST, max(FEWEST, MOST_ENTRIES // self.sums.size))):
            left = able[~solved[able]]
            if not len(left):
                return narrowest
            widths = np.maximum(2 * margins[left], self.witnesses.widths()[left] / self.truth[left])
            sharpest = int(np.argmin(widths))
            if widths[sharpest] >= narrowest:
                return narrowest
            i = int(left[sharpest])
            width = (self._end(i, 1).value - self._end(i, -1).value) / self.truth[i]
            narrowest, solved[i] = min(narrowest, float(width)), True
        left = able[~solved[able]]
        widths = np.maximum(2 * margins[left], self.witnesses.widths()[left] / self.truth[left])
        return min([narrowest, *widths.tolist()])

    def _add(
        self, kind: str, width: float, binding: set[int], target: Floats, whose: int = -1, who: int = -1, row: int = -1
    ) -> None:
        rows = tuple(self.shown[k] for k in sorted(binding)) or self._through(target)
        self.audit.findings.append(Finding(kind, width, rows, whose, who, row))

    def _through(self, target: Floats) -> tuple[int, ...]:
        return tuple(i for i, row in zip(self.shown, self.sums, strict=True) if np.any(row[target != 0]))
