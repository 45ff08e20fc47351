"""The attacker's audit of one system: what anyone, and any participant, can infer from its published sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from benchmarking.catalog import Disclosure
from benchmarking.protect.cells import SHARE
from benchmarking.protect.condense import condense
from benchmarking.protect.exact import INSIDE, basis_of, exposures, insiders, pools, projector_off
from benchmarking.protect.system import System

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# The solver's own tolerance: a margin this little below the one asked for holds.
SLACK = 1e-6
EVERYTHING = 1_000_000
# Elimination goes over a table of all pairs of figures about so often.
ELIMINATION = 10


@dataclass(frozen=True)
class Finding:
    """One thing that can be inferred too well.

    `kind` is contributor (a holder's figure, or its part of a cell), zero (that a contributor gave nothing, or did not
    say something), insider (a contributor's figure, by another contributor), pool (by two others together) or cell (a
    hidden row, at `row`). `whose` and `who` are holder codes of the system, -1 for none. `relative_width` is the
    interval's width by the true figure; `binding` the rows whose sums give it away, in
    order of admission.
    """

    kind: str
    relative_width: float
    binding: tuple[int, ...]
    whose: int = -1
    who: int = -1
    row: int = -1


@dataclass
class Audit:
    """The findings, the narrowest relative interval (at least) of all else, and what it cost to find them.

    `effort` counts the entries of the tables of all programmes and projectors, which are in proportion to time.
    """

    findings: list[Finding] = field(default_factory=list)
    narrowest: float = float("inf")
    programmes: int = 0
    screened: int = 0
    effort: int = 0

    def add(self, other: Audit) -> None:
        """Take in another audit."""
        self.findings += other.findings
        self.narrowest = min(self.narrowest, other.narrowest)
        self.programmes += other.programmes
        self.screened += other.screened
        self.effort += other.effort


@dataclass(frozen=True)
class Means:
    """What the attacker tries: elimination, what participants know of themselves, linear programmes.

    `most` findings of a kind are enough: when searching for a pattern, not when judging one. `answers` attacks a
    question once for each contributor that knows its own answer, which is for judging alone. `pools` lets two
    contributors put together what they know.
    """

    elimination: bool = True
    insiders: bool = True
    programmes: bool = True
    most: int = EVERYTHING
    answers: bool = True
    pools: bool = True


def examine(
    system: System, shown: Sequence[int], hidden: Sequence[int], rules: Disclosure, means: Means = Means()
) -> Audit:
    """Attack the shown rows of a system: by elimination, and by linear programmes where figures are not negative.

    Args:
        shown: rows that were or will be published, past ones included.
        hidden: rows whose sums must not be inferred.
    """
    # Imported here, since both say what they find in this module's words.
    from benchmarking.protect.categories import examine_categories
    from benchmarking.protect.sums import examine_sums

    audit = _by_elimination(system, shown, hidden, means) if means.elimination else Audit()
    if not means.programmes or not shown:
        return audit
    if system.rows[shown[0]].family == SHARE:
        audit.add(examine_categories(system, shown, hidden, means))
    else:
        audit.add(examine_sums(system, shown, hidden, rules, means))
    return audit


def _by_elimination(system: System, shown: Sequence[int], hidden: Sequence[int], means: Means) -> Audit:
    sums = system.vectors(shown)
    condensed = condense(sums, system.owner)
    matrix = condensed.of(sums)
    kept, basis = basis_of(matrix)
    owner = system.owner[condensed.own]
    off = projector_off(basis[:, : len(owner)])
    equations = _Equations(matrix[kept], [shown[k] for k in kept.tolist()], off)
    found = list(islice(exposures(off, owner), means.most))
    if means.insiders:
        found += islice(insiders(off, owner), means.most)
    # Pairs are dear to try: where a search has found something already, that comes first.
    if means.insiders and means.pools and (not found or means.most >= EVERYTHING):
        found += islice(pools(off, owner), means.most)
    audit = Audit(effort=ELIMINATION * len(system) ** 2)
    for exposure in found:
        target = np.zeros(matrix.shape[1])
        target[exposure.places] = exposure.weights
        own = np.flatnonzero(np.isin(owner, [exposure.who, exposure.beside]))
        kind = "pool" if exposure.beside >= 0 else "insider" if exposure.who >= 0 else "contributor"
        audit.findings.append(Finding(kind, 0.0, equations.rows(target, own), exposure.whose, exposure.who))
    cells = system.vectors(hidden)
    whole, seen = cells.multiply(cells).sum(axis=1).A1, condensed.of(cells)
    # The basis is orthonormal: what it does not hold of a cell's square is the square of what is left of the cell.
    left = whole - np.square(seen @ basis.T).sum(axis=1)
    for place in np.flatnonzero(left < INSIDE * whole)[: means.most].tolist():
        audit.findings.append(Finding("cell", 0.0, equations.rows(seen[place]), row=hidden[place]))
    return audit


class _Equations:
    """Writes what is given away as a combination of independent sums, shape (sums, columns).

    off: what projects off them, for the first columns, which stand for one figure each.
    """

    def __init__(self, sums: Floats, shown: Sequence[int], off: Floats) -> None:
        self.shown, self.off = shown, off
        self.lengths = np.linalg.norm(sums, axis=1)
        self.sums = sums
        self._inverse: Floats | None = None

    def rows(self, target: Floats, own: Whole | None = None) -> tuple[int, ...]:
        """Give the rows that, added and subtracted, give a target away to who knows the figures at `own`."""
        if self._inverse is None:
            self._inverse = np.linalg.pinv((self.sums / self.lengths[:, None]).T)
        wanted = target / np.linalg.norm(target)
        if own is not None and len(own):
            # What its own figures add is taken out: the rest is a combination of the sums.
            known = self.off[own] @ wanted[: len(self.off)]
            wanted[own] -= np.linalg.pinv(self.off[np.ix_(own, own)], hermitian=True) @ known
        parts = self._inverse @ wanted
        return tuple(row for row, part in zip(self.shown, parts.tolist(), strict=True) if abs(part) > SLACK)


def least_first(margins: Floats, places: Iterable[int]) -> list[int]:
    """Give places by their margin, the least first and of equals in order."""
    chosen = np.fromiter(places, dtype=np.int64)
    return chosen[np.argsort(margins[chosen], kind="stable")].tolist()
