"""Nested groups: quantiles do not add up, so the difference between two groups' contributors is counted."""

from __future__ import annotations

from dataclasses import dataclass, field

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


@dataclass
class Nest:
    """The groups admitted so far; `fewest` holdings must lie between two of them, or none."""

    fewest: int
    groups: list[Group] = field(default_factory=list)

    def conflict(self, group: Group) -> Group | None:
        """Give an admitted group that differs from this one by too few holdings, or None.

        Two groups of which one contains the other are compared by what the larger has besides. A group against an
        earlier release of the same unit is compared by everything that was added, withdrawn or corrected.
        """
        return next((other for other in self.groups if 0 < difference(group, other) < self.fewest), None)

    def add(self, group: Group) -> None:
        """Admit a group."""
        self.groups.append(group)


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
