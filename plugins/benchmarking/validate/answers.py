"""Read one corrected answer as its question's type, strictly: what cannot be read for certain is refused."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from benchmarking.catalog import Question
from benchmarking.errors import BenchmarkingError

NUMBER = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?\Z")
YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
EMPTY = {"value_text": None, "value_number": None, "value_minor": None, "value_date": None}


class UnreadableAnswer(BenchmarkingError):
    """A corrected answer is not of its question's type."""


def read_answer(question: Question, text: str | None) -> dict[str, Any]:
    """Give `state` and the four `value_*` columns of raw.answer for a corrected text; None or '' is blank.

    Raises:
        UnreadableAnswer: the text is not of the question's type.
    """
    text = (text or "").strip()
    if not text:
        return {"state": "blank", **EMPTY}
    reader = {
        "money": _money,
        "count": _count,
        "number": _number,
        "percent": _percent,
        "boolean": _boolean,
        "category": _category,
        "date": _date,
    }.get(question.type, _text)
    return {"state": "answered", **EMPTY, **reader(question, text)}


def _refuse(question: Question, text: str, wanted: str) -> UnreadableAnswer:
    return UnreadableAnswer(f"'{text}' is not {wanted}.", question.name, "Write it plainly and send it again.")


def _decimal(question: Question, text: str, wanted: str) -> Decimal:
    if not NUMBER.match(text):
        raise _refuse(question, text, wanted)
    return Decimal(text.replace(",", ""))


def _money(question: Question, text: str) -> dict[str, Any]:
    minor = _decimal(question, text, "an amount such as 1200.50") * 100
    if minor != int(minor):
        raise _refuse(question, text, "an amount with at most two decimals")
    return {"value_number": minor / 100, "value_minor": int(minor)}


def _count(question: Question, text: str) -> dict[str, Any]:
    number = _decimal(question, text, "a whole number such as 12")
    if number != int(number):
        raise _refuse(question, text, "a whole number such as 12")
    return {"value_number": number}


def _number(question: Question, text: str) -> dict[str, Any]:
    return {"value_number": _decimal(question, text, "a number such as 12.5")}


def _percent(question: Question, text: str) -> dict[str, Any]:
    if not text.endswith("%"):
        raise _refuse(question, text, "a percentage with its sign, such as 25 %")
    return {"value_number": _decimal(question, text[:-1].strip(), "a percentage such as 25 %") / 100}


def _boolean(question: Question, text: str) -> dict[str, Any]:
    if text.lower() not in YES:
        raise _refuse(question, text, "yes or no")
    answer = YES[text.lower()]
    return {"value_text": "true" if answer else "false", "value_number": Decimal(int(answer))}


def _category(question: Question, text: str) -> dict[str, Any]:
    codes = {code.lower(): code for code in question.choices}
    codes.update({label.lower(): code for code, label in question.choices.items()})
    if text.lower() not in codes:
        raise _refuse(question, text, f"one of {', '.join(question.choices.values())}")
    return {"value_text": codes[text.lower()]}


def _date(question: Question, text: str) -> dict[str, Any]:
    try:
        return {"value_date": date.fromisoformat(text)}
    except ValueError as error:
        raise _refuse(question, text, "a date such as 2026-03-31") from error


def _text(question: Question, text: str) -> dict[str, Any]:
    return {"value_text": text}
