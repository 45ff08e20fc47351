"""The pattern that hides least: the attack names what gives a secret away, a small programme chooses what to hide.

Every finding of the attack is a clause: of these shown rows at least one must be hidden (or, where they give away a
hidden row that harms nobody by itself, that row be shown). The first pattern hides the cheapest row of every clause
until the attack finds nothing, and then shows row by row what the attack lets it, the dearest first; what cannot be
shown gives clauses. Then the cheapest set of rows that meets all clauses so far is attacked, mended in the same way,
and shows again what it can. When the cheapest set that meets them costs as much as a safe one, no safe pattern is
cheaper: all of them meet the same clauses.

Source: implicit hitting sets; Chandrasekaran, Karp, Moreno-Centeno and Vempala (2011), Algorithms for implicit hitting
set problems, SODA; the same idea as the cuts of Fischetti and Salazar (2001), Management Science 47.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarking.protect.attack import EVERYTHING, Finding

Floats = NDArray[np.float64]
# So many findings of a kind an attack are enough to choose a better pattern.
ENOUGH = 60
ROUNDS = 14
# Counted in nodes, not in seconds, so that every machine gives the same pattern.
NODES = 2000


@dataclass(frozen=True)
class Clause:
    """Of `rows` one is hidden, or the hidden row `unless` is shown (-1 for none); the finding that says so."""

    rows: frozenset[int]
    unless: int
    finding: Finding = field(compare=False)

    @property
    def key(self) -> tuple:
        """Give the order of clauses, which must not depend on how they were found."""
        return (sorted(self.rows), self.unless)

    def holds(self, hidden: set[int]) -> bool:
        """Say whether a pattern meets the clause."""
        return bool(self.rows & hidden) or (self.unless >= 0 and self.unless not in hidden)


@dataclass
class Pattern:
    """Rows to hide and the finding that made each; `is_least` where no safe pattern is cheaper."""

    hidden: set[int]
    because: dict[int, Finding]
    attacks: int
    is_least: bool


def least_pattern(
    costs: Mapping[int, float],
    forced: set[int],
    attack: Callable[[set[int], int], Iterable[Finding]],
    is_enough: Callable[[], bool] = lambda: False,
) -> Pattern:
    """Give the cheapest set of rows to hide that the attack cannot break, or the cheapest found in so many rounds.

    Args:
        costs: what hiding each candidate row costs; of the same cost later ones are hidden first.
        forced: candidate rows that must be hidden.
        attack: gives the findings when these rows are hidden, so many of a kind being enough; one that no candidate
            binds is past mending.
        is_enough: says that the attacks so far have cost enough; then the best pattern found is taken.
    """
    search = _Search(costs, forced, attack)
    best, is_least = search.filled(search.mended(set(forced))), False
    for _ in range(ROUNDS):
        hidden, is_proved = search.cheapest()
        if search.cost(hidden) >= search.cost(best) - CLOSE:
            is_least = is_proved
            break
        if is_enough():
            break
        best = min(best, search.filled(search.mended(hidden)), key=search.cost)
    return Pattern(best, search.reasons(best), search.attacks, is_least)


# Costs nearer than this are the same; rows' places in the order make a difference of less than a figure.
CLOSE = 1e-3


class _Search:
    """The clauses found so far, and the patterns that meet them."""

    def __init__(
        self,
        costs: Mapping[int, float],
        forced: set[int],
        attack: Callable[[set[int], int], Iterable[Finding]],
    ) -> None:
        self.costs, self.forced, self.attack = costs, forced, attack
        self.clauses: dict[tuple, Clause] = {}
        self.attacks = 0

    def cost(self, hidden: set[int]) -> float:
        """Give what a pattern costs."""
        return sum(self.costs[row] for row in sorted(hidden))

    def filled(self, start: set[int]) -> set[int]:
        """Show what can be shown of a safe pattern, one row after the other, the dearest first.

        Each is looked at quickly, and all of them once more as a whole.
        """
        hidden = set(start)
        for row in sorted(start - self.forced, key=self.costs.__getitem__, reverse=True):
            if row in hidden:
                hidden = self._shown_too(hidden, row)
        return self.mended(hidden)

    def _shown_too(self, hidden: set[int], row: int) -> set[int]:
        """Show one more row, and with it those that it would give away and that harm nobody; else leave all as it is.

        Without the second part neither of two rows that add up to a shown one would ever be shown.
        """
        trial = hidden - {row}
        while fresh := self._found(trial, 1):
            if any(clause.unless < 0 for clause in fresh):
                return hidden
            trial -= {clause.unless for clause in fresh}
        return trial

    def mended(self, start: set[int]) -> set[int]:
        """Hide the cheapest row of every clause until the attack finds nothing."""
        hidden = set(start)
        while fresh := self._found(hidden, ENOUGH):
            for clause in sorted(fresh, key=lambda clause: clause.key):
                if not clause.rows & hidden:
                    hidden.add(min(clause.rows, key=self.costs.__getitem__))
        return hidden

    def _found(self, hidden: set[int], most: int) -> list[Clause]:
        """Attack, and keep what can be mended by hiding a row; where nothing can, see whether there is more."""
        self.attacks += 1
        findings = list(self.attack(hidden, most))
        fresh = _clauses(findings, self.costs, self.forced, hidden)
        if findings and not fresh and most < EVERYTHING:
            return self._found(hidden, EVERYTHING)
        self.clauses |= {(clause.rows, clause.unless): clause for clause in fresh}
        return fresh

    def cheapest(self) -> tuple[set[int], bool]:
        """Solve for the cheapest set that meets all clauses; say whether it is proved so within the nodes allowed."""
        order = sorted(self.costs)
        clauses = sorted(self.clauses.values(), key=lambda clause: clause.key)
        if not clauses:
            return set(self.forced), True
        matrix, least = _matrix(clauses, {row: number for number, row in enumerate(order)})
        lower = np.array([float(row in self.forced) for row in order])
        answer = milp(
            np.array([self.costs[row] for row in order]),
            constraints=LinearConstraint(matrix, least, np.inf),
            bounds=Bounds(lower, 1.0),
            integrality=np.ones(len(order)),
            options={"node_limit": NODES, "mip_rel_gap": 0.0},
        )
        values = np.ones(len(order)) if answer.x is None else answer.x
        return {row for row, value in zip(order, values.tolist(), strict=True) if value > 0.5}, answer.status == 0

    def reasons(self, hidden: set[int]) -> dict[int, Finding]:
        """Give for each hidden row a clause that needs it: one that no other hidden row meets, if there is one."""
        reasons: dict[int, Finding] = {}
        free = hidden - self.forced
        for clause in sorted(self.clauses.values(), key=lambda clause: (len(clause.rows & hidden), clause.key)):
            for row in sorted(clause.rows & free):
                reasons.setdefault(row, clause.finding)
        return reasons


def _matrix(clauses: Sequence[Clause], place: Mapping[int, int]) -> tuple[sparse.csr_matrix, Floats]:
    """Give the clauses as inequalities: the sum over `rows` less `unless` is at least 1, or 0 where there is one."""
    entries = [(n, place[row], 1.0) for n, clause in enumerate(clauses) for row in sorted(clause.rows)]
    entries += [(n, place[clause.unless], -1.0) for n, clause in enumerate(clauses) if clause.unless >= 0]
    rows, columns, values = (list(part) for part in zip(*entries, strict=True))
    shape = (len(clauses), len(place))
    return sparse.csr_matrix((values, (rows, columns)), shape), np.array([float(c.unless < 0) for c in clauses])


def _clauses(
    findings: Iterable[Finding], costs: Mapping[int, float], forced: set[int], hidden: set[int]
) -> list[Clause]:
    found = []
    for finding in findings:
        rows = frozenset(i for i in finding.binding if i in costs and i not in hidden)
        is_choice = finding.row in costs and finding.row not in forced
        if rows:
            found.append(Clause(rows, finding.row if is_choice else -1, finding))
    return found
