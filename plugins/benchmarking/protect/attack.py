"""The attacker's audit of one system: what anyone, and any participant, can infer from its published sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarking.catalog import Disclosure
from benchmarking.protect.exact import Span
from benchmarking.protect.interval import Attacker, Room, independent, movable
from benchmarking.protect.system import System

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# The solver's own tolerance: a margin this little below the one asked for holds.
SLACK = 1e-6
SHARPEST = 5


@dataclass(frozen=True)
class Finding:
    """One thing that can be inferred too well.

    `kind` is contributor, zero, insider or cell; `place` a column (contributor) or row (cell); `binding` the rows
    whose sums give it away, in order of admission; `relative_width` the interval's width by the true figure.
    """

    kind: str
    place: int
    relative_width: float
    binding: tuple[int, ...]


@dataclass
class Audit:
    """The findings, the narrowest relative interval left (at least), and what it cost to find them."""

    findings: list[Finding] = field(default_factory=list)
    narrowest: float = float("inf")
    programmes: int = 0
    screened: int = 0

    def add(self, other: Audit) -> None:
        """Take in another audit."""
        self.findings += other.findings
        self.narrowest = min(self.narrowest, other.narrowest)
        self.programmes += other.programmes
        self.screened += other.screened


def examine(system: System, shown: Sequence[int], hidden: Sequence[int], rules: Disclosure) -> Audit:
    """Attack the shown rows of a system: by elimination, and by linear programmes where figures are not negative.

    Args:
        shown: rows that were or will be published, past ones included.
        hidden: rows whose sums must not be inferred.
    """
    audit = _by_elimination(system, shown)
    for members, figures, most in system.figure_groups():
        used = [i for i in shown if i in set(members)]
        if used:
            cells = [i for i in hidden if i in set(members)]
            audit.add(_Group(system, used, cells, figures, most, rules).examine())
    return audit


def _by_elimination(system: System, shown: Sequence[int]) -> Audit:
    span = Span(system.owner, system.vectors([]))
    for i in shown:
        rest = span.outside(system.places[i], system.weights[i])
        if rest is not None:
            span.add(rest)
    audit = Audit()
    binding = tuple(shown)
    for place in np.flatnonzero(span.exposed):
        audit.findings.append(Finding("contributor", int(place), 0.0, binding))
    for _, whose in span.insider_pairs():
        audit.findings.append(Finding("insider", whose, 0.0, binding))
    return audit


class _Group:
    """The linear programmes of rows that are sums of the same numbers."""

    def __init__(
        self,
        system: System,
        shown: list[int],
        hidden: list[int],
        figures: Floats,
        most: float,
        rules: Disclosure,
    ) -> None:
        self.columns = np.flatnonzero(~np.isnan(figures))
        self.figures = figures[self.columns]
        self.most, self.asked = most, rules.interval_width
        self.system = system
        all_shown = system.vectors(shown)[:, self.columns].toarray()
        kept = independent(all_shown)
        self.shown = [shown[k] for k in kept]
        self.sums = all_shown[kept]
        self.hidden = hidden
        self.cells = system.vectors(hidden)[:, self.columns].toarray()
        self.touched = (all_shown != 0).any(axis=0)
        self.attacker: Attacker | None = None
        self.audit = Audit()

    def examine(self) -> Audit:
        if np.any(self.figures < 0):
            return self.audit  # nothing bounds a figure that may be negative: elimination is the whole attack
        self._examine_bounds()
        if not np.isfinite(self.most):
            room = Room.of(self.sums, self.figures)
            self._examine_contributors(room)
            self._examine_cells(room)
            self._examine_insiders(room)
        self.audit.programmes += self.attacker.solved if self.attacker else 0
        return self.audit

    def _examine_bounds(self) -> None:
        pinned = np.flatnonzero(~movable(self.sums, self.figures, self.most) & self.touched)
        self.audit.programmes += 1
        for place in pinned:
            if not self._is_told_on_purpose(int(place)):
                self._find("zero", int(self.columns[place]), _unit(place, len(self.figures)), 1.0)

    def _is_told_on_purpose(self, place: int) -> bool:
        # A share of 0 or 1 over enough contributors is published on purpose: it tells what each of them said.
        said = self.figures[place]
        return np.isfinite(self.most) and any(
            np.all(self.figures[row != 0] == said) for row in self.sums if row[place] != 0
        )

    def _examine_contributors(self, room: Room) -> None:
        margins = room.margins()
        candidates = np.flatnonzero(room.positive & self.touched)
        self.audit.screened += len(candidates)
        for place in self._weakest(margins, candidates):
            self._find(
                "contributor", int(self.columns[place]), _unit(place, len(self.figures)), float(self.figures[place])
            )

    def _examine_cells(self, room: Room) -> None:
        if not len(self.cells):
            return
        totals = self.cells @ self.figures
        margins = room.cell_margins(self.cells)
        candidates = np.flatnonzero(totals > 0)
        self.audit.screened += len(candidates)
        for cell in self._weakest(margins, candidates):
            self._find("cell", self.hidden[cell], self.cells[cell], float(totals[cell]))

    def _examine_insiders(self, room: Room) -> None:
        owner = self.system.owner[self.columns]
        left = room.insider_left()
        left[owner[:, None] == owner[None, :]] = np.inf
        left[:, ~self.touched] = np.inf
        outside = np.diagonal(room.off)
        # Where the figure is narrow for anyone, the contributors' own programme has judged it.
        narrow = (left < (self.asked / 2) ** 2) & (outside[None, :] >= (self.asked / 2) ** 2)
        self.audit.screened += left.size
        for who, whose in np.argwhere(narrow):
            known = np.flatnonzero(owner == owner[who])
            figure = float(self.figures[whose])
            self._find("insider", int(self.columns[whose]), _unit(whose, len(self.figures)), figure, known)

    def _weakest(self, margins: Floats, candidates: Whole) -> Whole:
        """Give those that the screen does not clear, and the sharpest of those it does, to know the narrowest."""
        order = candidates[np.argsort(margins[candidates], kind="stable")]
        failing = int(np.sum(margins[order] < self.asked / 2))
        cleared = order[failing + SHARPEST :]
        if len(cleared):
            self.audit.narrowest = min(self.audit.narrowest, 2 * float(margins[cleared[0]]))
        return order[: failing + SHARPEST]

    def _find(self, kind: str, place: int, target: Floats, truth: float, known: Whole | None = None) -> None:
        if self.attacker is None:
            self.attacker = Attacker(self.sums, self.figures, 0.0, self.most)
        low, high, binding = self.attacker.binding(target, known)
        width = (high - low) / truth
        is_narrow = width < SLACK if kind == "zero" else self._is_narrow(low, high, truth)
        if kind in ("contributor", "cell"):
            self.audit.narrowest = min(self.audit.narrowest, width)
        if is_narrow:
            rows = tuple(self.shown[k] for k in sorted(binding)) or self._through(target)
            self.audit.findings.append(Finding(kind, place, width, rows))

    def _is_narrow(self, low: float, high: float, truth: float) -> bool:
        asked = self.asked * truth * (1 - SLACK)
        return high - low < asked or high - truth < asked / 2 or truth - low < asked / 2

    def _through(self, target: Floats) -> tuple[int, ...]:
        return tuple(i for i, row in zip(self.shown, self.sums, strict=True) if np.any(row[target != 0]))


def _unit(place: int | np.int64, size: int) -> Floats:
    vector = np.zeros(size)
    vector[place] = 1.0
    return vector
