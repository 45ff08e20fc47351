"""Nested groups: quantiles do not add up, so the difference between two groups' contributors is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarking.protect.cells import Row, Unit

Answer = tuple[int, float]


@dataclass(frozen=True)
class Group:
    """Who stands behind a published quantile: for each agency its holding and what it gave."""

    unit: Unit
    holding: dict[str, str]
    answers: dict[str, Answer]

    @classmethod
    def of(cls, row: Row, scale: float = 1.0) -> Group:
        """Sum a row's entries by agency: persons counted, ratios (over the measure's scale) and months added."""
        sums: dict[str, Answer] = {}
        ratios = row.figure / np.where(row.denominator > 0, row.denominator, 1.0) / scale
        for agency, ratio in zip(row.agency.tolist(), ratios.tolist(), strict=True):
            count, total = sums.get(agency, (0, 0.0))
            sums[agency] = (count + 1, total + ratio)
        # Nine digits: two measures of the same ratio differ in the last bits of a float.
        answers = {agency: (count, float(f"{total:.9g}")) for agency, (count, total) in sums.items()}
        return cls(row.unit, dict(zip(row.agency.tolist(), row.holding.tolist(), strict=True)), answers)


def conflicts(groups: Sequence[Group], past: int, fewest: int) -> Iterator[tuple[int, int]]:
    """Give the pairs of groups, one of them not among the first `past`, that differ by some but too few holdings.

    Two groups of which one contains the other are compared by what the larger has besides. A group against an
    earlier release of the same unit is compared by everything that was added, withdrawn or corrected.
    """
    agencies = {agency: n for n, agency in enumerate(sorted({a for group in groups for a in group.answers}))}
    inside = np.zeros((len(groups), len(agencies)), dtype=np.float32)
    for n, group in enumerate(groups):
        inside[n, [agencies[agency] for agency in group.answers]] = 1.0
    common, sizes = inside @ inside.T, inside.sum(axis=1)
    nested = common >= np.minimum(sizes[:, None], sizes[None, :])
    units = {unit: n for n, unit in enumerate(dict.fromkeys(group.unit for group in groups))}
    unit = np.array([units[group.unit] for group in groups], dtype=np.int64)
    near = np.triu(nested | (unit[:, None] == unit[None, :]), 1)
    for i, j in np.argwhere(near):
        if j >= past and 0 < difference(groups[i], groups[j]) < fewest:
            yield int(i), int(j)


def difference(one: Group, other: Group) -> int:
    """Give how many holdings lie between two groups; 0 where neither contains the other.

    Those lie between that have people or answers in one group only; where there are none, those that answered
    otherwise since (a correction).
    """
    if one.unit != other.unit and not _contains(one, other) and not _contains(other, one):
        return 0
    between = {agency for agency, _ in _counts(one).items() ^ _counts(other).items()}
    if not between:
        between = {agency for agency, _ in one.answers.items() ^ other.answers.items()}
    return len({one.holding.get(agency) or other.holding[agency] for agency in between})


def _counts(group: Group) -> dict[str, int]:
    return {agency: count for agency, (count, _) in group.answers.items()}


def _contains(large: Group, small: Group) -> bool:
    return small.answers.keys() <= large.answers.keys()
