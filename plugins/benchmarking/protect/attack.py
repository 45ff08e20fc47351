"""The attacker's audit of one system: what anyone, and any participant, can infer from its published sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarking.catalog import Disclosure
from benchmarking.protect.exact import Span
from benchmarking.protect.interval import FEASIBLE, Attacker, Room, independent, movable
from benchmarking.protect.system import System

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# The solver's own tolerance: a margin this little below the one asked for holds.
SLACK = 1e-6
SHARPEST = 5


@dataclass(frozen=True)
class Target:
    """One thing to infer: a contributor's figure (its column), a hidden cell (its row), by anyone or by one `who`.

    `kind` is contributor, zero, insider or cell; `group` the set of rows that are sums of the same numbers, -1 for all.
    """

    kind: str
    place: int
    group: int = -1
    who: int = -1


@dataclass(frozen=True)
class Finding:
    """One thing that can be inferred too well.

    `relative_width` is the interval's width by the true figure; `binding` the rows whose sums give it away, in order
    of admission.
    """

    target: Target
    relative_width: float
    binding: tuple[int, ...]

    @property
    def kind(self) -> str:
        """Give the target's kind."""
        return self.target.kind

    @property
    def place(self) -> int:
        """Give the target's place."""
        return self.target.place


@dataclass
class Audit:
    """The findings, the narrowest relative interval (at least) of all else, and what it cost to find them."""

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


@dataclass(frozen=True)
class Means:
    """What the attacker tries: elimination, and what participants know of themselves."""

    elimination: bool = True
    insiders: bool = True


def examine(
    system: System, shown: Sequence[int], hidden: Sequence[int], rules: Disclosure, means: Means = Means()
) -> Audit:
    """Attack the shown rows of a system: by elimination, and by linear programmes where figures are not negative.

    Args:
        shown: rows that were or will be published, past ones included.
        hidden: rows whose sums must not be inferred.
    """
    audit = _by_elimination(system, shown, means) if means.elimination else Audit()
    for group in _groups(system, shown, hidden, rules):
        audit.add(group.examine(means.insiders))
    return audit


def examine_again(
    system: System, shown: Sequence[int], targets: Sequence[Target], fresh: Sequence[int], rules: Disclosure
) -> Audit:
    """Try targets again after some rows were hidden, and the `fresh`ly hidden rows for the first time.

    Hiding only widens intervals, so that what was safe before need not be tried again.
    """
    audit = _by_elimination(system, shown, Means()) if any(target.group < 0 for target in targets) else Audit()
    wanted = {target.group for target in targets}
    for group in _groups(system, shown, fresh, rules, wanted):
        audit.add(group.try_targets([target for target in targets if target.group == group.number]))
    return audit


def _groups(
    system: System,
    shown: Sequence[int],
    hidden: Sequence[int],
    rules: Disclosure,
    wanted: set[int] | None = None,
) -> Iterator[_Group]:
    for number, (members, figures, most) in enumerate(system.figure_groups()):
        inside = set(members)
        used = [i for i in shown if i in inside]
        if used and (wanted is None or number in wanted or inside & set(hidden)):
            yield _Group(number, system, used, [i for i in hidden if i in inside], figures, most, rules)


def _by_elimination(system: System, shown: Sequence[int], means: Means) -> Audit:
    span = Span(system.owner, system.vectors([]))
    for i in shown:
        rest = span.outside(system.places[i], system.weights[i])
        if rest is not None:
            span.add(rest)
    audit = Audit()
    targets = [Target("contributor", int(place)) for place in np.flatnonzero(span.exposed)]
    targets += [Target("insider", whose, who=who) for who, whose in (span.insider_pairs() if means.insiders else [])]
    if targets:
        matrix = system.vectors(shown).toarray()
        kept = independent(matrix)
        for target in targets:
            audit.findings.append(
                Finding(target, 0.0, _equation(system, target, matrix[kept], [shown[k] for k in kept]))
            )
    return audit


def _equation(system: System, target: Target, sums: Floats, rows: Sequence[int]) -> tuple[int, ...]:
    """Give the rows that, added and subtracted, give a figure away: each sum's part in the one way to write it."""
    own = np.flatnonzero(system.owner == system.owner[target.who]) if target.who >= 0 else np.zeros(0, np.int64)
    others = np.setdiff1d(np.arange(len(system)), own)
    wanted = (others == target.place).astype(float)
    lengths = np.linalg.norm(sums, axis=1)
    parts = np.linalg.lstsq((sums / lengths[:, None])[:, others].T, wanted, rcond=None)[0]
    return tuple(row for row, part in zip(rows, parts, strict=True) if abs(part) > SLACK)


class _Group:
    """The linear programmes of rows that are sums of the same numbers."""

    def __init__(
        self,
        number: int,
        system: System,
        shown: list[int],
        hidden: list[int],
        figures: Floats,
        most: float,
        rules: Disclosure,
    ) -> None:
        self.number = number
        self.columns = np.flatnonzero(~np.isnan(figures))
        self.figures = figures[self.columns]
        self.most, self.asked = most, rules.interval_width
        self.system = system
        all_shown = system.vectors(shown)[:, self.columns].toarray()
        kept = independent(all_shown)
        self.shown = [shown[k] for k in kept]
        self.sums = all_shown[kept]
        self.hidden = hidden
        self.touched = (all_shown != 0).any(axis=0)
        self.attacker: Attacker | None = None
        self.audit = Audit()

    def examine(self, has_insiders: bool = True) -> Audit:
        """Try every contributor, insider and hidden cell: a cheap bound first, linear programmes for what it leaves."""
        if np.any(self.figures < 0):
            return self.audit  # nothing bounds a figure that may be negative: elimination is the whole attack
        self._examine_bounds(self.hidden)
        if not np.isfinite(self.most):
            room = Room.of(self.sums, self.figures)
            self._examine_contributors(room)
            self._examine_cells(room)
            if has_insiders:
                self._examine_insiders(room)
        self.audit.programmes += self.attacker.solved if self.attacker else 0
        return self.audit

    def try_targets(self, targets: Sequence[Target]) -> Audit:
        """Try some targets only, and the hidden cells."""
        if np.any(self.figures < 0):
            return self.audit
        if np.isfinite(self.most) or any(target.kind == "zero" for target in targets):
            self._examine_bounds(self.hidden)
        cells = [] if np.isfinite(self.most) else [Target("cell", i, self.number) for i in self.hidden]
        for target in [*targets, *cells]:
            if target.kind != "zero":
                self._find(target)
        self.audit.programmes += self.attacker.solved if self.attacker else 0
        return self.audit

    def _examine_bounds(self, cells: Sequence[int] = ()) -> None:
        free, direction = movable(self.sums, self.figures, self.most)
        self.audit.programmes += 1
        for place in np.flatnonzero(~free & self.touched):
            if not self._is_told_on_purpose(int(place)):
                self._find(Target("zero", int(self.columns[place]), self.number))
        if np.isfinite(self.most) and len(cells):
            vectors = self.system.vectors(cells)[:, self.columns].toarray()
            self.audit.screened += len(cells)
            # A cell that moves with the figures is open; the others may be, each by itself.
            for i, vector, moved in zip(cells, vectors, np.abs(vectors @ direction), strict=True):
                if moved < FEASIBLE and not all(self._is_told_on_purpose(int(p)) for p in np.flatnonzero(vector)):
                    self._find(Target("cell", i, self.number))

    def _is_told_on_purpose(self, place: int) -> bool:
        # A share of 0 or 1 over enough contributors is published on purpose: it tells what each of them said.
        said = self.figures[place]
        return np.isfinite(self.most) and any(
            np.all(self.figures[row != 0] == said) for row in self.sums if row[place] != 0
        )

    def _examine_contributors(self, room: Room) -> None:
        candidates = np.flatnonzero(room.positive & self.touched)
        targets = [Target("contributor", int(place), self.number) for place in self.columns]
        self._try_weakest(targets, room.margins(), candidates)

    def _examine_cells(self, room: Room) -> None:
        if self.hidden:
            cells = self.system.vectors(self.hidden)[:, self.columns].toarray()
            targets = [Target("cell", i, self.number) for i in self.hidden]
            self._try_weakest(targets, room.cell_margins(cells), np.flatnonzero(cells @ self.figures > 0))

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
            self._find(Target("insider", int(self.columns[whose]), self.number, int(self.columns[who])))

    def _try_weakest(self, targets: Sequence[Target], margins: Floats, candidates: Whole) -> None:
        """Try what the cheap bound does not clear; then, to know the narrowest, the sharpest of what it does."""
        order = candidates[np.argsort(margins[candidates], kind="stable")]
        failing = int(np.sum(margins[order] < self.asked / 2))
        self.audit.screened += len(order)
        for place in order[:failing]:
            self._find(targets[place])
        if not self.audit.findings:
            for place in order[failing : failing + SHARPEST]:
                self._find(targets[place])
            self.audit.narrowest = min([self.audit.narrowest, *(2 * margins[order[failing + SHARPEST :]][:1])])

    def _find(self, target: Target) -> None:
        if self.attacker is None:
            self.attacker = Attacker(self.sums, self.figures, 0.0, self.most)
        vector, truth = self._vector(target)
        owner = self.system.owner[self.columns]
        known = np.flatnonzero(owner == self.system.owner[target.who]) if target.who >= 0 else None
        low, high, binding = self.attacker.binding(vector, known)
        width = (high - low) / truth
        is_counted = target.kind == "zero" or np.isfinite(self.most)
        is_narrow = width < SLACK if is_counted else self._is_narrow(target.kind, low, high, truth)
        if target.kind in ("contributor", "cell") and not is_counted and not is_narrow:
            self.audit.narrowest = min(self.audit.narrowest, width)
        if is_narrow:
            rows = tuple(self.shown[k] for k in sorted(binding)) or self._through(vector)
            self.audit.findings.append(Finding(target, width, rows))

    def _vector(self, target: Target) -> tuple[Floats, float]:
        if target.kind == "cell":
            vector = self.system.vectors([target.place])[:, self.columns].toarray()[0]
            return vector, float(vector @ self.figures) or float(vector.sum())
        vector = (self.columns == target.place).astype(float)
        return vector, 1.0 if target.kind == "zero" else float(vector @ self.figures)

    def _is_narrow(self, kind: str, low: float, high: float, truth: float) -> bool:
        asked = self.asked * truth * (1 - SLACK)
        is_one_sided = high - truth < asked / 2 or truth - low < asked / 2
        # A contributor is protected from both sides. A cell next to a published one may well be known from one side.
        return high - low < asked or (kind != "cell" and is_one_sided)

    def _through(self, target: Floats) -> tuple[int, ...]:
        return tuple(i for i, row in zip(self.shown, self.sums, strict=True) if np.any(row[target != 0]))
