"""What an attacker reads: the files of every release, every private report, and who belongs to which group.

Written from the published files alone; it shares no code with the package. Who took part in which release is given,
with everybody's answers to measure success by.
"""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import null_space

from attack.disclosure_attack import EXACT, Public

TOLD = re.compile(r'<data class="pub" value="([^"]*)">([^<]*)</data>')
KEYS = ("measure", "category", "peer_group", "peer_value", "statistic")
QUANTILES = ("p10", "p25", "p50", "p75", "p90")


@dataclass(frozen=True)
class Issue:
    """One release: its folder, its year, and who took part (agency_id, holding_id, size, sector and answers)."""

    folder: Path
    year: int
    members: Sequence[Any]

    def rows(self, name: str = "benchmarks.csv") -> list[dict[str, str]]:
        """Give the rows of one of its tables."""
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def held_back(self) -> set[tuple[str, ...]]:
        """Give the keys of figures that stand as they were before, as its disclosure audit lists them."""
        audit = json.loads((self.folder / "disclosure_audit.json").read_text("utf-8"))["audit"]
        return {tuple(row[name] for name in KEYS) for row in audit["restatements_held_back"]}


@dataclass
class Known:
    """What is public of one year and question: sums told and kept, and sets of agencies behind quantiles."""

    places: dict[tuple[str, Any], int] = field(default_factory=dict)
    holding: list[str] = field(default_factory=list)
    sums: list[list[int]] = field(default_factory=list)
    hidden: list[list[int]] = field(default_factory=list)
    medians: list[frozenset[str]] = field(default_factory=list)
    owner_of: dict[str, str] = field(default_factory=dict)

    def row(self, members: Sequence[Any], answer: Callable[[Any], Any]) -> list[int]:
        """Give the places of members' answers; an answer that was corrected since has a place of its own."""
        for member in members:
            self.owner_of[member.agency_id] = member.holding_id
            if self.places.setdefault((member.agency_id, answer(member)), len(self.holding)) == len(self.holding):
                self.holding.append(member.holding_id)
        return [self.places[member.agency_id, answer(member)] for member in members]

    def public(self) -> Public:
        """Give it as matrices."""
        kept = [row for row in self.hidden if row not in self.sums]
        return Public(self._matrix(self.sums), np.zeros(0), np.array(self.holding), self._matrix(kept),
                      self.medians, self.owner_of)  # fmt: skip

    def _matrix(self, rows: list[list[int]]) -> np.ndarray:
        unique = sorted({tuple(sorted(row)) for row in rows})
        matrix = np.zeros((len(unique), len(self.holding)))
        for number, row in enumerate(unique):
            matrix[number, list(row)] = 1.0
        return matrix


def told_by_reports(folder: Path, issue: Issue) -> list[tuple[str, str, str]]:
    """Give (report, key, text) of each figure of others in a release's reports that the release does not tell."""
    released = {("|".join(row[name] for name in KEYS), row["display"]) for row in issue.rows()}
    found = []
    for page in sorted(folder.glob("*/report.html")):
        for key, text in TOLD.findall(page.read_text(encoding="utf-8")):
            if (html.unescape(key), html.unescape(text)) not in released:
                found.append((page.parent.name, key, text))
    return found


def attackable(issues: Sequence[Issue]) -> Iterator[tuple[str, Public, np.ndarray, np.ndarray]]:
    """Give each year's budgets, people and answers as the attack takes them: name, public, truth, told on purpose."""
    for year in sorted({issue.year for issue in issues}):
        budgets = read(issues, year, "budget", lambda member: member.budget)
        yield f"{year} budget", *_amounts(budgets)
        yield f"{year} people", *_amounts(read(issues, year, "budget", lambda member: member.people, is_people=True))
        deciders = read(issues, year, "decider", lambda member: member.decider)
        for category in sorted({answer for _, answer in deciders.places}):
            yield f"{year} decider {category}", *_category(deciders, category)


def read(
    issues: Sequence[Issue], year: int, measure: str, answer: Callable[[Any], Any], is_people: bool = False
) -> Known:
    """Read everything that the releases tell of one year's question."""
    known = Known()
    behind: dict[tuple[str, ...], Sequence[Any]] = {}
    for issue in issues:
        if issue.year == year:
            held = issue.held_back()
            for row in issue.rows():
                key = tuple(row[name] for name in KEYS)
                if key not in held or key not in behind:
                    behind[key] = _inside(issue.members, row["peer_group"], row["peer_value"])
                if row["measure"] == measure:
                    _read_row(known, row, behind[key], answer, is_people)
        if not is_people:
            _read_changes(known, issues, issue, year, measure, answer)
    return known


def _read_row(known: Known, row: dict[str, str], members: Sequence[Any], answer: Callable, is_people: bool) -> None:
    is_told = not row["display"].startswith("[")
    if is_people:
        if is_told and row["people"]:
            known.sums.append(known.row(members, answer))
    elif row["statistic"] in QUANTILES:
        if is_told:
            known.medians.append(frozenset(member.agency_id for member in members))
    else:
        (known.sums if is_told else known.hidden).append(known.row(members, answer))


def _read_changes(
    known: Known, issues: Sequence[Issue], issue: Issue, year: int, measure: str, answer: Callable
) -> None:
    """Read the changes on the matched panel: each tells a sum of its year and one of the year before."""
    before = [other for other in issues if other.year == issue.year - 1]
    if year not in (issue.year, issue.year - 1) or not before:
        return
    earlier = {member.agency_id: member for member in before[-1].members}
    for row in issue.rows("headline_change.csv"):
        if (row["measure"], row["basis"]) == (measure, "matched") and not row["display"].startswith("["):
            panel = [m for m in _inside(issue.members, row["peer_group"], row["peer_value"]) if m.agency_id in earlier]
            members = panel if year == issue.year else [earlier[member.agency_id] for member in panel]
            if row["statistic"] in QUANTILES:
                known.medians.append(frozenset(member.agency_id for member in members))
            else:
                known.sums.append(known.row(members, answer))


def _inside(members: Sequence[Any], group: str, value: str) -> list[Any]:
    if group == "all":
        return list(members)
    cuts = list(zip(group.split(" x "), value.split(" x "), strict=True))
    return [member for member in members if all(getattr(member, name) == wanted for name, wanted in cuts)]


def _amounts(known: Known) -> tuple[Public, np.ndarray, np.ndarray]:
    public = known.public()
    truth = np.array([float(answer) for _, answer in known.places])
    public.totals = public.sums @ truth
    return public, truth, np.zeros(len(truth), bool)


def _category(known: Known, category: str) -> tuple[Public, np.ndarray, np.ndarray]:
    public = known.public()
    truth = np.array([float(answer == category) for _, answer in known.places])
    told = np.zeros(len(truth), bool)
    for row in public.sums:
        inside = row != 0
        told |= inside & (len(set(truth[inside])) == 1)
    public.totals, public.most = public.sums @ truth, 1.0
    return public, truth, told


def pooled(public: Public) -> list[tuple[str, str, int]]:
    """Give (one, other, place) where two participants who show each other their reports learn a third's figure.

    What anyone, or one of the two alone, can learn is not repeated.
    """
    if not len(public.sums):
        return []
    free = null_space(public.sums / np.linalg.norm(public.sums, axis=1, keepdims=True))
    gram = free @ free.T
    room = np.diagonal(gram).copy()
    parts = [np.flatnonzero(public.holding == owner) for owner in np.unique(public.holding)]
    given = [_given(gram, part) for part in parts]
    is_open = [(np.diagonal(alone) > EXACT * room) & (room > EXACT) for alone in given]
    found = []
    for i, (one, alone) in enumerate(zip(parts, given, strict=True)):
        for j, other in enumerate(parts[i + 1 :], i + 1):
            both = np.diagonal(alone) - np.einsum(
                "ij,jk,ik->i", alone[:, other], _inverse(alone, other), alone[:, other]
            )
            learned = (both < EXACT * room) & is_open[i] & is_open[j]
            learned[np.concatenate([one, other])] = False
            found += [(public.holding[one[0]], public.holding[other[0]], int(k)) for k in np.flatnonzero(learned)]
    return found


def _given(gram: np.ndarray, known: np.ndarray) -> np.ndarray:
    return gram - gram[:, known] @ _inverse(gram, known) @ gram[known, :]


def _inverse(gram: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.linalg.pinv(gram[np.ix_(places, places)], rcond=1e-9, hermitian=True)
