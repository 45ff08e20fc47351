"""An attacker who holds every published file and knows who belongs to which peer group.

Written from the published figures alone; it shares no code with the package. What it is given besides, and what makes
it stronger than a real one: who contributed, their weights and denominators, and figures before rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import linprog
from scipy.sparse import block_diag, csr_matrix, hstack, identity, vstack

EXACT = 1e-7
NARROW = 0.10
FEWEST = 5
P_PERCENT = 10
MOST_TARGETS = 8


@dataclass
class Public:
    """What everybody has: published sums, and who stands behind each.

    `sums` is (published, figures) weights; `totals` their published values; `holding` the owner of each figure;
    `cells` the weights of cells that were kept hidden; `medians` the sets of agencies behind published medians.
    """

    sums: np.ndarray
    totals: np.ndarray
    holding: np.ndarray
    cells: np.ndarray
    medians: list[frozenset[str]] = field(default_factory=list)
    owner_of: dict[str, str] = field(default_factory=dict)
    least: float | None = 0.0
    most: float | None = None


@dataclass
class Loot:
    """What the attack learned, by the way it was learned."""

    eliminated: list[int] = field(default_factory=list)
    cells_derived: list[int] = field(default_factory=list)
    insiders: list[tuple[str, int]] = field(default_factory=list)
    narrow_figures: list[int] = field(default_factory=list)
    narrow_cells: list[int] = field(default_factory=list)
    dominated: list[int] = field(default_factory=list)
    nested: list[tuple[int, int]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was learned."""
        return not any(vars(self).values())


def attack(public: Public, truth: np.ndarray, told: np.ndarray | None = None) -> Loot:
    """Try everything; `truth` only measures success, and `told` marks figures that were published on purpose."""
    loot = Loot()
    free = null_space(_scaled(public.sums)) if len(public.sums) else np.eye(len(truth))
    open_told = np.zeros(len(truth), bool) if told is None else told
    touched = (public.sums != 0).any(axis=0) if len(public.sums) else np.zeros(len(truth), bool)
    room = np.linalg.norm(free, axis=1)
    loot.eliminated = np.flatnonzero((room < EXACT) & touched).tolist()
    loot.insiders = _insiders(public, free, room)
    for number, cell in enumerate(public.cells):
        if np.linalg.norm(cell @ free) < EXACT * np.linalg.norm(cell):
            loot.cells_derived.append(number)
    if public.least is not None:
        _by_programmes(public, truth, open_told, room, touched, loot)
        if public.most is None:
            loot.dominated = _dominated(public, truth)
    loot.nested = _nested(public)
    return loot


def _scaled(sums: np.ndarray) -> np.ndarray:
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def _insiders(public: Public, free: np.ndarray, room: np.ndarray) -> list[tuple[str, int]]:
    """A participant fixes its own figures: what then cannot move any more is known to it."""
    gram = free @ free.T
    found = []
    for owner in np.unique(public.holding):
        mine = np.flatnonzero(public.holding == owner)
        # What is left of each figure's freedom once the directions in which its own figures move are taken out.
        own = np.linalg.pinv(gram[np.ix_(mine, mine)], rcond=1e-9, hermitian=True)
        left = np.diagonal(gram) - np.einsum("ij,jk,ik->i", gram[:, mine], own, gram[:, mine])
        others = (public.holding != owner) & (room >= EXACT)
        found += [(str(owner), int(i)) for i in np.flatnonzero(others & (left < EXACT * room**2))]
    return found


def _by_programmes(
    public: Public, truth: np.ndarray, told: np.ndarray, room: np.ndarray, touched: np.ndarray, loot: Loot
) -> None:
    """The narrowest figures and hidden cells by linear programmes under what everybody knows of figures' range."""
    weakest = [int(i) for i in np.argsort(room) if touched[i] and not told[i]][:MOST_TARGETS]
    for place in weakest:
        if _is_narrow(public, np.eye(len(truth))[place], truth):
            loot.narrow_figures.append(place)
    sizes = np.argsort([np.count_nonzero(cell) for cell in public.cells], kind="stable")
    for number in sizes[:MOST_TARGETS].tolist():
        cell = public.cells[number]
        if told[cell != 0].all() and np.any(cell):
            continue
        if _is_narrow(public, cell, truth):
            loot.narrow_cells.append(number)


def _is_narrow(public: Public, target: np.ndarray, truth: np.ndarray) -> bool:
    true = float(target @ truth)
    ends = [_extreme(public, target, sign) for sign in (1, -1)]
    width = ends[1] - ends[0]
    # A figure between 0 and 1 is a category: what counts is whether it is known, not how wide its interval is.
    return width < (1e-6 * max(abs(true), 1.0) if public.most is not None or true == 0 else NARROW * true)


def _extreme(public: Public, target: np.ndarray, sign: int) -> float:
    scale = float(np.abs(public.totals).max(initial=0)) or 1.0
    answer = linprog(
        sign * target,
        A_eq=csr_matrix(public.sums),
        b_eq=public.totals / scale,
        bounds=(public.least, None if public.most is None else public.most / scale),
        method="highs",
    )
    if answer.status == 3:
        return -np.inf if sign > 0 else np.inf
    assert answer.status in (0, 2), answer.message
    return sign * answer.fun * scale if answer.status == 0 else np.inf * -sign


def answers_learned(categories: list[tuple[Public, np.ndarray, np.ndarray]]) -> list[tuple[str, int]]:
    """Whose answer does a participant learn from the shares of all categories and its own answers?

    One programme a participant moves everybody a little off what they said; who does not move is tried alone. What all
    others of a published group said is told on purpose.
    """
    public, count = categories[0][0], len(categories)
    size = public.sums.shape[1]
    if not len(public.sums) or count < 2:
        return []
    truth = np.array([given for _, given, _ in categories])
    said = truth.argmax(axis=0)
    at = said * size + np.arange(size)
    equations, totals = _joint(categories)
    inside = public.sums != 0
    found = []
    for owner in np.unique(public.holding[inside.any(axis=0)]):
        own = public.holding == owner
        told = np.zeros(size, bool)
        for group in inside:
            others = group & ~own if (group & own).any() else group
            told |= others & (len(np.unique(said[others])) == 1)
        bounds = np.tile([0.0, 1.0], (size * count, 1))
        mine = np.flatnonzero(np.tile(own, count))
        bounds[mine] = truth.ravel()[mine][:, None]
        wanted = np.flatnonzero(inside.any(axis=0) & ~own & ~told)
        for place in _unmoved(equations, totals, bounds, at, wanted):
            target = np.zeros(size * count)
            target[at[place]] = 1.0
            answer = linprog(target, A_eq=equations, b_eq=totals, bounds=bounds, method="highs")
            assert answer.status == 0, answer.message
            found += [(str(owner), int(place))] if answer.fun > 1 - 1e-6 else []
    return found


def _unmoved(
    equations: csr_matrix, totals: np.ndarray, bounds: np.ndarray, at: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """Push all wanted answers at once, each by no more than a little; give those that stay."""
    room = csr_matrix((np.ones(len(wanted)), (np.arange(len(wanted)), at[wanted])), (len(wanted), len(bounds)))
    answer = linprog(
        np.concatenate([np.zeros(len(bounds)), -np.ones(len(wanted))]),
        A_eq=hstack([equations, csr_matrix((equations.shape[0], len(wanted)))]),
        b_eq=totals,
        A_ub=hstack([room, identity(len(wanted))]),
        b_ub=np.ones(len(wanted)),
        bounds=np.concatenate([bounds, np.tile([0.0, 1e-3], (len(wanted), 1))]),
        method="highs",
    )
    assert answer.status == 0, answer.message
    return wanted[answer.x[len(bounds) :] < 1e-5]


def _joint(categories: list[tuple[Public, np.ndarray, np.ndarray]]) -> tuple[csr_matrix, np.ndarray]:
    """Write the shares of all categories, and that each contributor said one of them, as equations."""
    public, count = categories[0][0], len(categories)
    size = public.sums.shape[1]
    one_each = csr_matrix((np.ones(size * count), (np.tile(np.arange(size), count), np.arange(size * count))))
    equations = vstack([block_diag([public.sums] * count), one_each]).tocsr()
    return equations, np.concatenate([*(given.totals for given, _, _ in categories), np.ones(size)])


def answers_known(categories: list[tuple[Public, np.ndarray, np.ndarray]]) -> list[int]:
    """Whose answer follows from the shares of all categories together, each figure in exactly one category?

    The weakest figures are tried: the share of what they said is made as small as all published shares allow.
    """
    public, count = categories[0][0], len(categories)
    size = public.sums.shape[1]
    if not len(public.sums) or count < 2:
        return []
    equations, totals = _joint(categories)
    room = np.linalg.norm(null_space(_scaled(public.sums)), axis=1)
    touched = (public.sums != 0).any(axis=0)
    found = []
    for place in [int(i) for i in np.argsort(room) if touched[i]][:MOST_TARGETS]:
        said = next(number for number, (_, truth, _) in enumerate(categories) if truth[place] == 1)
        if categories[said][2][place]:
            continue
        target = np.zeros(size * count)
        target[said * size + place] = 1.0
        answer = linprog(target, A_eq=equations, b_eq=totals, bounds=(0.0, 1.0), method="highs")
        assert answer.status == 0, answer.message
        found += [place] if answer.fun > 1 - 1e-6 else []
    return found


def _dominated(public: Public, truth: np.ndarray) -> list[int]:
    """The second largest contributor of a published sum takes its own away: how far is the rest from the largest?"""
    found = []
    for number, row in enumerate(public.sums):
        inside = row != 0
        owners, codes = np.unique(public.holding[inside], return_inverse=True)
        parts = np.sort(np.bincount(codes, weights=(row * truth)[inside]))[::-1]
        if len(owners) < FEWEST or parts[0] <= 0 or parts[2:].sum() < P_PERCENT / 100 * parts[0] * (1 - 1e-9):
            found.append(number)
    return found


def _nested(public: Public) -> list[tuple[int, int]]:
    """Two published medians of which one group holds the other and few contributors more."""
    found = []
    for i, large in enumerate(public.medians):
        for j, small in enumerate(public.medians):
            if small < large:
                between = {public.owner_of[agency] for agency in large - small}
                if len(between) < FEWEST:
                    found.append((i, j))
    return found
