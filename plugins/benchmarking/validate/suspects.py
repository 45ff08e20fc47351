"""For each record that breaks rules: which of its answers must be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from benchmarking.catalog import Question
from benchmarking.validate.conditions import Record, Value, condition_of
from benchmarking.validate.localise import Field, localise
from benchmarking.validate.rules import OUTLIER, Check, Unit

FIRST_DAY, LAST_DAY = date(1900, 1, 1).toordinal(), date(2100, 12, 31).toordinal()
WIDEST, LEAST_WIDTH = 100.0, 10_000.0


@dataclass(frozen=True)
class Suspects:
    """The smallest sets of fields that must change; several are a tie, none means that no change of these helps."""

    sets: tuple[frozenset[str], ...]

    def standing(self, question: str) -> str:
        """Say how sure it is that a question's answer is wrong: 'yes', 'one of several' or 'no'."""
        holding = [chosen for chosen in self.sets if question in chosen]
        if not holding:
            return "no"
        return "yes" if len(holding) == len(self.sets) else "one of several"


def suspects_of(
    unit: Unit, checks: Sequence[Check], row: Mapping[str, Any], broken: Iterable[str], weights: Mapping[str, float]
) -> Suspects:
    """Name the answers of one row that must be wrong.

    Args:
        row: the wide row by column name, as DuckDB gives it.
        broken: ids of the rules that the row breaks and nobody has confirmed.
        weights: how far a question is trusted, 1 where not named.

    What must hold afterwards: every rule of severity fail, and the queries that are broken now. An outlier is no
    contradiction, but suspect by itself: it is named, and where its change mends a contradiction too, it alone.
    """
    broken = set(broken)
    mine = [check for check in checks if check.rule_id in broken]
    wrong = {check.fields[0] for check in mine if not check.is_written}
    odd = {name for check in mine if OUTLIER in check.holds for name in check.fields}
    binding = [
        check
        for check in checks
        if check.is_written and OUTLIER not in check.holds and (check.severity == "fail" or check.rule_id in broken)
    ]
    record, fields = _record(unit, row, wrong, weights)
    conditions = [condition_of(check.holds, record, is_kept=check.rule_id not in broken) for check in binding]
    sets = localise(fields, conditions, wrong | odd & set(fields))
    return Suspects(tuple(frozenset(chosen | odd) for chosen in sets))


def _record(
    unit: Unit, row: Mapping[str, Any], wrong: set[str], weights: Mapping[str, float]
) -> tuple[Record, dict[str, Field]]:
    names = {question.name for question in unit.columns}
    constants: dict[str, Value] = {
        name: _plain(value) for name, value in row.items() if name not in names and not isinstance(value, list | dict)
    }
    largest = max([abs(_as_number(q, row[q.name])) for q in unit.columns if q.type in WIDE] or [0.0])
    fields: dict[str, Field] = {}
    for question in unit.columns:
        value = row[question.name]
        if value is None and question.name not in wrong:
            constants[question.name] = None
            continue
        low, high, is_whole = _domain(question, max(LEAST_WIDTH, WIDEST * largest))
        weight = float(weights.get(question.name, 1.0))
        fields[question.name] = Field(_as_number(question, value), low, high, is_whole, weight)
    codes = {q.name: _codes(q) for q in unit.columns if _codes(q)}
    whole = frozenset(name for name, some in fields.items() if some.is_whole)
    return Record({name: some.value for name, some in fields.items()}, constants, codes, whole), fields


WIDE = ("money", "count", "number")


def _codes(question: Question) -> tuple[str, ...]:
    return tuple(question.choices) if question.type == "category" else ()


def _domain(question: Question, width: float) -> tuple[float, float, bool]:
    if question.type == "date":
        return FIRST_DAY, LAST_DAY, True
    if question.type == "category":
        return 0.0, len(question.choices) - 1.0, True
    if question.type in ("boolean", "text"):
        return 0.0, 1.0, True
    low = -width if question.min is None else max(float(question.min), -width)
    high = width if question.max is None else min(float(question.max), width)
    return low, max(low, high), question.type == "count"


def _as_number(question: Question, value: Any) -> float:
    if value is None or question.type == "text":
        return 0.0
    if question.type == "category":
        return float(_codes(question).index(value)) if value in _codes(question) else -1.0
    return float(value.toordinal()) if isinstance(value, date) else float(value)


def _plain(value: Any) -> Value:
    return value if value is None or isinstance(value, str | date) else float(value)
