"""What the definitions of a programme must agree on, checked as they are read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from benchmarking.errors import DefinitionError

if TYPE_CHECKING:
    from benchmarking.catalog import Measure, Programme, Survey

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
CURRENCY = re.compile(r"[A-Z]{3}\Z")
TYPES = ("money", "count", "number", "percent", "boolean", "category", "date", "text")
ROLES = ("agency", "year", "record_id", "submitted_at", "answer", "period", "currency", "contact", "free_text")
STATISTICS = {
    "ratio": re.compile(r"pooled|p10|p25|p50|p75|p90"),
    "share": re.compile(r"share"),
    "survival": re.compile(r"p25|p50|p75|still_there_\d+|mean_\d+"),
}
FORMATS = ("money", "percent", "months", "number")
BETTER = ("higher", "lower", "neutral")
INTERVALS = ("", "events")
SENIORITY = "seniority"
VERSION = re.compile(r"(\d{4})\.\d+\.\d+\Z")


def check_one(part: str, name: Any, known: Collection[str], where: str) -> None:
    """Check that a name is one of those known.

    Raises:
        DefinitionError: it is not.
    """
    if name not in known:
        raise DefinitionError(f"{part} '{name}' is none of {', '.join(sorted(known))}.", where, "Correct it.")


def check_survey(survey: Survey, path: Path) -> None:
    """Check a questionnaire: names, types, roles, choices.

    Raises:
        DefinitionError: an entry is wrong; the sentence names it.
    """
    names = [question.name for question in survey.all_questions]
    for question in survey.all_questions:
        where = f"{path}: question {question.name}"
        if not NAME.match(question.name) or names.count(question.name) > 1:
            raise DefinitionError("the name is not snake_case, or stands twice.", where, "Rename it.")
        check_one("type", question.type, TYPES, where)
        check_one("role", question.role, ROLES, where)
        if question.type == "category" and not question.choices:
            raise DefinitionError("a category has no choices.", where, "List them as code: label.")
    for role in ("agency", "year"):
        if survey.with_role(role) is None:
            raise DefinitionError(f"no question has the role '{role}'.", str(path), "Add it.")


def check_measure(measure: Measure, path: Path) -> None:
    """Check a measure's header.

    Raises:
        DefinitionError: a kind, format, direction or currency is unknown.
    """
    for name, known in (("kind", STATISTICS), ("format", FORMATS), ("better", BETTER), ("interval", INTERVALS)):
        check_one(name, getattr(measure, name), known, str(path))
    check_currency(measure.currency, path)
    if measure.rounds_to <= 0:
        raise DefinitionError(f"rounds_to {measure.rounds_to} is not above zero.", str(path), "Write one such as 0.1.")


def check_currency(code: str, path: Path) -> str:
    """Give a currency's code back.

    Raises:
        DefinitionError: it is not three capital letters.
    """
    if not CURRENCY.match(str(code)):
        raise DefinitionError(f"currency '{code}' is no ISO 4217 code.", str(path), "Write one such as GBP.")
    return code


def check_programme(programme: Programme, path: Path) -> None:
    """Check what a programme says of its surveys, measures and peer groups.

    Raises:
        DefinitionError: a name is unknown; the sentence says which, and what is known.
    """
    if not NAME.match(programme.name):
        raise DefinitionError(f"name '{programme.name}' is not snake_case.", str(path), "Rename it.")
    for name in sorted({name for one in programme.inputs.values() for name in one.measures}):
        check_one("measure of an input", name, programme.measures, str(path))
    for part, name, known in _named(programme):
        check_one(part, name, known, str(path))
    if programme.time_zone not in available_timezones():
        told = f"time_zone '{programme.time_zone}' is unknown."
        raise DefinitionError(told, str(path), "Write one such as Europe/London.")
    for number, one in enumerate(programme.calendar, 1):
        _check_date(programme, one, f"{path}: calendar {number}")
    for number, headline in enumerate(programme.headlines, 1):
        _check_headline(programme, headline, f"{path}: headline {number}")


def _named(programme: Programme) -> Iterator[tuple[str, Any, Collection[str]]]:
    """Give each name that one part of programme.yaml takes from another, with the names that it may be."""
    bands = programme.bands
    cuts = {*programme.peer_columns, SENIORITY, *([bands.get("peer_group", "")] if bands else [])}
    for group in programme.peer_labels:
        yield "peer_labels of", group, cuts
    for name in [bands.get("by"), *bands.get("outcomes", [])] if bands else []:
        yield "measure of the bands", name, programme.measures


def _check_date(programme: Programme, entry: dict[str, Any], where: str) -> None:
    version, moment = VERSION.match(str(entry.get("version"))), entry.get("publish_at")
    if version is None or int(version[1]) not in programme.years:
        known = ", ".join(map(str, programme.years))
        raise DefinitionError(
            f"version '{entry.get('version')}' is of none of the years {known}.", where, "Correct it."
        )
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        cure = "Write one such as 2026-11-02T09:30:00+00:00."
        raise DefinitionError(f"publish_at '{moment}' is no time with its zone.", where, cure)


def _check_headline(programme: Programme, headline: dict[str, Any], where: str) -> None:
    check_one("measure", headline.get("measure"), programme.measures, where)
    measure = programme.measures[headline["measure"]]
    known, statistic = STATISTICS[measure.kind], headline.get("statistic", "")
    if not known.fullmatch(statistic):
        cure = f"A {measure.kind} has {known.pattern.replace('|', ', ')}."
        raise DefinitionError(f"statistic '{statistic}' is not one of {measure.name}.", where, cure)
    check_one("peer_group", headline.get("peer_group", "all"), ("all", *programme.peer_groups), where)
    if "{value}" not in headline.get("text", ""):
        raise DefinitionError("its text has no place for the figure.", where, "Write {value} where it stands.")
