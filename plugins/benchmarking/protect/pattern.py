"""The pattern that hides least: the attack names what gives a secret away, a small programme chooses what to hide.

Every finding of the attack is a clause: of these shown rows at least one must be hidden (or, where they give away a
hidden row that harms nobody by itself, that row be shown). The cheapest set of rows that meets all clauses so far is
attacked again. When the attack finds nothing, no cheaper pattern is safe: it meets clauses that every safe one meets.

Source: implicit hitting sets; Chandrasekaran, Karp, Moreno-Centeno and Vempala (2011), Algorithms for implicit hitting
set problems, SODA; the same idea as the cuts of Fischetti and Salazar (2001), Management Science 47.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarking.protect.attack import Finding

ROUNDS = 30
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


@dataclass
class Pattern:
    """Rows to hide beside those that must be, and the clause that made each."""

    hidden: set[int]
    because: dict[int, Finding]
    rounds: int
    is_least: bool


def least_pattern(
    costs: Mapping[int, float],
    forced: set[int],
    attack: Callable[[set[int]], Iterable[Finding]],
    rounds: int = ROUNDS,
) -> Pattern:
    """Give the cheapest set of rows to hide that the attack cannot break.

    Args:
        costs: what hiding each candidate row costs; later ones of the same cost are hidden first.
        forced: candidate rows that must be hidden.
        attack: gives the findings when these rows are hidden; one that no candidate binds is past mending.
        rounds: after so many, rows once hidden stay hidden, so that the search ends; then `is_least` is False.
    """
    clauses: dict[tuple, Clause] = {}
    hidden, is_least, turn = set(forced), True, 0
    while True:
        turn += 1
        fresh = _clauses(attack(hidden), costs, forced, hidden)
        if not fresh:
            return Pattern(hidden, _reasons(hidden - forced, clauses.values()), turn, is_least)
        clauses |= {(clause.rows, clause.unless): clause for clause in fresh}
        is_free = turn <= rounds
        is_least = is_least and is_free
        ordered = sorted(clauses.values(), key=lambda clause: clause.key)
        hidden = _cheapest(costs, set(forced) if is_free else hidden, ordered, is_free)


def _clauses(
    findings: Iterable[Finding], costs: Mapping[int, float], forced: set[int], hidden: set[int]
) -> list[Clause]:
    found = []
    for finding in findings:
        rows = frozenset(i for i in finding.binding if i in costs and i not in hidden)
        is_choice = finding.row in costs and finding.row not in forced
        if rows or is_choice:
            found.append(Clause(rows, finding.row if is_choice else -1, finding))
    return found


def _cheapest(costs: Mapping[int, float], forced: set[int], clauses: list[Clause], may_show: bool) -> set[int]:
    """Solve for the cheapest set that meets the clauses; once hidden rows stay so, by the last row of each clause."""
    if not may_show:
        return forced | {max(clause.rows) for clause in clauses if clause.rows and not clause.rows & forced}
    order = sorted(costs)
    place = {row: number for number, row in enumerate(order)}
    matrix = sparse.lil_matrix((len(clauses), len(order)))
    least = np.ones(len(clauses))
    for number, clause in enumerate(clauses):
        for row in clause.rows:
            matrix[number, place[row]] = 1.0
        if clause.unless >= 0:
            matrix[number, place[clause.unless]] = -1.0
            least[number] = 0.0
    lower = np.array([float(row in forced) for row in order])
    answer = milp(
        np.array([costs[row] for row in order]),
        constraints=LinearConstraint(matrix.tocsr(), least, np.inf),
        bounds=Bounds(lower, 1.0),
        integrality=np.ones(len(order)),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if answer.x is None:
        return forced | {max(clause.rows) for clause in clauses if clause.rows}
    return {row for row, value in zip(order, answer.x, strict=True) if value > 0.5}


def _reasons(hidden: set[int], clauses: Iterable[Clause]) -> dict[int, Finding]:
    """Give for each hidden row the clause that needs it most: one that no other hidden row meets, if there is one."""
    reasons: dict[int, Finding] = {}
    for clause in sorted(clauses, key=lambda clause: (len(clause.rows & hidden), clause.key)):
        for row in clause.rows & hidden:
            reasons.setdefault(row, clause.finding)
    return reasons
