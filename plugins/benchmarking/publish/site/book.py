"""A release's cells by key, and what a page asks of them: which measures, which cuts, in which order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarking.catalog import TWO_WAY, Measure
from benchmarking.publish.content import Cell, Change, Content
from benchmarking.publish.labels import category_label

QUANTILES = ("p10", "p25", "p50", "p75", "p90")
ALL = "all"


@dataclass(frozen=True)
class Peer:
    """One line of a page: a peer value with its label; `is_all` for the whole programme."""

    group: str
    value: str
    label: str

    @property
    def is_all(self) -> bool:
        """Say whether the line stands for everybody."""
        return self.group == ALL


class Book:
    """The newest year's cells of a `Content`, findable."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.programme = content.programme
        self.year = content.survey_year
        self._cells = {cell.key[1:]: cell for cell in content.cells if cell.survey_year == self.year}

    def cell(self, measure: str, statistic: str, peer: Peer | None = None, category: str = "") -> Cell | None:
        """Give one cell, or None where the release has no such row."""
        group, value = (peer.group, peer.value) if peer else (ALL, ALL)
        return self._cells.get((measure, category, group, value, statistic))

    @cached_property
    def measures(self) -> list[Measure]:
        """Give the measures that have cells, section by section in the order of their first appearance."""
        known = {key[0] for key in self._cells}
        found = [m for name, m in self.programme.measures.items() if name in known]
        lead = [h.measure for h in self.content.headlines]
        rank = {m.name: (lead.index(m.name) if m.name in lead else len(lead), i) for i, m in enumerate(found)}
        groups: dict[str, tuple[int, int]] = {}
        for measure in found:
            groups[measure.group] = min(rank[measure.name], groups.get(measure.group, rank[measure.name]))
        return sorted(found, key=lambda m: (groups[m.group], rank[m.name]))

    @cached_property
    def sections(self) -> list[tuple[str, list[Measure]]]:
        """Give the measures under the title of their section."""
        titles = list(dict.fromkeys(measure.group for measure in self.measures))
        return [(title or "Measures", [m for m in self.measures if m.group == title]) for title in titles]

    @cached_property
    def _groups(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for measure, _, group, _, _ in self._cells:
            found.setdefault(measure, set()).add(group)
        return found

    def cuts(self, measure: str) -> list[str]:
        """Give a measure's peer groups, 'all' first, then as the programme declares them."""
        declared = [ALL, *self.programme.peer_groups]
        known = self._groups.get(measure, set())
        return [g for g in declared if g in known] + sorted(known - set(declared))

    @cached_property
    def _values(self) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for measure, _, group, value, _ in self._cells:
            found.setdefault((measure, group), set()).add(value)
        return found

    def peers(self, measure: str, group: str) -> list[Peer]:
        """Give the lines of a measure's cut in the order of the programme's labels."""
        values = sorted(self._values.get((measure, group), set()), key=lambda value: self._rank(group, value))
        return [self.peer(group, value) for value in values]

    def _rank(self, group: str, value: str) -> tuple[tuple[int, ...], str]:
        parts = zip(group.split(TWO_WAY), value.split(TWO_WAY), strict=False)
        orders = [(list(self.programme.peer_labels.get(g, {}).get("values", {})), v) for g, v in parts]
        return tuple(order.index(v) if v in order else len(order) for order, v in orders), value

    def peer(self, group: str = ALL, value: str = ALL) -> Peer:
        """Give a line with its label."""
        return Peer(group, value, self.programme.peer_label(group, value))

    def categories(self, measure: str) -> list[tuple[str, str]]:
        """Give a share measure's categories with their labels, in the order of the questionnaire."""
        known = {category for name, category, *_ in self._cells if name == measure and category}
        declared = [c for s in self.programme.surveys.values() for q in s.all_questions for c in q.choices]
        order = {category: position for position, category in reversed(list(enumerate(declared)))}
        ranked = sorted(known, key=lambda category: (order.get(category, len(order)), category))
        return [(category, category_label(self.programme, measure, category)) for category in ranked]

    def statistics(self, measure: str) -> list[str]:
        """Give the statistics that a measure has cells of."""
        return sorted({key[4] for key in self._cells if key[0] == measure})

    def months(self, measure: str) -> list[int]:
        """Give the months for which a survival measure says who is still there."""
        marks = [re.fullmatch(r"still_there_(\d+)", statistic) for statistic in self.statistics(measure)]
        return sorted(int(mark[1]) for mark in marks if mark)

    def main_statistic(self, measure: Measure) -> str:
        """Give the statistic that speaks for a measure."""
        return {"ratio": "p50", "survival": "p50", "share": "share"}[measure.kind]

    def changes(self, measure: str, basis: str) -> list[Change]:
        """Give a measure's changes from last year over everybody, on one basis."""
        return [c for c in self.content.changes if (c.measure, c.basis, c.peer_group) == (measure, basis, ALL)]

    def change(self, measure: str, statistic: str, category: str = "") -> Change | None:
        """Give the matched panel's change of one figure, or None."""
        found = self.changes(measure, "matched")
        return next((c for c in found if (c.statistic, c.category) == (statistic, category)), None)


def slug(*parts: str) -> str:
    """Give a file name's stem for a measure and a cut."""
    return "--".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)


def shown(cells: Sequence[Cell | None]) -> list[Cell]:
    """Give the cells that have a number to place."""
    return [cell for cell in cells if cell is not None and cell.value is not None]
