"""Attack a set of rows as a whole: every rule once more, on what is shown, whoever decided it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from benchmarking.catalog import Disclosure
from benchmarking.protect.attack import Audit, Finding, examine
from benchmarking.protect.cells import ORDER, PEOPLE, SHARE, SUM, Row
from benchmarking.protect.decide import is_secret, not_yet_told, primary_verdict, systems_of
from benchmarking.protect.nested import Group, conflicts
from benchmarking.protect.system import System


@dataclass(frozen=True)
class Inspection:
    """What an attack on everything published finds; it holds when every count but `programmes_solved` is zero.

    `narrowest_interval` is the narrowest left of any contributor's figure or hidden cell, as a fraction of it.
    """

    agencies_exposed: int = 0
    insider_pairs: int = 0
    insider_pools: int = 0
    intervals_too_narrow: int = 0
    nested_conflicts: int = 0
    primary_cells_shown: int = 0
    narrowest_interval: float | None = None
    intervals_screened: int = 0
    programmes_solved: int = 0

    @property
    def holds(self) -> bool:
        """Say whether nothing is exposed."""
        found = asdict(self)
        counts = ("agencies_exposed", "insider_pairs", "insider_pools", "intervals_too_narrow", "nested_conflicts",
                  "primary_cells_shown")  # fmt: skip
        return not any(found[name] for name in counts)

    @property
    def reason(self) -> str:
        """Give why it does not hold, as a sentence; "" where it does."""
        names = {
            "agencies_exposed": "contributors' figures can be derived",
            "insider_pairs": "contributors could learn another's figure",
            "insider_pools": "pairs of contributors could learn a third's figure together",
            "intervals_too_narrow": "figures or hidden cells can be inferred too closely",
            "nested_conflicts": "pairs of published groups differ by too few contributors",
            "primary_cells_shown": "published figures break a primary rule",
        }
        return "; ".join(f"{getattr(self, name)} {words}" for name, words in names.items() if getattr(self, name))


def inspect(past: Sequence[Row], shown: Sequence[Row], hidden: Sequence[Row], rules: Disclosure) -> Inspection:
    """Attack shown rows with past ones known; hidden rows' sums must not be inferred.

    Primary rules are tried on `shown` only: what past releases told was judged by the parameters of its time.
    """
    audit, conflicts = Audit(), 0
    exposed: set[tuple] = set()
    for part in parts_of(past, shown, secrets(hidden, shown, rules)):
        if part.family == ORDER:
            conflicts += _conflicts([*part.past, *part.shown], part.scales, len(part.past), rules)
            continue
        system, found = attack(part, rules)
        audit.add(found)
        names = [system.name_of(finding.whose) for finding in found.findings if _is_exposed(finding)]
        exposed |= {(part.family, part.year, name) for name in names}
    pairs = sum(_is_pair(finding) for finding in audit.findings)
    pools = sum(finding.kind == "pool" for finding in audit.findings)
    told = sum(_is_exposed(finding) for finding in audit.findings)
    return Inspection(
        agencies_exposed=len(exposed),
        insider_pairs=pairs,
        insider_pools=pools,
        intervals_too_narrow=len(audit.findings) - pairs - pools - told,
        nested_conflicts=conflicts,
        primary_cells_shown=len(_breaking(shown, [*shown, *hidden], rules)),
        narrowest_interval=round(float(audit.narrowest), 6) if np.isfinite(audit.narrowest) else None,
        intervals_screened=audit.screened,
        programmes_solved=audit.programmes,
    )


@dataclass(frozen=True)
class Part:
    """The rows of one family, year and system of measures: past ones, shown ones and those to keep."""

    family: str
    year: int
    scales: dict[str, tuple[str, float]]
    past: list[Row]
    shown: list[Row]
    hidden: list[Row]


def parts_of(past: Sequence[Row], shown: Sequence[Row], hidden: Sequence[Row]) -> Iterator[Part]:
    """Divide rows by family, year and system: what is attacked together."""
    for family in (SUM, SHARE, PEOPLE, ORDER):
        for year in sorted({row.unit.survey_year for row in [*past, *shown]}):
            mine = [
                [row for row in rows if row.family == family and row.unit.survey_year == year]
                for rows in (past, shown, hidden)
            ]
            for scales in systems_of([row for rows in mine for row in rows], family):
                old, new, kept = ([row for row in rows if row.unit.measure in scales] for rows in mine)
                yield Part(family, year, scales, old, new, kept)


def attack(part: Part, rules: Disclosure) -> tuple[System, Audit]:
    """Attack one part; what past releases alone tell of a hidden cell or an answer cannot be kept: no finding."""
    system = System([*part.past, *part.shown, *part.hidden], len(part.past), part.scales)
    shown = range(len(part.past) + len(part.shown))
    told = {(row.unit, row.family) for row in [*part.past, *part.shown]}
    kept = [i for i in range(len(shown), len(system.rows)) if (system.rows[i].unit, part.family) not in told]
    audit = examine(system, shown, not_yet_told(system, kept), rules)
    kinds = ("cell", "insider") if part.family == SHARE else ("cell",)
    audit.findings = [f for f in audit.findings if f.kind not in kinds or any(i >= system.past for i in f.binding)]
    return system, audit


def secrets(hidden: Sequence[Row], shown: Sequence[Row], rules: Disclosure) -> list[Row]:
    """Choose the hidden rows whose sums must not be inferred.

    Every hidden figure is one, and whatever breaks a primary rule itself; `is_secret` says why the others are not.
    """
    beside = [row for row in hidden if not is_secret(row)]
    breaking = {id(row) for row in _breaking(beside, [*shown, *hidden], rules)}
    found: dict[tuple, Row] = {}
    for row in hidden:
        if id(row) in breaking or is_secret(row):
            content = (row.agency.tobytes(), row.weight.tobytes(), row.figure.tobytes(), row.people.tobytes())
            found.setdefault((row.unit, row.family, content), row)
    return list(found.values())


def _is_exposed(finding: Finding) -> bool:
    return finding.kind in ("contributor", "zero") and finding.relative_width < _NOTHING


def _is_pair(finding: Finding) -> bool:
    return finding.kind == "insider" and finding.relative_width < _NOTHING


_NOTHING = 1e-6


def _breaking(rows: Sequence[Row], everyone: Sequence[Row], rules: Disclosure) -> list[Row]:
    """Give the rows that break a primary rule; a share's categories are all that anyone chose in that year."""
    categories: dict[tuple[int, str], set[str]] = {}
    for row in everyone:
        if row.family == SHARE:
            categories.setdefault((row.unit.survey_year, row.unit.measure), set()).update(row.category.tolist())
    chosen = {key: sorted(found) for key, found in categories.items()}
    none: list[str] = []
    return [
        row
        for row in rows
        if primary_verdict(row, chosen.get((row.unit.survey_year, row.unit.measure), none), rules).reason
    ]


def _conflicts(rows: Sequence[Row], scales: dict[str, tuple[str, float]], past: int, rules: Disclosure) -> int:
    groups = [Group.of(row, scales[row.unit.measure][1]) for row in rows]
    return sum(1 for _ in conflicts(groups, past, rules.minimum_contributors))
