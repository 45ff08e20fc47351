"""Attack a set of rows as a whole: every rule once more, on what is shown, whoever decided it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from benchmarking.catalog import Disclosure
from benchmarking.protect.attack import Audit, examine
from benchmarking.protect.cells import ORDER, PEOPLE, SHARE, SUM, Row
from benchmarking.protect.decide import not_yet_told, primary_verdict, systems_of
from benchmarking.protect.nested import Group, difference
from benchmarking.protect.system import System


@dataclass(frozen=True)
class Inspection:
    """What an attack on everything published finds; it holds when every count but `programmes_solved` is zero.

    `narrowest_interval` is the narrowest left of any contributor's figure or hidden cell, as a fraction of it.
    """

    agencies_exposed: int = 0
    insider_pairs: int = 0
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
        counts = ("agencies_exposed", "insider_pairs", "intervals_too_narrow", "nested_conflicts",
                  "primary_cells_shown")  # fmt: skip
        return not any(found[name] for name in counts)

    @property
    def reason(self) -> str:
        """Give why it does not hold, as a sentence; "" where it does."""
        names = {
            "agencies_exposed": "contributors' figures can be derived",
            "insider_pairs": "contributors could learn another's figure",
            "intervals_too_narrow": "figures or hidden cells can be inferred too closely",
            "nested_conflicts": "pairs of published groups differ by too few contributors",
            "primary_cells_shown": "published figures break a primary rule",
        }
        return "; ".join(f"{getattr(self, name)} {words}" for name, words in names.items() if getattr(self, name))


def inspect(past: Sequence[Row], shown: Sequence[Row], hidden: Sequence[Row], rules: Disclosure) -> Inspection:
    """Attack shown rows with past ones known; hidden rows' sums must not be inferred.

    Primary rules are tried on `shown` only: what past releases told was judged by the parameters of its time.
    """
    audit, conflicts, primary = Audit(), 0, 0
    exposed: set[tuple] = set()
    for family in (SUM, SHARE, PEOPLE, ORDER):
        for year in sorted({row.unit.survey_year for row in [*past, *shown]}):
            old, new, closed = (
                [row for row in rows if row.family == family and row.unit.survey_year == year]
                for rows in (past, shown, hidden)
            )
            primary += _primary_shown(new, [*new, *closed], rules)
            for scales in systems_of([*old, *new, *closed], family):
                parts = [[row for row in rows if row.unit.measure in scales] for rows in (old, new, closed)]
                if family == ORDER:
                    conflicts += _conflicts([*parts[0], *parts[1]], scales, len(parts[0]), rules)
                else:
                    found, names = _attack(parts, scales, rules)
                    audit.add(found)
                    exposed |= {(family, year, name) for name in names}
    kinds = [finding.kind for finding in audit.findings]
    return Inspection(
        agencies_exposed=len(exposed),
        insider_pairs=sum(f.kind == "insider" and f.relative_width == 0 for f in audit.findings),
        intervals_too_narrow=len(kinds) - sum(f.relative_width == 0 for f in audit.findings),
        nested_conflicts=conflicts,
        primary_cells_shown=primary,
        narrowest_interval=round(float(audit.narrowest), 6) if np.isfinite(audit.narrowest) else None,
        intervals_screened=audit.screened,
        programmes_solved=audit.programmes,
    )


def _attack(parts: list[list[Row]], scales: dict[str, tuple[str, float]], rules: Disclosure) -> tuple[Audit, set[str]]:
    old, new, closed = parts
    system = System([*old, *new, *closed], len(old), scales)
    shown = range(len(old) + len(new))
    hidden = range(len(shown), len(system.rows))
    told = {(row.unit, row.family) for row in [*old, *new]}
    closed_for_good = [i for i in hidden if (system.rows[i].unit, system.rows[i].family) not in told]
    audit = examine(system, shown, not_yet_told(system, closed_for_good), rules)
    exposed = [f.place for f in audit.findings if f.kind in ("contributor", "zero") and f.relative_width < 1e-6]
    return audit, {str(system.holders[place]) for place in exposed}


def _primary_shown(rows: Sequence[Row], everyone: Sequence[Row], rules: Disclosure) -> int:
    categories: dict[str, set[str]] = {}
    for row in everyone:
        categories.setdefault(row.unit.measure, set()).update(row.category.tolist())
    return sum(bool(primary_verdict(row, sorted(categories[row.unit.measure]), rules).reason) for row in rows)


def _conflicts(rows: Sequence[Row], scales: dict[str, tuple[str, float]], past: int, rules: Disclosure) -> int:
    groups = [Group.of(row, scales[row.unit.measure][1]) for row in rows]
    return sum(
        0 < difference(groups[i], groups[j]) < rules.minimum_contributors
        for i in range(past, len(groups))
        for j in range(i)
    )
