"""The mixed-integer programme behind `localise`: values, a yes-or-no a field, and conditions with AND and OR."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarking.validate.conditions import All, AnyOf, Condition, Linear, Opaque

# value now, lowest, highest, whole number, weight
Entry = tuple[float, float, float, bool, float]
SLACK = 1e-7


class Solver:
    """Columns: a value and a "has changed" for each field, then a yes-or-no for each alternative of an OR.

    Values are divided by their own size, so that an income in millions and a count of five are alike to the solver.
    """

    def __init__(self, fields: Mapping[str, Entry], conditions: tuple[Condition, ...], forced: frozenset[str]) -> None:
        self.fields, self.conditions, self.forced = fields, conditions, forced
        self.names = list(fields)
        self.scale = {name: _scale(entry) for name, entry in fields.items()}
        self.cuts: list[tuple[dict[str, float], float, float]] = []

    def solve(self) -> frozenset[str] | None:
        """Give a set of least weight that no cut forbids, or None where there is none."""
        model = _Model(self, None)
        for terms, low, high in self.cuts:
            model.add({f"changed {name}": factor for name, factor in terms.items()}, low, high)
        values = model.run()
        if values is None:
            return None
        return frozenset(name for name in self.names if values[f"changed {name}"] > 0.5)

    def is_feasible(self, chosen: frozenset[str]) -> bool:
        """Say whether changing just these fields can satisfy all conditions, without the solver's rounding slack."""
        return _Model(self, chosen).run() is not None

    def forbid_superset(self, chosen: frozenset[str]) -> None:
        """Look for other sets than this one and those that contain it."""
        self.cuts.append((dict.fromkeys(chosen, 1.0), -np.inf, len(chosen) - 1.0))

    def forbid_subset(self, chosen: frozenset[str]) -> None:
        """Ask for a field beyond these, which do not suffice."""
        self.cuts.append((dict.fromkeys(set(self.names) - chosen, 1.0), 1.0, np.inf))


class _Model:
    """One programme in the solver's form; with `fixed`, only those fields are free and the others are constants."""

    def __init__(self, source: Solver, fixed: frozenset[str] | None) -> None:
        self.source, self.fixed = source, fixed
        self.columns: dict[str, tuple[float, float, int, float]] = {}
        self.rows: list[tuple[dict[str, float], float, float]] = []
        for name in source.names:
            self._field(name)
        for condition in source.conditions:
            self._enforce(condition, "")

    def add(self, terms: dict[str, float], low: float, high: float) -> None:
        self.rows.append((terms, low, high))

    def run(self) -> dict[str, float] | None:
        """Solve; give each column's value, or None where nothing satisfies the rows."""
        order = {name: position for position, name in enumerate(self.columns)}
        lows, highs, whole, cost = (np.array(part, dtype=float) for part in zip(*self.columns.values(), strict=True))
        matrix = np.zeros((len(self.rows), len(order)))
        for number, (terms, _, _) in enumerate(self.rows):
            for name, factor in terms.items():
                matrix[number, order[name]] = factor
        limits = [LinearConstraint(matrix, [r[1] for r in self.rows], [r[2] for r in self.rows])] if self.rows else []
        result = milp(cost, integrality=whole, bounds=Bounds(lows, highs), constraints=limits)
        return dict(zip(order, result.x, strict=True)) if result.x is not None else None

    def _field(self, name: str) -> None:
        value, low, high, is_whole, weight = self.source.fields[name]
        scale = self.source.scale[name]
        is_wrong = name in self.source.forced
        changed = (1, 1) if is_wrong else (0, 1)
        if self.fixed is not None:
            changed = (1, 1) if name in self.fixed else (0, 0)
        least, most = (value, value) if changed == (0, 0) else (min(low, value), max(high, value))
        if changed == (1, 1):
            least, most = low, high
        is_counted = int(is_whole and scale == 1)
        self.columns[name] = (least / scale, most / scale, is_counted, 0.0)
        self.columns[f"changed {name}"] = (*changed, 1, weight)
        if changed == (0, 1):
            self.add({name: 1.0, f"changed {name}": (value - high) / scale}, -np.inf, value / scale)
            self.add({name: 1.0, f"changed {name}": (value - low) / scale}, value / scale, np.inf)
        elif is_wrong and self.fixed is not None and name not in self.fixed:
            self.add({name: 0.0}, 1.0, np.inf)

    def _enforce(self, condition: Condition, guard: str) -> None:
        """Make a condition hold, or hold whenever the guard column is 1."""
        if isinstance(condition, Linear):
            self._linear(condition, guard)
        elif isinstance(condition, All):
            for part in condition.parts:
                self._enforce(part, guard)
        elif isinstance(condition, AnyOf):
            self._any(condition, guard)
        elif isinstance(condition, Opaque):
            terms = {f"changed {name}": 1.0 for name in condition.fields}
            self.add({**terms, **({guard: -1.0} if guard else {})}, 0.0 if guard else 1.0, np.inf)

    def _any(self, condition: AnyOf, guard: str) -> None:
        choices = []
        for part in condition.parts:
            choice = f"alternative {len(self.columns)}"
            self.columns[choice] = (0, 1, 1, 0.0)
            choices.append(choice)
            self._enforce(part, choice)
        terms = dict.fromkeys(choices, 1.0)
        self.add({**terms, **({guard: -1.0} if guard else {})}, 0.0 if guard else 1.0, np.inf)

    def _linear(self, condition: Linear, guard: str) -> None:
        scaled = {name: factor * self.source.scale[name] for name, factor in condition.coefficients}
        size = max([abs(factor) for factor in scaled.values()], default=1.0)
        terms = {name: factor / size for name, factor in scaled.items()}
        high = -condition.constant / size + SLACK
        if not guard:
            self.add(terms, -np.inf, high)
            return
        worst = sum(max(f * self.columns[n][0], f * self.columns[n][1]) for n, f in terms.items()) - high
        self.add({**terms, guard: max(worst, 0.0)}, -np.inf, high + max(worst, 0.0))


def _scale(entry: Entry) -> float:
    """Give the size by which a value is divided; small whole numbers stay whole."""
    value, low, high, is_whole, _ = entry
    if is_whole and high - low <= 1e5:
        return 1.0
    return max(abs(value), 1.0)
