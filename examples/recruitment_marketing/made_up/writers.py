"""Responses as agencies send them: one-agency workbooks, CSV batches of two kinds, JSON lists. Bytes repeat."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

from made_up.histories import Response

NOTICE = "Made up by a seeded generator; describes no real agency"
CREATED = datetime(2026, 1, 1)
HEADER = ("Question", "Answer", "Unit", "Help", "name")


@dataclass(frozen=True)
class Cell:
    """A workbook cell that is no plain value: a formula with what the program last showed for it."""

    formula: str
    shown: str


@dataclass(frozen=True)
class Form:
    """What a writer needs of a survey's questionnaire, as `expectations/<survey>.yaml` defines it."""

    survey: str
    version: str
    questions: tuple[dict[str, Any], ...]
    roster: str
    roster_questions: tuple[dict[str, Any], ...]

    def asked_in(self, year: int) -> list[dict[str, Any]]:
        """Give the questions of a year's form."""
        return [question for question in self.questions if question.get("since", 0) <= year]


def workbook(response: Response, form: Form) -> bytes:
    """Give the agency's fill-in workbook."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"title": f"{form.survey} {response.year}", "comments": NOTICE, "created": CREATED})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Answers")
    sheet.write_row(0, 0, HEADER)
    asked = [q for q in form.asked_in(response.year) if q.get("role") not in ("record_id", "submitted_at")]
    for row, question in enumerate(asked, start=1):
        sheet.write_string(row, 0, question["wording"])
        _write_cell(sheet, row, 1, _labelled(question, response.answers.get(question["name"])), day)
        sheet.write_string(row, 2, question.get("unit", ""))
        sheet.write_string(row, 3, question.get("help", ""))
        sheet.write_string(row, 4, question["name"])
    if form.roster and response.roster:
        _write_roster(book.add_worksheet(form.roster), response, form, day)
    _write_stamp(book.add_worksheet("_form"), response, form)
    book.close()
    return target.getvalue()


def comma_batch(responses: Iterable[Response], form: Form) -> bytes:
    """Give a CSV as a survey tool exports it: UTF-8, commas, question names, ISO dates, codes for choices.

    A roster is laid out flat, one row a person, with the agency's own answers said again on each.
    """
    responses = list(responses)
    names = [question["name"] for question in form.asked_in(max(r.year for r in responses))]
    names = [name for name in names if name != "record_id"]
    below = [question["name"] for question in form.roster_questions]
    rows = [
        [*(_iso(_value(response, name)) for name in names), *(_iso(entry.get(name)) for name in below)]
        for response in responses
        for entry in response.roster or [{}]
    ]
    return _csv_text([[*names, *below], *rows], ",").encode("utf-8")


def office_batch(responses: Iterable[Response], form: Form) -> bytes:
    """Give a CSV as an office program saves it: Windows-1252, semicolons, titles, decimal commas, day first."""
    responses = list(responses)
    asked = [q for q in form.asked_in(max(r.year for r in responses)) if q.get("role") != "record_id"]
    titles = [question.get("aliases", [question["name"]])[0] for question in asked]
    rows = [[_office(_labelled(q, _value(response, q["name"]))) for q in asked] for response in responses]
    return _csv_text([titles, *rows], ";").encode("cp1252")


def json_list(responses: Iterable[Response], form: Form) -> bytes:
    """Give a JSON list, one object a submission, its roster nested."""
    objects = []
    for response in responses:
        record_id = f"{form.survey}-{response.year}-{response.agency.agency_id}"
        entry = {"record_id": record_id, "submitted_at": _sent(response)}
        entry |= {name: _plain(value) for name, value in response.answers.items()}
        if response.roster:
            entry[form.roster] = [{name: _plain(value) for name, value in row.items()} for row in response.roster]
        objects.append(entry)
    return (json.dumps(objects, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def table(header: list[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Give a plain CSV, such as the frame."""
    return _csv_text([header, *[[_iso(value) for value in row] for row in rows]], ",").encode("utf-8")


def _write_roster(sheet: Any, response: Response, form: Form, day: Any) -> None:
    for column, question in enumerate(form.roster_questions):
        sheet.write_string(0, column, question["name"])
        for row, entry in enumerate(response.roster, start=1):
            _write_cell(sheet, row, column, _labelled(question, entry.get(question["name"])), day)


def _write_stamp(sheet: Any, response: Response, form: Form) -> None:
    stamp = {
        "programme": "recruitment_marketing",
        "survey": form.survey,
        "form_version": form.version,
        "agency_id": response.agency.agency_id,
        "survey_year": str(response.year),
    }
    for row, (key, value) in enumerate(stamp.items()):
        sheet.write_string(row, 0, key)
        sheet.write_string(row, 1, value)
    sheet.very_hidden()


def _write_cell(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, Cell):
        sheet.write_formula(row, column, value.formula, None, value.shown)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), day)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, value)


def _labelled(question: dict[str, Any], value: Any) -> Any:
    """Give a choice's label, as people see it on the form; anything else as it is."""
    return question["choices"].get(value, value) if question.get("choices") and isinstance(value, str) else value


def _value(response: Response, name: str) -> Any:
    return response.submitted_at if name == "submitted_at" else response.answers.get(name)


def _sent(response: Response) -> str:
    return response.submitted_at.isoformat() + "Z"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _office(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value).replace(".", ",") if isinstance(value, float) else "" if value is None else str(value)


def _csv_text(rows: Iterable[Iterable[Any]], delimiter: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
