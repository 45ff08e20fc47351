"""One system of published sums over the same secret: its figures, its holders, its rows.

Measures whose numerators are proportional, or add up to one another, tell of the same secret and share a system.
An earlier release's figure that was corrected since is a figure of its own: the correction's size is guarded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarking.protect.cells import PEOPLE, SHARE, Row
from benchmarking.protect.exact import basis_of

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
SAME = 1e-9
FEWEST_IN_COMMON = 5


@dataclass
class System:
    """Figures (columns) and rows of one system.

    Rows are `past` shown ones first, then candidates in order of admission, then `closed` ones hidden earlier.
    """

    rows: list[Row]
    past: int
    scale: dict[str, tuple[str, float]] = field(default_factory=dict)
    closed: int = 0

    def __post_init__(self) -> None:
        self.position: dict[tuple[str, int], int] = {}
        # Sets of shown and hidden rows in which programmes found nothing; a search meets most of them many times.
        self.clean: set[tuple] = set()
        self._seen: dict[tuple[str, str], list[tuple[float, str]]] = {}
        holders: list[str] = []
        self.places: list[Whole] = []
        self.weights: list[Floats] = []
        for row in self.rows:
            where = [self._place(row, i, holders) for i in range(len(row))]
            self.places.append(np.array(where, dtype=np.int64))
            self.weights.append(np.ones(len(row)) if row.family == PEOPLE else row.weight)
        self.holders = np.array(holders, dtype=str)
        _, self.owner = np.unique(self.holders, return_inverse=True)

    def __len__(self) -> int:
        return len(self.holders)

    @cached_property
    def told_basis(self) -> Floats:
        """Give an orthonormal basis of what past rows tell, shape (rank, figures)."""
        return basis_of(self.vectors(range(self.past)).toarray())[1]

    @property
    def candidates(self) -> range:
        """Give the positions of the candidate rows."""
        return range(self.past, len(self.rows) - self.closed)

    def name_of(self, holder: int) -> str:
        """Give the holding behind a holder's code."""
        return str(self.holders[np.argmax(self.owner == holder)])

    def vectors(self, chosen: Iterable[int]) -> sparse.csr_matrix:
        """Give the chosen rows as a matrix, shape (chosen, figures)."""
        return _stack([(self.places[i], self.weights[i]) for i in chosen], len(self))

    @cached_property
    def parts(self) -> sparse.csr_matrix:
        """Give each holding's part of each row where it has several figures in it, shape (parts, figures)."""
        found: dict[tuple, tuple[Whole, Floats]] = {}
        sizes = np.bincount(self.owner, minlength=1)
        for where, weights in zip(self.places, self.weights, strict=True):
            for owner in np.unique(self.owner[where[sizes[self.owner[where]] > 1]]):
                mine = self.owner[where] == owner
                _keep(found, where[mine], weights[mine])
        return _stack([pair for pair in found.values() if len(pair[0]) > 1], len(self))

    @cached_property
    def figure_groups(self) -> list[tuple[list[int], Floats, float]]:
        """Give (rows, figures, greatest) for each set of rows whose sums are of the same numbers.

        Figures of columns outside the set are NaN. Shares give one set a category, its figures 0 or 1.
        """
        groups: dict[str, list[int]] = {}
        for i, row in enumerate(self.rows):
            groups.setdefault(self.scale.get(row.unit.measure, (row.unit.measure, 1.0))[0], []).append(i)
        found = []
        for members in groups.values():
            if self.rows[members[0]].family == SHARE:
                found += self._category_figures(members)
            else:
                found.append((members, self._figures(members), float("inf")))
        return found

    def answers(self) -> tuple[Whole, int]:
        """Give what each contributor said, as a number shape (figures,), and how many categories there are."""
        said = np.full(len(self), "", dtype=object)
        for where, row in zip(self.places, self.rows, strict=True):
            said[where] = row.category
        names, codes = np.unique(said.astype(str), return_inverse=True)
        return codes.astype(np.int64), len(names)

    def _figures(self, members: Sequence[int]) -> Floats:
        figures = np.full(len(self), np.nan)
        for i in members:
            row = self.rows[i]
            given = row.people if row.family == PEOPLE else row.figure / self.scale.get(row.unit.measure, ("", 1.0))[1]
            figures[self.places[i]] = given
        return figures

    def _category_figures(self, members: Sequence[int]) -> list[tuple[list[int], Floats, float]]:
        said, count = self.answers()
        is_in = np.zeros(len(self), bool)
        is_in[np.concatenate([self.places[i] for i in members])] = True
        return [
            (list(members), np.where(is_in, (said == category).astype(float), np.nan), 1.0) for category in range(count)
        ]

    def _place(self, row: Row, i: int, holders: list[str]) -> int:
        agency = str(row.agency[i])
        answer = (float(row.people[i] if row.family == PEOPLE else row.figure[i]), str(row.category[i]))
        seen = self._seen.setdefault((row.unit.measure, agency), [])
        version = next((n for n, other in enumerate(seen) if _same(answer, other)), len(seen))
        if version == len(seen):
            seen.append(answer)
        place = self.position.setdefault((agency, version), len(holders))
        if place == len(holders):
            holders.append(str(row.holding[i]))
        return place


def related(figures: dict[str, dict[str, float]], adds_up: bool = True) -> list[dict[str, tuple[str, float]]]:
    """Group measures that tell of the same secret.

    Args:
        figures: measure to agency to its figure.
        adds_up: whether measures that add up to one another are of the same secret; quantiles do not add up.

    Returns:
        One mapping a system, of measure to (whose numbers, scale): figures divided by the scale are those numbers.
        Measures that add up to one another (all leavers, those by choice, those not) share a system besides.
    """
    names = sorted(figures)
    parent = {name: name for name in names}
    scale: dict[str, tuple[str, float]] = {}
    for other in names:
        for one in [name for name in names if name < other and scale[name][0] == name]:
            factor = _factor(figures[one], figures[other])
            if factor is not None and other not in scale:
                scale[other] = (one, factor)
                _join(parent, one, other)
        scale.setdefault(other, (other, 1.0))
    for total in names if adds_up else ():
        for one, other in combinations([name for name in names if name != total], 2):
            if _adds_up(figures[total], figures[one], figures[other]):
                _join(parent, total, one)
                _join(parent, total, other)
    systems: dict[str, dict[str, tuple[str, float]]] = {}
    for name in names:
        systems.setdefault(_root(parent, name), {})[name] = scale[name]
    return list(systems.values())


def _factor(one: dict[str, float], other: dict[str, float]) -> float | None:
    common = sorted(one.keys() & other.keys())
    first, second = np.array([one[a] for a in common]), np.array([other[a] for a in common])
    if np.count_nonzero(first) < FEWEST_IN_COMMON or not first @ first:
        return None
    factor = float(first @ second / (first @ first))
    return factor if factor and np.allclose(second, factor * first, rtol=1e-6, atol=0) else None


def _adds_up(total: dict[str, float], one: dict[str, float], other: dict[str, float]) -> bool:
    common = sorted(total.keys() & one.keys() & other.keys())
    sums = np.array([one[a] + other[a] for a in common])
    whole = np.array([total[a] for a in common])
    parts = np.array([one[a] for a in common]), np.array([other[a] for a in common])
    if min(np.count_nonzero(part) for part in (*parts, whole)) < FEWEST_IN_COMMON:
        return False
    return bool(np.mean(np.isclose(whole, sums, rtol=1e-9, atol=1e-9)) > 0.5)


def _root(parent: dict[str, str], name: str) -> str:
    while parent[name] != name:
        name = parent[name]
    return name


def _join(parent: dict[str, str], one: str, other: str) -> None:
    first, second = sorted((_root(parent, one), _root(parent, other)))
    parent[second] = first


def _same(one: tuple[float, str], other: tuple[float, str]) -> bool:
    return one[1] == other[1] and abs(one[0] - other[0]) <= SAME * max(abs(one[0]), abs(other[0]))


def _keep(found: dict[tuple, tuple[Whole, Floats]], where: Whole, weights: Floats) -> None:
    order = np.argsort(where)
    where, weights = where[order], weights[order] / np.abs(weights).max()
    found.setdefault((tuple(where.tolist()), tuple(np.round(weights, 9).tolist())), (where, weights))


def _stack(vectors: Sequence[tuple[Whole, Floats]], width: int) -> sparse.csr_matrix:
    starts = np.concatenate([[0], np.cumsum([len(where) for where, _ in vectors])]).astype(np.int64)
    where = np.concatenate([np.zeros(0, np.int64), *[where for where, _ in vectors]])
    weights = np.concatenate([np.zeros(0), *[weights for _, weights in vectors]])
    return sparse.csr_matrix((weights, where, starts), shape=(len(vectors), width))
