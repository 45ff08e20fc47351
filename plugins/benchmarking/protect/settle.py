"""The last word of a decision: attack what the tables would show as the audit does, and hide more until it holds.

A decision is by row; a table shows a change only with both its halves, and people only beside a figure. So what is
shown differs from what was admitted, and only an attack on what is shown says that it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarking.catalog import Disclosure
from benchmarking.protect.cells import ORDER, Row, Unit
from benchmarking.protect.decide import UNSURE, Decided, Verdict, least_useful
from benchmarking.protect.inspect import Part, attack, parts_of, secrets
from benchmarking.protect.interval import Unsolved
from benchmarking.protect.pattern import ROUNDS

Key = tuple[Unit, str]


def settle(
    decided: Decided,
    known: tuple[Sequence[Row], Sequence[Row]],
    rows: Mapping[Key, Row],
    ordered: Sequence[Row],
    rules: Disclosure,
    shown: Callable[[], set[Key]],
) -> None:
    """Hide candidates, the last admitted first, until the audit's attack on what is shown finds nothing.

    Args:
        known: the rows that past releases showed, and those that they hid.
        rows: all rows of the year. ordered: the candidates among them in order of admission.
        shown: gives what the tables show by the verdicts of the moment.
    """
    clean: set[tuple] = set()
    for turn in range(2 * ROUNDS):
        keys = shown()
        new = [row for row in ordered if _key(row) in keys]
        hidden = [row for key, row in rows.items() if key not in keys]
        fresh: dict[Key, Verdict] = {}
        for part in parts_of(known[0], new, secrets([*hidden, *known[1]], new, rules)):
            content = _content(part)
            if part.family == ORDER or not part.shown or content in clean:
                continue
            found = _offending(part, rules, is_last=turn > ROUNDS)
            fresh |= found
            if not found:
                clean.add(content)
        if not fresh:
            return
        decided.verdicts.update(fresh)


def _offending(part: Part, rules: Disclosure, is_last: bool) -> dict[Key, Verdict]:
    try:
        system, audit = attack(part, rules)
    except Unsolved:
        # What the solver cannot judge is not shown.
        return {_key(part.shown[-1]): UNSURE}
    last = len(part.past) + len(part.shown)
    found = least_useful(system, audit.findings, set(range(len(part.past), last)), is_last)
    return {_key(system.rows[i]): verdict for i, verdict in found.items()}


def _content(part: Part) -> tuple:
    shown = frozenset(_key(row) for row in part.shown)
    return part.family, part.year, tuple(sorted(part.scales)), shown, len(part.hidden)


def _key(row: Row) -> Key:
    return row.unit, row.family
