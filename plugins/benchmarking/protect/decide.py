"""Decide what may be published: primary rules, then the pattern that hides least and withstands the attack.

The attack knows everything ever published. Order of admission: headlines, all contributors, one-way cuts in the
programme's order, two-way cuts; within a cut the groups with most contributors first, then by name. The order says
what a figure is worth (`WORTH`), and which of two equal ones goes. It is the same for every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType

import numpy as np

from benchmarking.catalog import TWO_WAY, Disclosure, Programme
from benchmarking.protect.attack import EVERYTHING, Audit, Finding, Means, examine
from benchmarking.protect.cells import ORDER, PEER_ALL, PEOPLE, SHARE, SUM, Row, Unit
from benchmarking.protect.exact import INSIDE
from benchmarking.protect.interval import Unsolved
from benchmarking.protect.nested import Group, conflicts
from benchmarking.protect.pattern import least_pattern
from benchmarking.protect.primary import (
    QUARTILES,
    TAILS,
    Floats,
    by_holding,
    minimum_contributors,
    pooled_reason,
    share_reason,
)
from benchmarking.protect.system import System, related

PRIMARY = ("contributors", "unanimous", "dominance", "p_percent", "age")
SECONDARY = ("secondary", "audit")
# Changes come after the figures of their year, those from the year to the next one last.
MATCHED, MATCHED_NEXT, HALF = "matched", "matched_next", "half"
TURNS = {"": 0, MATCHED: 1, MATCHED_NEXT: 2}


@dataclass(frozen=True)
class Verdict:
    """Why a row is hidden ("" where it may be shown), with a sentence for the organiser."""

    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Asked:
    """Which rules are on; each can be turned off to show that it is needed."""

    primary: bool = True
    exact: bool = True
    insiders: bool = True
    intervals: bool = True
    nested: bool = True
    ledger: bool = True


@dataclass
class Decided:
    """The verdict of each candidate row, by unit and family, and the audit of what is shown.

    `is_least` says that no pattern of lower cost (`WORTH`) is safe, in any system of measures.
    """

    verdicts: dict[tuple[Unit, str], Verdict] = field(default_factory=dict)
    audit: Audit = field(default_factory=Audit)
    is_least: bool = True

    def verdict(self, unit: Unit, family: str) -> Verdict:
        """Give a row's verdict; one that was never a candidate is hidden."""
        return self.verdicts.get((unit, family), Verdict("unknown", "who contributed is not known"))


def order_of(programme: Programme) -> dict[str, int]:
    """Give each peer group's turn: all, one-way cuts as declared, others, two-way cuts."""
    one_way = [group for group in programme.peer_groups if TWO_WAY not in group]
    two_way = [group for group in programme.peer_groups if TWO_WAY in group]
    bands = [programme.bands["peer_group"]] if programme.bands else []
    return {group: turn for turn, group in enumerate([PEER_ALL, *one_way, *bands, "seniority", *two_way])}


def sort_candidates(rows: Iterable[Row], turns: Mapping[str, int], headlines: Sequence[tuple[str, str]]) -> list[Row]:
    """Put candidates in the declared order; `headlines` are (measure, peer group)."""

    def key(row: Row) -> tuple:
        unit = row.unit
        is_headline = (unit.measure, unit.peer_group) in headlines
        turn = turns.get(unit.peer_group, len(turns) + unit.peer_group.count(TWO_WAY))
        return (TURNS.get(unit.basis, len(TURNS)), not is_headline, turn, unit.peer_group, -row.holdings, unit)

    return sorted(rows, key=key)


def primary_verdict(row: Row, categories: Iterable[str], rules: Disclosure) -> Verdict:
    """Judge a row by itself; `categories` are all that anyone chose in that year."""
    if row.family == SHARE:
        reason = share_reason(row.holding, row.category, categories, rules)
    elif row.family == SUM:
        reason = pooled_reason(by_holding(row.weight * row.figure, row.holding), rules)
    elif row.family == PEOPLE:
        reason = pooled_reason(by_holding(row.people, row.holding), rules)
    else:
        reason = "contributors" if row.holdings < rules.minimum_contributors else ""
    return Verdict(reason, _PRIMARY_WORDS[reason].format(row.holdings)) if reason else Verdict()


_PRIMARY_WORDS = {
    "contributors": "{0} contributors are too few",
    "unanimous": "what {0} contributors said would be known, to anyone or to the one that said otherwise",
    "dominance": "one of {0} contributors holds too much of the total",
    "p_percent": "the two largest of {0} contributors could estimate each other too closely",
}


def decide(
    past: Sequence[Row],
    candidates: Sequence[Row],
    rules: Disclosure,
    asked: Asked = Asked(),
    closed: Sequence[Row] = (),
    settled: Mapping[tuple[Unit, str], Verdict] = MappingProxyType({}),
) -> Decided:
    """Decide every candidate row, given in order of admission, against past rows and one another.

    Args:
        past: rows that were published. closed: rows that earlier releases hid and that must stay hidden.
        settled: verdicts of candidates that are hidden whatever else is decided.
    """
    decided = Decided(dict(settled))
    for family in (SUM, SHARE, PEOPLE, ORDER):
        mine = [row for row in candidates if row.family == family]
        known = [row for row in past if row.family == family]
        years = {year: [row for row in mine if row.unit.survey_year == year] for year in _years(mine)}
        for new in years.values():
            _judge_each(new, rules, asked, decided)
        for year, new in years.items():
            _close_halves(new, decided)
            old = [row for row in known if row.unit.survey_year == year] if asked.ledger else []
            kept = [row for row in closed if row.family == family and row.unit.survey_year == year]
            _decide_year(old, new, kept if asked.ledger else [], rules, asked, decided)
    return decided


def _years(rows: Iterable[Row]) -> list[int]:
    return sorted({row.unit.survey_year for row in rows})


def _judge_each(candidates: Sequence[Row], rules: Disclosure, asked: Asked, decided: Decided) -> None:
    """Enter what each row of a year and family breaks by itself, and what is settled otherwise."""
    categories = {
        measure: sorted({str(c) for row in candidates if row.unit.measure == measure for c in row.category})
        for measure in {row.unit.measure for row in candidates}
    }
    for row in candidates:
        verdict = primary_verdict(row, categories[row.unit.measure], rules) if asked.primary else Verdict()
        if verdict.reason or not decided.verdicts.get(_key(row), Verdict()).reason:
            decided.verdicts[_key(row)] = verdict


def _close_halves(candidates: Sequence[Row], decided: Decided) -> None:
    """Hide a half of a change of which the other is hidden: alone it shows nothing, and takes others' room."""
    for row in candidates:
        other = decided.verdicts.get((other_half(row.unit), row.family)) if row.unit.basis else None
        if other is not None and other.reason and not decided.verdicts[_key(row)].reason:
            decided.verdicts[_key(row)] = Verdict(HALF, "the other half of its change is hidden")


def other_half(unit: Unit) -> Unit:
    """Give the unit of the other year's half of a change on the matched panel."""
    step, basis = (-1, MATCHED_NEXT) if unit.basis == MATCHED else (1, MATCHED)
    return replace(unit, survey_year=unit.survey_year + step, basis=basis)


def _decide_year(
    past: list[Row],
    candidates: list[Row],
    closed: list[Row],
    rules: Disclosure,
    asked: Asked,
    decided: Decided,
) -> None:
    family = candidates[0].family
    for scales in systems_of([*past, *candidates], family):
        old = [row for row in past if row.unit.measure in scales]
        new = [row for row in candidates if row.unit.measure in scales]
        if family == ORDER and asked.nested:
            _decide_nested(System([*old, *new], len(old), scales), rules, decided)
        elif family != ORDER:
            kept = [row for row in closed if row.unit.measure in scales]
            _decide_sums(System([*old, *new, *kept], len(old), scales, len(kept)), rules, asked, decided)


def systems_of(rows: Sequence[Row], family: str) -> list[dict[str, tuple[str, float]]]:
    """Group the rows' measures by the secret they tell of."""
    figures: dict[str, dict[str, float]] = {}
    for row in rows:
        given = figures.setdefault(row.unit.measure, {})
        given.update(zip(row.agency.tolist(), _numbers(row, family).tolist(), strict=True))
    if family == SHARE:
        return [{measure: (measure, 1.0)} for measure in sorted(figures)]
    return related(figures, family != ORDER)


def _numbers(row: Row, family: str) -> Floats:
    if family == PEOPLE:
        return row.people
    return row.figure / np.where(row.denominator > 0, row.denominator, 1.0) if family == ORDER else row.figure


def _decide_nested(system: System, rules: Disclosure, decided: Decided) -> None:
    """Hide what breaks a primary rule, and the least beside it that leaves no two groups with few between them."""
    rows = system.candidates
    groups = [Group.of(row, system.scale[row.unit.measure][1]) for row in system.rows[: rows.stop]]
    pairs = list(conflicts(groups, system.past, rules.minimum_contributors))
    forced = {i for i in rows if decided.verdicts[_key(system.rows[i])].reason}

    def attack(hidden: set[int], most: int) -> list[Finding]:
        return [Finding("nested", 0.0, pair) for pair in islice((p for p in pairs if not hidden & set(p)), most)]

    pattern = least_pattern({i: _use(system, i, rules) for i in rows}, forced, attack)
    for i in sorted(pattern.hidden - forced):
        rival = next(j for j in pattern.because[i].binding if j != i)
        words = (
            f"differs from {_named(system.rows[rival].unit)} by fewer than {rules.minimum_contributors} contributors"
        )
        decided.verdicts[_key(system.rows[i])] = Verdict("nested", words)


def _decide_sums(system: System, rules: Disclosure, asked: Asked, decided: Decided) -> None:
    """Hide what breaks a primary rule, and the least beside it that leaves the attack nothing to find."""
    rows = system.candidates
    forced = {i for i in rows if decided.verdicts[_key(system.rows[i])].reason}
    closed = set(range(rows.stop, len(system.rows)))
    broken = {i for i in forced if decided.verdicts[_key(system.rows[i])].reason in PRIMARY}
    secret = {i for i in rows if i in broken or is_secret(system.rows[i])}
    audit, judged = Audit(), dict[frozenset[int], Audit]()

    def attack(hidden: set[int], most: int) -> list[Finding]:
        shown = [i for i in range(rows.stop) if i not in hidden]
        kept = not_yet_told(system, sorted(hidden & secret | closed))
        found = Audit()
        # Programmes are dear: they are solved for patterns in which elimination finds nothing.
        for means in (
            Means(asked.exact, asked.insiders, False, most, False, most > 1),
            Means(False, asked.insiders, asked.intervals, most, False),
        ):
            try:
                found = examine(system, shown, kept, rules, means)
            except Unsolved:
                # What the solver cannot judge is not shown.
                return [Finding("unsure", 0.0, tuple(i for i in shown if i >= system.past))]
            audit.programmes += found.programmes
            audit.effort += found.effort
            if found.findings:
                break
        judged[frozenset(hidden)] = found
        return found.findings

    is_large = system.past > 0 or len(rows) - len(forced) > LARGE

    def is_enough() -> bool:
        return audit.effort > (MOST_EFFORT_IF_LARGE if is_large else MOST_EFFORT)

    pattern = least_pattern({i: _use(system, i, rules) for i in rows}, forced, attack, is_enough)
    for i in sorted(pattern.hidden - forced):
        decided.verdicts[_key(system.rows[i])] = _secondary(pattern.because.get(i))
    decided.is_least &= pattern.is_least
    attack(pattern.hidden, EVERYTHING)
    last = judged[frozenset(pattern.hidden)]
    audit.narrowest, audit.screened = last.narrowest, last.screened
    decided.audit.add(audit)


# The effort of attacks after which no better pattern is looked for: counted, not timed, so that each machine gives the
# same. A large system, or one beside earlier releases, seldom gets to a proof; what a longer search finds is little.
MOST_EFFORT, MOST_EFFORT_IF_LARGE, LARGE = 1_000_000_000, 30_000_000, 120
# A figure of an earlier turn is worth this many of the next: all, one-way cuts, two-way cuts; changes come last.
WORTH = (9.0, 3.0, 1.0)


def _use(system: System, i: int, rules: Disclosure) -> float:
    """Give what hiding a row costs: the figures it shows, by their turn; of equals the later one costs less."""
    row = system.rows[i]
    turn = 0 if row.unit.peer_group == PEER_ALL else 1 + (TWO_WAY in row.unit.peer_group)
    figures = len(np.unique(row.category)) if row.family == SHARE else 1
    if row.family == ORDER:
        figures = sum(row.holdings >= minimum_contributors(name, rules) for name in ("p50", *QUARTILES, *TAILS))
    place = (i - system.past) / max(len(system.candidates), 1)
    return figures * WORTH[turn] * (0.5 if row.unit.basis else 1.0) + 1e-4 * (1.0 - place)


def _secondary(finding: Finding | None) -> Verdict:
    if finding is None:
        return Verdict("secondary", _EXPOSURE_WORDS["cell"])
    if finding.relative_width > 0:
        words = f"it would narrow a {_FINDING_WORDS[finding.kind]} to {finding.relative_width:.1%} of itself"
        return Verdict("audit", words)
    return Verdict("secondary", _EXPOSURE_WORDS[finding.kind])


_EXPOSURE_WORDS = {
    "contributor": "with what is published already it would give one contributor's figure, part or correction",
    "zero": "with what is published already it would tell what a contributor did not give or say",
    "insider": "with what is published already a contributor that knows its own figure would learn another's",
    "pool": "with what is published already two contributors that pool their figures would learn a third's",
    "cell": "with what is published already it would give a hidden cell",
    "unsure": "what it would give away with what is published already could not be told",
}


UNSURE = Verdict("secondary", _EXPOSURE_WORDS["unsure"])


def is_secret(row: Row) -> bool:
    """Say whether a row's sum must not be inferred when it is hidden, though it breaks no primary rule.

    Every hidden figure is a secret. The people counted beside a figure, and the two halves of a change, are no figures
    of the tables: they are not shown because what they stand beside is not, or because others need it. What they would
    tell of a contributor is tried for itself, so that their own sums give nobody away.
    """
    return row.family != PEOPLE and not row.unit.basis


def not_yet_told(system: System, hidden: Sequence[int]) -> list[int]:
    """Give the hidden rows that past releases have not told already: those can no longer be kept.

    A restatement held back is told but for what changed, and what changed is guarded for itself.
    """
    told = {_key(row) for row in system.rows[: system.past]}
    fresh = [i for i in hidden if _key(system.rows[i]) not in told]
    if not system.past or not fresh:
        return fresh
    cells = system.vectors(fresh).toarray()
    rest = cells - cells @ system.told_basis.T @ system.told_basis
    is_open = (rest * rest).sum(axis=1) > INSIDE * (cells * cells).sum(axis=1)
    return [i for i, open_ in zip(fresh, is_open.tolist(), strict=True) if open_]


def least_useful(system: System, findings: Sequence[Finding], shown: set[int], is_last: bool) -> dict[int, Verdict]:
    """Choose for each finding the last admitted of the sums that give it away; past ones cannot be taken back."""
    fresh: dict[int, Verdict] = {}
    for finding in findings:
        mine = [i for i in finding.binding if i >= system.past and i in shown]
        chosen = mine if is_last else [] if set(mine) & set(fresh) else mine[-1:]
        fresh.update(dict.fromkeys(chosen, _secondary(finding)))
    return fresh


_FINDING_WORDS = {
    "contributor": "contributor's figure",
    "zero": "contributor's zero",
    "insider": "contributor's figure, for another contributor,",
    "pool": "contributor's figure, for two others together,",
    "cell": "hidden cell",
}


def _key(row: Row) -> tuple[Unit, str]:
    return row.unit, row.family


def _named(unit: Unit) -> str:
    return f"{unit.peer_group}={unit.peer_value}" if unit.peer_group != PEER_ALL else PEER_ALL
