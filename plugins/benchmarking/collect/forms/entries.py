"""What a respondent is told about a question: the same words on every form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from benchmarking.catalog import Question, Survey

# Nobody types these: the tool that carries the answers stamps them.
STAMPED_ROLES = ("record_id", "submitted_at")
# A form's own times are fixed, so that the same questionnaire gives the same bytes.
MADE_AT = datetime(2020, 1, 1, tzinfo=UTC)
LONGEST_TEXT = 2_000
NUMERIC_TYPES = ("money", "count", "number", "percent")
YES_NO = {"yes": "Yes", "no": "No"}


@dataclass(frozen=True)
class Prefill:
    """An agency's accepted answers of the year before, by question name; `rows` are its roster."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to show."""
        return not self.answers and not self.rows


def asked(questions: Iterable[Question], year: int) -> list[Question]:
    """Give the questions that a respondent answers in a survey year, in the questionnaire's order."""
    return [
        question
        for question in questions
        if question.role not in STAMPED_ROLES and question.constant is None and question.is_asked_in(year)
    ]


def choices(question: Question) -> dict[str, str]:
    """Give a question's answers by code, or an empty mapping where it is not answered from a list."""
    return dict(YES_NO) if question.type == "boolean" else dict(question.choices)


def limits(question: Question) -> tuple[Decimal | None, Decimal | None]:
    """Give the smallest and largest answer as typed by a respondent: a percent question's in percent, 0 to 100."""
    # Limits stand in the definition as answers are stored, and percents are stored as fractions.
    factor = Decimal(100) if question.type == "percent" else Decimal(1)
    low, high = (None if limit is None else Decimal(str(limit)) * factor for limit in (question.min, question.max))
    return low, high


def limits_text(question: Question) -> str:
    """Give the limits as a clause such as "0 to 5,000,000", or '' where there are none."""
    if question.type not in NUMERIC_TYPES or question.role == "year":
        return ""
    low, high = limits(question)
    if low is not None and high is not None:
        return f"{_plain(low)} to {_plain(high)}"
    if low is not None:
        return f"{_plain(low)} or more"
    return f"{_plain(high)} or less" if high is not None else ""


def unit_text(question: Question) -> str:
    """Give the unit that stands beside the answer."""
    return question.unit or {"percent": "%", "date": "year-month-day"}.get(question.type, "")


def help_text(question: Question) -> str:
    """Give all that helps to answer, in one line: the definition's own help, limits, whether it may stay blank."""
    kind = {
        "count": "A whole number.",
        "percent": "In percent: 25 means 25 %.",
        "boolean": "Yes or no.",
        "category": "Choose one of the list.",
        "date": "A date such as 2026-06-30.",
    }.get(question.type, "")
    span = limits_text(question)
    parts = [
        question.help,
        kind if question.role != "year" else "",
        f"{span[0].upper()}{span[1:]}." if span else "",
        "" if question.required else "May stay blank.",
    ]
    return " ".join(part for part in parts if part)


def form_id(programme_name: str, survey: Survey) -> str:
    """Give the id under which survey tools know the form."""
    return f"{programme_name}_{survey.name}"


def stamp(programme_name: str, survey: Survey, year: int, agency_id: str) -> dict[str, str]:
    """Give what a form says of itself; the reader knows a returned form by these keys."""
    return {
        "programme": programme_name,
        "survey": survey.name,
        "form_version": survey.form_version,
        "agency_id": agency_id,
        "survey_year": str(year),
    }


def _plain(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
