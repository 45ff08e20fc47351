"""The field that is named as wrong is the one that an exhaustive search names."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from benchmarking.validate.conditions import Record, condition_of
from benchmarking.validate.localise import Field, localise

NAMES = ("a", "b", "c", "d")
HIGHEST = 4
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Rule:
    """One random rule, as DuckDB text and as numpy."""

    text: str
    holds: Callable[[Columns], np.ndarray]


def _linear(rng: np.random.Generator) -> Rule:
    factors = rng.integers(-2, 3, len(NAMES))
    bound = int(rng.integers(-3, 7))
    sign = rng.choice(["<=", ">=", "=", "<", "<>"], p=[0.3, 0.3, 0.1, 0.2, 0.1])
    text = " + ".join(f"{f} * {n}" for f, n in zip(factors, NAMES, strict=True)) + f" {sign} {bound}"
    compare = {"<=": np.less_equal, ">=": np.greater_equal, "=": np.equal, "<": np.less, "<>": np.not_equal}[sign]
    return Rule(text, lambda x: compare(sum(f * x[n] for f, n in zip(factors, NAMES, strict=True)), bound))


def _either(rng: np.random.Generator) -> Rule:
    first, second = _linear(rng), _linear(rng)
    return Rule(f"({first.text}) OR NOT ({second.text})", lambda x: first.holds(x) | ~second.holds(x))


def _extreme(rng: np.random.Generator) -> Rule:
    one, two, three = rng.permutation(NAMES)[:3]
    if rng.random() < 0.5:
        return Rule(
            f"{one} <= greatest({two}, {three}, 1)", lambda x: x[one] <= np.maximum(np.maximum(x[two], x[three]), 1)
        )
    return Rule(
        f"abs({one} - {two}) <= least({three}, 2)", lambda x: np.abs(x[one] - x[two]) <= np.minimum(x[three], 2)
    )


def _between(rng: np.random.Generator) -> Rule:
    one, two, three = rng.permutation(NAMES)[:3]
    return Rule(f"{one} BETWEEN {two} - 1 AND {three}", lambda x: (x[two] - 1 <= x[one]) & (x[one] <= x[three]))


def _smallest(rules: list[Rule], record: dict[str, float], weights: dict[str, float]) -> set[frozenset[str]]:
    """Try every set of fields with every value that they can take."""
    everything = {n: g.ravel() for n, g in zip(NAMES, np.meshgrid(*[np.arange(HIGHEST + 1)] * 4), strict=True)}
    good = np.all([rule.holds(everything) for rule in rules], axis=0)
    least, found = float("inf"), set()
    for size in range(len(NAMES) + 1):
        for chosen in itertools.combinations(NAMES, size):
            same = np.all([everything[n] == record[n] for n in NAMES if n not in chosen] or [True], axis=0)
            weight = sum(weights[n] for n in chosen)
            if not (good & same).any() or weight > least:
                continue
            found = {frozenset(chosen)} if weight < least else found | {frozenset(chosen)}
            least = weight
    return found


def _disagreements(seed: int, count: int) -> list[tuple[str, ...]]:
    rng = np.random.default_rng(seed)
    wrong = []
    for _ in range(count):
        makers = rng.choice(np.array([_linear, _linear, _either, _extreme, _between], dtype=object), 3)
        rules = [make(rng) for make in makers]
        record = {name: float(rng.integers(0, HIGHEST + 1)) for name in NAMES}
        weights = {name: float(rng.integers(1, 4)) for name in NAMES}
        seen = Record(record, {}, {}, frozenset(NAMES))
        fields = {n: Field(record[n], 0, HIGHEST, True, weights[n]) for n in NAMES}
        found = set(localise(fields, [condition_of(rule.text, seen) for rule in rules]))
        if found != _smallest(rules, record, weights):
            wrong.append(tuple(rule.text for rule in rules))
    return wrong


@pytest.mark.slow
def test_a_thousand_random_records_are_localised_as_by_exhaustive_search():
    assert _disagreements(seed=1976, count=1000) == []


def test_fifty_random_records_are_localised_as_by_exhaustive_search():
    assert _disagreements(seed=35, count=50) == []


@pytest.mark.parametrize(
    ("numbers", "rules", "expected"),
    [
        pytest.param(
            {"part": 70, "whole": 60, "start": 4},
            ["part <= whole", "part <= 2 * start"],
            [{"part"}],
            id="field-in-both-rules",
        ),
        pytest.param({"part": 7, "whole": 6}, ["part <= whole"], [{"part"}, {"whole"}], id="tie-is-reported"),
        pytest.param({"part": 5, "whole": 6}, ["part <= whole"], [set()], id="nothing-is-wrong"),
        pytest.param(
            {"part": 9e7, "whole": 6}, ["part <= whole"], [{"part"}, {"whole"}], id="amounts-of-very-different-size"
        ),
        pytest.param({"part": 1, "whole": 6}, ["part > 2 * whole + 200000000000"], [], id="no-change-can-do-it"),
        pytest.param(
            {"part": 4, "whole": 6}, ["regexp_matches(part::VARCHAR, '^9')"], [{"part"}], id="a-rule-that-is-not-linear"
        ),
    ],
)
def test_the_smallest_sets_of_fields_are_named(numbers, rules, expected):
    record = Record({n: float(v) for n, v in numbers.items()}, {}, {}, frozenset(numbers))
    fields = {n: Field(float(v), 0, 1e8, True) for n, v in numbers.items()}
    found = localise(fields, [condition_of(rule, record) for rule in rules])
    assert [set(chosen) for chosen in found] == expected


def test_a_trusted_field_is_named_last():
    record = Record({"part": 7.0, "whole": 6.0}, {}, {}, frozenset({"part", "whole"}))
    fields = {"part": Field(7, 0, 10, True, weight=1), "whole": Field(6, 0, 10, True, weight=2)}
    assert localise(fields, [condition_of("part <= whole", record)]) == (frozenset({"part"}),)


def test_dates_choices_and_blanks_are_read_as_the_rules_read_them():
    record = Record(
        {"decider": 0.0, "budget": 500.0},
        {"survey_year": 2026, "left_date": None},
        {"decider": ("none", "shared")},
        frozenset(),
    )
    fields = {"decider": Field(0, 0, 1, True), "budget": Field(500, 0, 1e6)}
    rules = ["decider <> 'none' OR budget = 0", "left_date >= make_date(survey_year - 1, 7, 1)", "left_date IS NULL"]
    found = localise(fields, [condition_of(rule, record) for rule in rules])
    assert found == (frozenset({"budget"}), frozenset({"decider"}))
