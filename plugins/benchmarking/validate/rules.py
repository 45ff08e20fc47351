"""Every rule of a programme as one kind of thing: derived from its questionnaires, or written in rules.yaml.

A *unit* is a table that rules are about: a survey (a row a submission) or its roster (a row a person). Its columns
are the questions, each beside `<question>__state` (answered, blank, not_asked, refused, error, redacted),
`<question>__wrong` (the text that could not be read), and, where a rule asks for them, `<question>__last` (last
year's answer) and `<question>__outlier` (see `outliers`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarking.catalog import Programme, Question, Rule, Survey
from benchmarking.errors import DefinitionError

ROLES_WITH_COLUMN = ("answer", "period", "currency")
NUMERIC = ("money", "count", "number", "percent")
KEYS = ("submission_id", "survey_year", "agency_id", "roster_row")
COLON = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")
LAST, OUTLIER, STATE, WRONG = "__last", "__outlier", "__state", "__wrong"


@dataclass(frozen=True)
class Unit:
    """One table that rules are about: `name` is its staging table's, `questions` are its columns."""

    name: str
    survey: Survey
    is_roster: bool
    questions: tuple[Question, ...]
    borrowed: tuple[Question, ...] = ()

    @property
    def columns(self) -> tuple[Question, ...]:
        """Give the unit's own questions and those of its survey that its rules name too."""
        return self.questions + self.borrowed


@dataclass(frozen=True)
class Check:
    """One rule as it is run.

    `holds` is a DuckDB boolean in which NULL counts as holding; `expectation` is the type and the arguments of the
    Great Expectations expectation that counts the same rows.
    """

    rule_id: str
    unit: str
    fields: tuple[str, ...]
    holds: str
    severity: str
    message: str
    because: str
    expectation: tuple[str, Mapping[str, Any]]
    options: Mapping[str, Any] = field(default_factory=dict)
    is_written: bool = False

    @property
    def is_about_last_year(self) -> bool:
        """Say whether the rule compares with last year or with the other contributors."""
        return LAST in self.holds or OUTLIER in self.holds


def units_of(programme: Programme) -> tuple[Unit, ...]:
    """Give the units of a programme, each survey before its roster."""
    found: list[Unit] = []
    for survey in programme.surveys.values():
        own = tuple(question for question in survey.questions if question.role in ROLES_WITH_COLUMN)
        found.append(Unit(survey.name, survey, False, own))
        if survey.roster:
            below = tuple(question for question in survey.roster.questions if question.role in ROLES_WITH_COLUMN)
            named = {name for rule in programme.rules if _is_of_roster(rule, survey) for name in rule.fields}
            borrowed = tuple(question for question in own if question.name in named)
            found.append(Unit(f"{survey.name}_{survey.roster.name}", survey, True, below, borrowed))
    return tuple(found)


def checks_of(programme: Programme) -> dict[str, tuple[Check, ...]]:
    """Give the rules of each unit by its name: the questionnaire's first, then those of rules.yaml.

    Raises:
        DefinitionError: a rule of severity fail compares with last year, so that acceptance would depend on it.
    """
    found = {
        unit.name: [check for q in unit.questions for check in _of_question(unit.name, q)]
        for unit in units_of(programme)
    }
    for rule in programme.rules:
        survey = programme.surveys[rule.survey]
        roster = survey.roster
        name = f"{survey.name}_{roster.name}" if roster and _is_of_roster(rule, survey) else survey.name
        found[name].append(_written(name, rule))
    return {name: tuple(checks) for name, checks in found.items()}


def weights_of(programme: Programme) -> dict[str, float]:
    """Give how far each question is trusted: `reliability` of rules.yaml, a number over 0 by question, 1 if unnamed.

    Raises:
        DefinitionError: a weight is not a number over 0.
    """
    path, entry = _rules_file(programme)
    weights = entry.get("reliability") or {}
    for name, weight in weights.items():
        if not isinstance(weight, int | float) or weight <= 0:
            raise DefinitionError(f"reliability of '{name}' is not a number over 0.", str(path), "Correct it.")
    return {name: float(weight) for name, weight in weights.items()}


def published_beside(programme: Programme) -> dict[str, str]:
    """Give the published measure that stands beside an answer in a query: `published_beside` of rules.yaml.

    Raises:
        DefinitionError: an entry names no question or no measure of the programme.
    """
    path, entry = _rules_file(programme)
    beside = entry.get("published_beside") or {}
    questions = {question.name for survey in programme.surveys.values() for question in survey.all_questions}
    for name, measure in beside.items():
        if name not in questions or measure not in programme.measures:
            raise DefinitionError(f"no question '{name}' or no measure '{measure}'.", str(path), "Correct the names.")
    return dict(beside)


def _rules_file(programme: Programme) -> tuple[Path, dict[str, Any]]:
    path = programme.directory / "expectations" / "rules.yaml"
    entry = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    return path, entry or {}


def broken_if(check: Check) -> str:
    """Give the DuckDB condition of a row that breaks a rule: NOT NULL is NULL, so that a blank answer breaks none."""
    return f"NOT ({check.holds})"


def literal(value: Any) -> str:
    """Give a value as DuckDB text."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _is_of_roster(rule: Rule, survey: Survey) -> bool:
    names = {question.name for question in survey.roster.questions} if survey.roster else set()
    return bool(names & set(rule.fields))


def _written(unit: str, rule: Rule) -> Check:
    query = f"SELECT submission_id, roster_row FROM {{batch}} WHERE NOT coalesce(({_braced(rule.holds)}), TRUE)"
    check = Check(
        rule.rule_id,
        unit,
        rule.fields,
        " ".join(rule.holds.split()),
        rule.severity,
        rule.message,
        rule.because,
        ("unexpected_rows_expectation", {"unexpected_rows_query": " ".join(query.split())}),
        rule.options,
        is_written=True,
    )
    if check.severity == "fail" and check.is_about_last_year:
        raise DefinitionError(
            "a rule about last year or about the others has severity fail.",
            f"rule {rule.rule_id}",
            "Make it query or note: a surprising answer is a question to the agency, never a reason to drop it.",
        )
    return check


def _braced(text: str) -> str:
    """Keep braces from the batch's format and colons from SQLAlchemy, which reads `:name` as a parameter."""
    return COLON.sub(r"\\:", text.replace("{", "{{").replace("}", "}}"))


def _of_question(unit: str, q: Question) -> list[Check]:
    """Derive a question's rules: readable as its type, answered where required, within limits, among its choices."""
    found = [_type(unit, q)]
    if q.required:
        found.append(_required(unit, q))
    if q.type in NUMERIC and (q.min is not None or q.max is not None):
        found.append(_limits(unit, q))
    if q.type == "category":
        found.append(_choices(unit, q))
    if q.pattern:
        found.append(_pattern(unit, q))
    return found


def _derived(unit: str, q: Question, kind: str, holds: str, message: str, because: str, expectation: Any) -> Check:
    return Check(f"{unit}.{q.name}.{kind}", unit, (q.name,), holds, "fail", message, because, expectation)


def _type(unit: str, q: Question) -> Check:
    message = f"{q.name} cannot be read as {_kind(q)}."
    expectation = ("expect_column_values_to_be_null", {"column": q.name + WRONG})
    return _derived(unit, q, "type", f"{q.name}{WRONG} IS NULL", message, "A guess would be our answer.", expectation)


def _required(unit: str, q: Question) -> Check:
    expectation = ("expect_column_values_to_not_be_in_set", {"column": q.name + STATE, "value_set": ["blank"]})
    because = "Every figure of this survey needs it."
    return _derived(
        unit, q, "required", f"{q.name}{STATE} <> 'blank'", f"{q.name} is required, but blank.", because, expectation
    )


def _limits(unit: str, q: Question) -> Check:
    bounds = [(q.min, ">=", "min_value"), (q.max, "<=", "max_value")]
    given = [(value, sign, name) for value, sign, name in bounds if value is not None]
    holds = " AND ".join(f"{q.name} {sign} {literal(value)}" for value, sign, _ in given)
    words = " and ".join(f"{'at least' if sign == '>=' else 'at most'} {value:,}" for value, sign, _ in given)
    arguments = {"column": q.name, **{name: value for value, _, name in given}}
    expectation = ("expect_column_values_to_be_between", arguments)
    message = f"{q.name} must be {words}{' ' + q.unit if q.unit else ''}."
    return _derived(unit, q, "limits", holds, message, "Anything else is another unit or a slip.", expectation)


def _choices(unit: str, q: Question) -> Check:
    holds = f"{q.name} IN ({', '.join(literal(code) for code in q.choices)})"
    expectation = ("expect_column_values_to_be_in_set", {"column": q.name, "value_set": list(q.choices)})
    message = f"{q.name} must be one of: {'; '.join(q.choices.values())}."
    return _derived(unit, q, "choices", holds, message, "Shares are counted over these answers.", expectation)


def _pattern(unit: str, q: Question) -> Check:
    expectation = ("expect_column_values_to_match_regex", {"column": q.name, "regex": f"^(?:{q.pattern})$"})
    holds = f"regexp_matches({q.name}, {literal(f'^(?:{q.pattern})$')})"
    message = f"{q.name} does not have the form {q.pattern}."
    return _derived(unit, q, "pattern", holds, message, "It is matched with other lists.", expectation)


def _kind(q: Question) -> str:
    names = {
        "money": f"an amount of money{' in ' + q.unit if q.unit else ''}",
        "count": "a whole number",
        "number": "a number",
        "percent": "a percentage, such as 25 %",
        "boolean": "yes or no",
        "category": "one of the choices",
        "date": "a date, such as 2026-03-31",
        "text": "text",
    }
    return names[q.type]
