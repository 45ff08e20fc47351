"""Which answer is wrong: the smallest set of fields that must change so that a record keeps every rule.

The principle is Fellegi and Holt's (1976, Journal of the American Statistical Association 71, 17-35), with a weight
a field for how far it is trusted, solved as a mixed-integer programme (de Waal, Pannekoek, Scholtus 2011, chapter 3).
The result goes into the question to the agency, never into the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarking.validate.conditions import Condition
from benchmarking.validate.solver import Solver

MOST_TIES = 20


@dataclass(frozen=True)
class Field:
    """One field that may change: its value now and the values that it may take; `weight` is how far it is trusted."""

    value: float
    low: float
    high: float
    is_whole: bool = False
    weight: float = 1.0


def localise(
    fields: Mapping[str, Field], conditions: Sequence[Condition], must_change: Iterable[str] = ()
) -> tuple[frozenset[str], ...]:
    """Give every smallest set of fields whose change can satisfy all conditions, ties included, in order of names.

    Args:
        fields: the fields that may change, by name.
        conditions: what must hold; see `conditions`.
        must_change: fields that are wrong by themselves, such as one that could not be read.

    Returns:
        The sets of least total weight, at most `MOST_TIES`; none where no change of the fields can do it; one empty
        set where nothing is wrong.
    """
    if not fields:
        return ()
    forced = frozenset(must_change) | {n for n, f in fields.items() if not f.low <= f.value <= f.high}
    solver = Solver(
        {name: (f.value, f.low, f.high, f.is_whole, f.weight) for name, f in fields.items()}, tuple(conditions), forced
    )
    found: list[frozenset[str]] = []
    least = float("inf")
    while len(found) < MOST_TIES:
        chosen = solver.solve()
        if chosen is None:
            break
        weight = sum(fields[name].weight for name in chosen)
        if weight > least + 1e-9:
            break
        if solver.is_feasible(chosen):
            least = weight
            found.append(chosen)
            if not chosen:
                break
            solver.forbid_superset(chosen)
        else:
            solver.forbid_subset(chosen)
    return tuple(sorted(found, key=sorted))
