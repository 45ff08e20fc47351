"""The questionnaire as a fill-in workbook: pull-downs, units, limits, last year's answers, and its own stamp.

Sheet `Answers` has one question a row; a roster has a sheet of its own with one question a column. The very hidden
sheet `_form` says which form this is (columns A and B) and holds the pull-down lists (from column D on).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from benchmarking.catalog import Programme, Question, Survey
from benchmarking.collect.forms.entries import (
    LONGEST_TEXT,
    MADE_AT,
    NUMERIC_TYPES,
    Prefill,
    asked,
    choices,
    help_text,
    limits,
    limits_text,
    stamp,
    unit_text,
)

HEADER = ("Question", "Answer", "Unit", "Help", "name")
LAST_YEAR = "Last year"
WIDTHS = (58, 26, 16, 62, 28, 26)
ANSWER, LAST = 1, 5
FORM_SHEET = "_form"
FIRST_LIST_COLUMN = 3
ROSTER_ROWS = 2_000
LONGEST_MESSAGE, LONGEST_TITLE = 255, 32
NUMBER_FORMATS = {
    "money": "#,##0.00",
    "count": "0",
    # Never a percent format: a cell so formatted would hold 0.25 for 25.
    "percent": "0.0##",
    "number": "#,##0.0##",
    "date": "yyyy-mm-dd",
    "text": "@",
}


def workbook(
    programme: Programme,
    survey: Survey,
    year: int,
    agency_id: str = "",
    prefill: Prefill | None = None,
    is_prefilled: bool = False,
) -> bytes:
    """Give the fill-in workbook of a survey year as bytes.

    Args:
        agency_id: the agency that the form is stamped with; '' leaves the question open.
        prefill: the agency's accepted answers of the year before.
        is_prefilled: put those into the Answer cells too; by default they only stand beside them.
    """
    target = BytesIO()
    book: Any = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"title": survey.title, "created": MADE_AT.replace(tzinfo=None)})
    form = _Form(book, programme, survey, year, agency_id, prefill or Prefill(), is_prefilled)
    form.write()
    book.close()
    return target.getvalue()


class _Form:
    """One workbook being written; the order of the calls fixes its bytes."""

    def __init__(
        self,
        book: Any,
        programme: Programme,
        survey: Survey,
        year: int,
        agency_id: str,
        prefill: Prefill,
        is_prefilled: bool,
    ) -> None:
        self.book, self.programme, self.survey, self.year = book, programme, survey, year
        self.agency_id, self.prefill, self.is_prefilled = agency_id, prefill, is_prefilled
        self.questions = asked(survey.questions, year)
        self.roster_questions = asked(survey.roster.questions, year) if survey.roster else []
        self.lists = self._list_ranges()
        self.formats = self._formats()

    def write(self) -> None:
        """Write every sheet."""
        self._write_answers()
        if self.survey.roster is not None:
            self._write_roster(self.survey.roster.name)
        self._write_form()

    def _formats(self) -> dict[str, Any]:
        box = {"border": 1, "border_color": "#9AA5B1", "valign": "top"}
        kinds = {
            f"answer_{kind}": {**box, "bg_color": "#FFF9DB", "locked": False, "num_format": pattern}
            for kind, pattern in NUMBER_FORMATS.items()
        }
        kinds |= {f"last_{kind}": {**box, "num_format": pattern} for kind, pattern in NUMBER_FORMATS.items()}
        kinds["head"] = {"bold": True, "bg_color": "#12324A", "font_color": "#FFFFFF", "text_wrap": True}
        kinds["text"] = {"text_wrap": True, "valign": "top"}
        kinds["name"] = {"font_color": "#6B7785", "valign": "top"}
        return {name: self.book.add_format(entry) for name, entry in kinds.items()}

    def _format(self, prefix: str, question: Question) -> Any:
        kind = question.type if question.type in NUMBER_FORMATS else "text"
        # A year and an identifier are not grouped by thousands.
        return self.formats[f"{prefix}_{kind}"]

    def _write_answers(self) -> None:
        sheet = self.book.add_worksheet("Answers")
        header = [*HEADER] if not self.prefill.answers else [*HEADER, LAST_YEAR]
        for column, title in enumerate(header):
            sheet.set_column(column, column, WIDTHS[column])
            sheet.write_string(0, column, title, self.formats["head"])
        for row, question in enumerate(self.questions, start=1):
            self._write_question(sheet, row, question)
        self._finish(sheet, f"{self.survey.title} {self.year}")
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def _write_question(self, sheet: Any, row: int, question: Question) -> None:
        sheet.write_string(row, 0, question.wording, self.formats["text"])
        _write(sheet, row, ANSWER, question, self._first_answer(question), self._format("answer", question))
        sheet.write_string(row, 2, unit_text(question), self.formats["text"])
        sheet.write_string(row, 3, help_text(question), self.formats["text"])
        sheet.write_string(row, 4, question.name, self.formats["name"])
        if self.prefill.answers:
            before = None if question.role == "year" else self.prefill.answers.get(question.name)
            _write(sheet, row, LAST, question, before, self._format("last", question))
        self._validate(sheet, question, row, row, ANSWER)

    def _first_answer(self, question: Question) -> Any:
        known = {"agency": self.agency_id or None, "year": self.year}
        if question.role in known:
            return known[question.role]
        # The period is this year's own, and an old date would only be sent back unread.
        is_wanted = self.is_prefilled and question.role != "period"
        return self.prefill.answers.get(question.name) if is_wanted else None

    def _write_roster(self, name: str) -> None:
        sheet = self.book.add_worksheet(name)
        sheet.set_column(0, len(self.roster_questions) - 1, 26)
        for column, question in enumerate(self.roster_questions):
            sheet.write_string(0, column, question.name, self.formats["head"])
            sheet.data_validation(0, column, 0, column, {"validate": "any", **_message(question)})
            self._write_roster_column(sheet, column, question)
            self._validate(sheet, question, 1, ROSTER_ROWS, column)
        self._finish(sheet, self.survey.roster.title if self.survey.roster else name)

    def _write_roster_column(self, sheet: Any, column: int, question: Question) -> None:
        rows = self.prefill.rows if self.is_prefilled else ()
        cell = self._format("answer", question)
        for row in range(1, ROSTER_ROWS + 1):
            value = rows[row - 1].get(question.name) if row <= len(rows) else None
            _write(sheet, row, column, question, value, cell)

    def _finish(self, sheet: Any, title: str) -> None:
        sheet.freeze_panes(1, 0)
        # Without a password: it keeps the layout from slips, not from people.
        sheet.protect("", {"format_columns": True, "format_rows": True, "sort": True})
        left, right = (text.replace("&", "&&") for text in (title, self.agency_id))
        sheet.set_header(f"&L{left}&R{right}")
        sheet.repeat_rows(0)

    def _write_form(self) -> None:
        sheet = self.book.add_worksheet(FORM_SHEET)
        stamps = stamp(self.programme.name, self.survey, self.year, self.agency_id)
        for row, (key, value) in enumerate(stamps.items()):
            sheet.write_string(row, 0, key)
            sheet.write_string(row, 1, value)
        for offset, question in enumerate(self._listed()):
            for row, label in enumerate(choices(question).values()):
                sheet.write_string(row, FIRST_LIST_COLUMN + offset, label)
        sheet.very_hidden()

    def _listed(self) -> list[Question]:
        return [question for question in [*self.questions, *self.roster_questions] if choices(question)]

    def _list_ranges(self) -> dict[str, str]:
        ranges = {}
        for offset, question in enumerate(self._listed()):
            column = xl_col_to_name(FIRST_LIST_COLUMN + offset, True)
            ranges[question.name] = f"={FORM_SHEET}!{column}$1:{column}${len(choices(question))}"
        return ranges

    def _validate(self, sheet: Any, question: Question, first: int, last: int, column: int) -> None:
        rule = {"validate": "list", "source": self.lists[question.name]} if question.name in self.lists else None
        sheet.data_validation(first, column, last, column, {**(rule or _rule(question)), **_message(question)})


def _rule(question: Question) -> dict[str, Any]:
    if question.type == "text":
        return {"validate": "length", "criteria": "<=", "value": LONGEST_TEXT}
    if question.type == "date":
        return {"validate": "date", "criteria": ">=", "value": date(1900, 3, 1)}
    kind = "integer" if question.type == "count" else "decimal"
    low, high = (_spreadsheet_number(limit) for limit in limits(question))
    if low is not None and high is not None:
        return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}
    if low is None and high is None:
        return {"validate": kind, "criteria": "between", "minimum": -1e15, "maximum": 1e15}
    return {"validate": kind, "criteria": ">=" if high is None else "<=", "value": low if high is None else high}


def _spreadsheet_number(limit: Decimal | None) -> int | float | None:
    if limit is None:
        return None
    return int(limit) if limit == int(limit) else float(limit)


def _message(question: Question) -> dict[str, Any]:
    """Give what the spreadsheet shows beside the cell, and when an answer is refused."""
    told = f"{question.wording} {help_text(question)}".strip()
    span = limits_text(question)
    refusal = f"{unit_text(question) or 'Allowed'}: {span}." if span else help_text(question)
    return {
        "ignore_blank": True,
        "input_title": question.name[:LONGEST_TITLE],
        "input_message": told if len(told) <= LONGEST_MESSAGE else f"{told[: LONGEST_MESSAGE - 1]}…",
        "error_title": "Not taken over",
        "error_message": (refusal or "Please see the help beside the question.")[:LONGEST_MESSAGE],
    }


def _write(sheet: Any, row: int, column: int, question: Question, value: Any, cell: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, cell)
    elif question.type == "date" and isinstance(value, date):
        sheet.write_datetime(row, column, value, cell)
    elif question.type in NUMERIC_TYPES:
        scaled = value * 100 if question.type == "percent" else value
        sheet.write_number(row, column, float(scaled), cell)
    else:
        sheet.write_string(row, column, _label(question, value), cell)


def _label(question: Question, value: Any) -> str:
    code = {True: "yes", False: "no"}.get(value, "") if question.type == "boolean" else str(value)
    return choices(question).get(code, str(value))
