"""The questionnaire as an XLSForm, for ODK Central, KoboToolbox and every other tool that pyxform serves."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from benchmarking.catalog import Programme, Question, Survey
from benchmarking.collect.forms.entries import (
    LONGEST_TEXT,
    MADE_AT,
    asked,
    choices,
    form_id,
    help_text,
    limits,
    limits_text,
    unit_text,
)

COLUMNS = (
    "type",
    "name",
    "label",
    "hint",
    "required",
    "constraint",
    "constraint_message",
    "default",
)
XLSFORM_TYPES = {
    "money": "decimal",
    "number": "decimal",
    "percent": "decimal",
    "count": "integer",
    "date": "date",
    "text": "text",
}
Row = dict[str, str]


def xlsform(programme: Programme, survey: Survey, year: int, agency_id: str = "") -> bytes:
    """Give the questionnaire of a survey year as the bytes of an XLSForm workbook.

    Args:
        agency_id: stands as the default answer where one agency gets a form of its own.

    Source:
        https://xlsform.org/en/ref-table/
    """
    sheets = {
        "survey": (COLUMNS, _survey_rows(survey, year, agency_id)),
        "choices": (("list_name", "name", "label"), _choice_rows(survey, year)),
        "settings": (("form_title", "form_id", "version", "instance_name"), [_settings(programme, survey)]),
    }
    return _written(sheets)


def _survey_rows(survey: Survey, year: int, agency_id: str) -> list[Row]:
    # The tool itself stamps each answer with the form's id and version, its record id and the server's time.
    defaults = {"agency": agency_id, "year": str(year)}
    rows = [_row(question, defaults.get(question.role, "")) for question in asked(survey.questions, year)]
    return rows + _roster_rows(survey, year)


def _roster_rows(survey: Survey, year: int) -> list[Row]:
    if survey.roster is None:
        return []
    name, title = survey.roster.name, survey.roster.title
    inside = [_row(question, "") for question in asked(survey.roster.questions, year)]
    return [{"type": "begin_repeat", "name": name, "label": title}, *inside, {"type": "end_repeat", "name": name}]


def _row(question: Question, default: str) -> Row:
    listed = choices(question)
    kind = f"select_one {_list_name(question)}" if listed else XLSFORM_TYPES[question.type]
    unit = unit_text(question)
    row = {
        "type": kind,
        "name": question.name,
        "label": f"{question.wording} ({unit})" if unit else question.wording,
        "hint": help_text(question),
        "required": "yes" if question.required else "",
        "constraint": _constraint(question),
        "constraint_message": _message(question),
        "default": default,
    }
    return {key: value for key, value in row.items() if value}


def _constraint(question: Question) -> str:
    if choices(question) or question.type == "date":
        return ""
    if question.type == "text":
        length = f"string-length(.) <= {LONGEST_TEXT}"
        return f"{length} and regex(., '{question.pattern}')" if question.pattern else length
    low, high = limits(question)
    bounds = [f". >= {_number(low)}" if low is not None else "", f". <= {_number(high)}" if high is not None else ""]
    return " and ".join(bound for bound in bounds if bound)


def _message(question: Question) -> str:
    if not _constraint(question):
        return ""
    if question.type == "text":
        return f"At most {LONGEST_TEXT} characters, in the form that the question asks for."
    span = limits_text(question)
    return f"Give a number: {span}." if span else "Give one of the survey's years."


def _choice_rows(survey: Survey, year: int) -> list[Row]:
    roster = survey.roster.questions if survey.roster else ()
    rows: list[Row] = []
    for question in [*asked(survey.questions, year), *asked(roster, year)]:
        rows += [
            {"list_name": _list_name(question), "name": code, "label": label}
            for code, label in choices(question).items()
        ]
    return rows


def _list_name(question: Question) -> str:
    return f"{question.name}_choices"


def _settings(programme: Programme, survey: Survey) -> Row:
    named = [survey.with_role(role) for role in ("agency", "year")]
    answers = [f"${{{question.name}}}" for question in named if question and question.constant is None]
    return {
        "form_title": survey.title,
        "form_id": form_id(programme.name, survey),
        "version": survey.form_version,
        "instance_name": "concat(" + ", ' ', ".join([f"'{survey.name}'", *answers]) + ")",
    }


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _written(sheets: dict[str, tuple[tuple[str, ...], list[Row]]]) -> bytes:
    target = BytesIO()
    book: Any = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"created": MADE_AT.replace(tzinfo=None)})
    for name, (columns, rows) in sheets.items():
        sheet = book.add_worksheet(name)
        for row_number, row in enumerate([dict(zip(columns, columns, strict=True)), *rows]):
            for column, key in enumerate(columns):
                # write_string, so that a wording beginning with = is never a formula.
                if row.get(key):
                    sheet.write_string(row_number, column, row[key])
    book.close()
    return target.getvalue()
