"""Turn a rule's `holds` into linear conditions on one record's fields, joined by AND and OR.

DuckDB itself parses the text. Dates count as days, choices by their position. What is not linear (a pattern, a
product of two answers) becomes `Opaque`: it can only be mended by changing one of its fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Union

import duckdb

Value = float | str | date | None
STRICT_STEP = 0.01


@dataclass(frozen=True)
class Linear:
    """`sum(coefficient * field) + constant <= 0`; strict inequalities are made so by the fields' smallest step."""

    coefficients: tuple[tuple[str, float], ...]
    constant: float


@dataclass(frozen=True)
class All:
    """Every part must hold; no parts: always true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part must hold; no parts: never true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Opaque:
    """Not linear: holds by changing one of its fields."""

    fields: frozenset[str]


Condition = Union[Linear, All, AnyOf, Opaque]  # noqa: UP007  the parts name each other before they are defined
TRUE, FALSE = All(()), AnyOf(())
Node = Mapping[str, Any]
Terms = dict[str, float]


class _NotLinear(Exception):
    """A part of a rule is not a linear expression."""


@dataclass(frozen=True)
class Record:
    """One record as rules see it.

    `numbers` holds every field that may change, as a number; `constants` what may not (keys, last year's answers,
    blanks as None); `codes` gives each category's choices in order; `whole` names the fields of whole numbers.
    """

    numbers: Mapping[str, float]
    constants: Mapping[str, Value]
    codes: Mapping[str, tuple[str, ...]]
    whole: frozenset[str]


def condition_of(holds: str, record: Record, is_kept: bool = False) -> Condition:
    """Give the condition under which a rule holds for a record.

    Args:
        holds: the rule's text; a comparison with a blank holds.
        is_kept: the rule holds as the record stands, so that parts that are not linear need no change.
    """
    return _Reader(record, is_kept).condition(_parsed(holds), True)


@cache
def _parsed(holds: str) -> Node:
    with duckdb.connect(":memory:") as connection:
        row = connection.execute("SELECT json_serialize_sql($1::VARCHAR)", [f"SELECT ({holds})"]).fetchone()
    return json.loads(row[0])["statements"][0]["node"]["select_list"][0] if row else {}


@dataclass(frozen=True)
class _Reader:
    record: Record
    is_kept: bool

    def condition(self, node: Node, wanted: bool) -> Condition:
        """Give when a boolean node is true, or false where that is wanted."""
        kind = node["type"]
        if kind in ("CONJUNCTION_AND", "CONJUNCTION_OR"):
            parts = tuple(self.condition(child, wanted) for child in node["children"])
            return All(parts) if (kind == "CONJUNCTION_AND") == wanted else AnyOf(parts)
        if kind == "OPERATOR_NOT":
            return self.condition(node["children"][0], not wanted)
        if kind in ("OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL"):
            return self._blank(node, (kind == "OPERATOR_IS_NULL") == wanted)
        try:
            return self._linear(node, wanted)
        except _NotLinear:
            return TRUE if self.is_kept else Opaque(frozenset(_columns(node)) & set(self.record.numbers))

    def _blank(self, node: Node, wants_blank: bool) -> Condition:
        """A field that has an answer is not blank now; changing it may blank it, and the other way round."""
        columns = list(_columns(node))
        is_blank = any(self.record.constants.get(name, 0) is None for name in columns)
        if is_blank == wants_blank:
            return TRUE
        return Opaque(frozenset(columns) & set(self.record.numbers))

    def _linear(self, node: Node, wanted: bool) -> Condition:
        kind = node["type"]
        if kind == "COMPARE_BETWEEN":
            inside = [("COMPARE_GREATERTHANOREQUALTO", node["lower"]), ("COMPARE_LESSTHANOREQUALTO", node["upper"])]
            parts = tuple(self._compare(how, node["input"], bound, wanted) for how, bound in inside)
            return All(parts) if wanted else AnyOf(parts)
        if kind in ("COMPARE_IN", "COMPARE_NOT_IN"):
            first, *others = node["children"]
            is_in = (kind == "COMPARE_IN") == wanted
            parts = tuple(self._compare("COMPARE_EQUAL", first, other, is_in) for other in others)
            return AnyOf(parts) if is_in else All(parts)
        if kind.startswith("COMPARE_"):
            return self._compare(kind, node["left"], node["right"], wanted)
        raise _NotLinear

    def _compare(self, how: str, left: Node, right: Node, wanted: bool) -> Condition:
        if not wanted:
            how = _OPPOSITE[how]
        if any(self.record.constants.get(name, 0) is None for side in (left, right) for name in _columns(side)):
            return TRUE
        choices = self._choices_of(left) or self._choices_of(right)
        parts = []
        # An extreme is split into its cases: it is its first argument and that one is the largest, or its second...
        for given, (a, b) in _cases(left, right):
            extra = [self._against(_LESS_OR_EQUAL, low, high, choices) for low, high in given]
            parts.append(All((*extra, self._against(how, a, b, choices))))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _against(self, how: str, left: Node, right: Node, choices: tuple[str, ...]) -> Condition:
        terms, constant = self._terms(left, choices)
        others, other = self._terms(right, choices)
        for name, factor in others.items():
            terms[name] = terms.get(name, 0.0) - factor
        return self._as_condition(how, {n: f for n, f in terms.items() if f}, constant - other)

    def _as_condition(self, how: str, terms: Terms, constant: float) -> Condition:
        whole = set(terms) <= self.record.whole and all(float(f).is_integer() for f in [*terms.values(), constant])
        step = 1.0 if whole else STRICT_STEP

        def below(sign: float, gap: float = 0.0) -> Linear:
            return Linear(tuple((n, sign * f) for n, f in sorted(terms.items())), sign * constant + gap)

        conditions: dict[str, Condition] = {
            "COMPARE_EQUAL": All((below(1), below(-1))),
            "COMPARE_NOTEQUAL": AnyOf((below(1, step), below(-1, step))),
            "COMPARE_LESSTHAN": below(1, step),
            "COMPARE_LESSTHANOREQUALTO": below(1),
            "COMPARE_GREATERTHAN": below(-1, step),
            "COMPARE_GREATERTHANOREQUALTO": below(-1),
        }
        return conditions[how]

    def _terms(self, node: Node, choices: tuple[str, ...]) -> tuple[Terms, float]:
        """Give an expression as coefficients and a constant."""
        if node["type"] == "COLUMN_REF":
            return self._column(node["column_names"][-1], choices)
        if node["type"] == "VALUE_CONSTANT":
            return {}, _number(_constant(node), choices)
        if node["type"] == "OPERATOR_CAST":
            return self._terms(node["child"], choices)
        if node["type"] != "FUNCTION":
            raise _NotLinear
        return self._function(node["function_name"], [self._terms(child, choices) for child in node["children"]])

    def _column(self, name: str, choices: tuple[str, ...]) -> tuple[Terms, float]:
        if name in self.record.numbers:
            return {name: 1.0}, 0.0
        if name not in self.record.constants:
            raise _NotLinear
        return {}, _number(self.record.constants[name], choices)

    def _function(self, name: str, parts: list[tuple[Terms, float]]) -> tuple[Terms, float]:
        if name in ("+", "-"):
            signs = [1.0] * len(parts) if name == "+" else [-1.0] if len(parts) == 1 else [1.0, -1.0]
            return _sum(parts, signs)
        if name == "*" and any(not terms for terms, _ in parts):
            (_, factor), (terms, constant) = sorted(parts, key=lambda part: bool(part[0]))
            return {n: f * factor for n, f in terms.items()}, constant * factor
        if name == "/" and not parts[1][0] and parts[1][1]:
            return {n: f / parts[1][1] for n, f in parts[0][0].items()}, parts[0][1] / parts[1][1]
        if name == "make_date" and not any(terms for terms, _ in parts):
            return {}, float(date(*(int(constant) for _, constant in parts)).toordinal())
        raise _NotLinear

    def _choices_of(self, node: Node) -> tuple[str, ...]:
        return next((self.record.codes[name] for name in _columns(node) if name in self.record.codes), ())


_LESS_OR_EQUAL = "COMPARE_LESSTHANOREQUALTO"
_OPPOSITE = {
    "COMPARE_EQUAL": "COMPARE_NOTEQUAL",
    "COMPARE_NOTEQUAL": "COMPARE_EQUAL",
    "COMPARE_LESSTHAN": "COMPARE_GREATERTHANOREQUALTO",
    "COMPARE_GREATERTHANOREQUALTO": "COMPARE_LESSTHAN",
    "COMPARE_GREATERTHAN": "COMPARE_LESSTHANOREQUALTO",
    "COMPARE_LESSTHANOREQUALTO": "COMPARE_GREATERTHAN",
}


def _cases(left: Node, right: Node) -> Iterable[tuple[list[tuple[Node, Node]], tuple[Node, Node]]]:
    """Split the first greatest(), least() or abs() of a comparison into cases, then the next, until none is left.

    Gives (the pairs of which the first is at most the second, the comparison's sides without extremes).
    """
    pending: list[tuple[list[tuple[Node, Node]], tuple[Node, Node]]] = [([], (left, right))]
    while pending:
        given, sides = pending.pop(0)
        extreme = next((found for side in sides for found in _extremes(side)), None)
        if extreme is None:
            yield given, sides
            continue
        arguments = _arguments(extreme)
        for chosen in arguments:
            others = [other for other in arguments if other is not chosen]
            is_largest = extreme["function_name"] != "least"
            pairs = [(other, chosen) if is_largest else (chosen, other) for other in others]
            replaced = (_replaced(sides[0], extreme, chosen), _replaced(sides[1], extreme, chosen))
            pending.append((given + pairs, replaced))


def _extremes(node: Node) -> Iterable[Node]:
    if node.get("function_name") in ("greatest", "least", "abs"):
        yield node
    for child in _children(node):
        yield from _extremes(child)


def _arguments(extreme: Node) -> list[Node]:
    children = list(extreme["children"])
    if extreme["function_name"] == "abs":
        children.append({"type": "FUNCTION", "function_name": "-", "children": [children[0]]})
    return children


def _replaced(node: Node, old: Node, new: Node) -> Node:
    if node is old:
        return new
    if "children" in node:
        return {**node, "children": [_replaced(child, old, new) for child in node["children"]]}
    return {**node, "child": _replaced(node["child"], old, new)} if "child" in node else node


def _children(node: Node) -> list[Node]:
    named = [node[key] for key in ("left", "right", "child", "input", "lower", "upper") if key in node]
    return named + list(node.get("children", []))


def _columns(node: Node) -> Iterable[str]:
    if node["type"] == "COLUMN_REF":
        yield node["column_names"][-1]
    for child in _children(node):
        yield from _columns(child)


def _constant(node: Node) -> Value:
    value = node["value"]
    if value["type"]["id"] == "DECIMAL":
        return float(value["value"]) / 10 ** int(value["type"]["type_info"]["scale"])
    return value["value"]


def _number(value: Value, choices: tuple[str, ...]) -> float:
    if isinstance(value, str):
        if value in choices:
            return float(choices.index(value))
        try:
            return float(date.fromisoformat(value).toordinal())
        except ValueError as error:
            raise _NotLinear from error
    if value is None:
        raise _NotLinear
    return float(value.toordinal()) if isinstance(value, date) else float(value)


def _sum(parts: list[tuple[Terms, float]], signs: list[float]) -> tuple[Terms, float]:
    terms: Terms = {}
    for (some, _), sign in zip(parts, signs, strict=True):
        for name, factor in some.items():
            terms[name] = terms.get(name, 0.0) + sign * factor
    return terms, sum(sign * constant for (_, constant), sign in zip(parts, signs, strict=True))
