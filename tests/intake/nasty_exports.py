"""More files as strangers send them: layouts, spellings and kinds met in real exports of spreadsheets and survey tools.

Each is a case of the table in `nasty_files`.
"""
# A case reads best on few lines, even long ones.
# ruff: noqa: E501

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook

from intake.nasty_files import HEAD, Case, money, number, one
from intake.workbooks import book, saved

KEYS = ("agency_id", "survey_year")
ANSWERS = (*KEYS, "budget_gbp")
PEOPLE = ("pseudonym", "started_date")


def people(*rows: tuple[Any, ...], header: tuple[str, ...] = PEOPLE) -> dict[str, list[Any]]:
    """Give a sheet of people."""
    return {"people": [header, *rows]}


ROSTERS = [
    Case("a sheet of people beside one agency's row", "xlsx",
         lambda a: book(ANSWERS, (f"{a}1", 2026, 5), sheets=people(("P1", "2024-05-01"), ("P2", "2025-05-01"))), (1, 0, 0, 0)),
    Case("a sheet of people who name their agencies", "xlsx",
         lambda a: book(ANSWERS, (f"{a}1", 2026, 5), (f"{a}2", 2026, 6),
                        sheets=people((f"{a}2", "P1", "2024-05-01"), (f"{a}1", "P1", "2025-05-01"), header=("Agency", *PEOPLE))),
         (2, 0, 0, 0)),
    Case("a sheet of people of two agencies, unnamed", "xlsx",
         lambda a: book(ANSWERS, (f"{a}1", 2026, 5), (f"{a}2", 2026, 6), sheets=people(("P1", "2024-05-01"))), (0, 2, 0, 0),
         ("Whose people", "people, row 2")),
    Case("a sheet of people of another agency", "xlsx",
         lambda a: book(ANSWERS, (f"{a}1", 2026, 5), sheets=people(("Z", "P1", None), header=("Agency", *PEOPLE))), (0, 1, 0, 0),
         ("Whose people", "people, row 2")),
    Case("people under an agency named once above them", "csv",
         lambda a: f"agency_id,survey_year,budget_gbp,pseudonym\n{a}1,2026,5,P1\n,,,P2\n", (1, 1, 0, 0), ("which agency",)),
    Case("a list of people that holds something else", "json",
         lambda a: json.dumps([{"agency_id": f"{a}1", "survey_year": 2026, "budget_gbp": 5, "person": [{"pseudonym": "P1"}, "P2"]}]),
         (0, 1, 0, 0), ("person (a list", "not a question")),
    Case("answers of another year on a second sheet", "xlsx",
         lambda a: book(ANSWERS, (f"{a}1", 2026, 5), sheets={"last year": [ANSWERS, (f"{a}1", 2025, 4)]}), (0, 1, 0, 0),
         ("second sheet", "last year")),
    Case("notes on a second sheet", "xlsx",
         lambda a: book(ANSWERS, (f"{a}1", 2026, 5), sheets={"notes": [("Month", "Spend"), ("Jan", 5)]}), (1, 0, 0, 0), (),
         {"budget_gbp": money(5)}),
]  # fmt: skip
LAYOUTS = [
    Case("records without anything", "json", lambda a: "[{}, {}]", (0, 0, 1, 0), ("no row with an answer",)),
    Case("one record without anything", "json", lambda a: "{}", (0, 0, 1, 0), ("no row with an answer",)),
    Case("a year with a fraction", "csv", lambda a: HEAD + f"{a}1,2025.6,5,1\n", (0, 1, 0, 0), ("survey year", "2025.6")),
    Case("a year with an exponent", "csv", lambda a: HEAD + f"{a}1,2.026e3,5,1\n", (0, 1, 0, 0), ("survey year",)),
    Case("an empty column that nobody knows", "csv", lambda a: f"agency_id,survey_year,budget_gbp,office,\n{a}1,2026,5,,\n", (1, 0, 0, 0)),
    Case("a title above the header", "csv", lambda a: f"The survey of 2026\n\n{HEAD}{a}1,2026,5,1\n", (1, 0, 0, 0), (),
         {"budget_gbp": money(5)}),
    Case("a title above columns parted by semicolons", "csv",
         lambda a: f"Budgets, people and all;;\n;;\nagency_id;survey_year;budget_gbp\n{a}1;2026;5,5\n", (1, 0, 0, 0), (),
         {"budget_gbp": money(5.5)}),
    Case("blank lines above the header", "csv", lambda a: f"\n\n\n{HEAD}{a}1,2026,x,1\n", (0, 1, 0, 0), ("not a plain number",)),
    Case("two lines of notes above the header", "csv", lambda a: f"Contact,Jane\nDate,May\n{HEAD}{a}1,2026,5,1\n", (0, 3, 0, 0),
         ("delete what stands above",)),
    Case("a note below the table", "csv", lambda a: HEAD + f"{a}1,2026,5,1\nunaudited\n", (1, 1, 0, 0),
         ("1 value under 4 columns", "delete it if it is a note")),
    Case("the mark at which DOS ends a file", "csv", lambda a: HEAD + f"{a}1,2026,5,1\r\n\x1a", (1, 0, 0, 0)),
    Case("two exports one below the other", "csv", lambda a: f"{HEAD}{a}1,2026,5,1\n{HEAD}{a}2,2026,5,1\n", (2, 1, 0, 0),
         ("repeats the names of the columns",)),
    Case("a form saved as text", "csv", lambda a: f"Question,Answer,Unit,Help,name\nWhich agency answers?,{a}1,,,agency_id\n",
         (0, 0, 1, 0), ("form saved as text", ".xlsx")),
    Case("two alphabets of bytes in one file", "csv",
         lambda a: f"agency_id,survey_year,motto\n{a}1,2026,caf\u00e9\n".encode() + f"{a}2,2026,caf\u00e9\n".encode("cp1252"),
         (0, 0, 1, 0), ("see line 3",)),
    Case("a backslash before quotation marks", "csv", lambda a: HEAD + f'{a}1,2026,5,1\n{a}2,2026,"say \\"hi\\" x",1\n', (0, 0, 1, 0),
         ("out of place, in line 3",)),
    Case("marks that look like the reader's", "csv", lambda a: HEAD + f"{a}1,2026,\x021.200,1\n", (0, 1, 0, 0), ("not a plain number",)),
    Case("marks that look like the reader's, in JSON", "json",
         lambda a: json.dumps([{"agency_id": f"{a}1", "survey_year": 2026, "budget_gbp": "\x021.200", "motto": "\x01formula"}]),
         (0, 1, 0, 0), ("not a plain number", "control characters")),
    Case("JSON under another name", "csv", lambda a: json.dumps([{"agency_id": f"{a}1", "survey_year": 2026, "budget_gbp": 5}]),
         (1, 0, 0, 0), (), {"budget_gbp": money(5)}),
    Case("one record a line", "json",
         lambda a: "".join(json.dumps({"agency_id": f"{a}{n}", "survey_year": 2026, "budget_gbp": n}) + "\n" for n in (1, 2)),
         (2, 0, 0, 0), (), {"budget_gbp": money(1)}),
    Case("one record a line, the second cut off", "jsonl", lambda a: f'{{"agency_id":"{a}1"}}\n{{"agency_id":"{a}2\n', (0, 0, 1, 0),
         ("no JSON",)),
    Case("records under two names", "json",
         lambda a: json.dumps({"responses": [{"agency_id": f"{a}1", "survey_year": 2026}], "late": [{"agency_id": f"{a}2"}]}),
         (0, 0, 1, 0), ("two lists of records", "late")),
    Case("a table of a web page named csv", "csv", lambda a: "<table><tr><td>agency_id</td><td>survey_year</td></tr></table>",
         (0, 0, 1, 0), ("web page",)),
    Case("rich text named csv", "csv", lambda a: r"{\rtf1\ansi hello}", (0, 0, 1, 0), ("rich-text",)),
    Case("a year as a spreadsheet's decimal", "csv", lambda a: HEAD + f"{a}1,2026.0,5,1\n", (1, 0, 0, 0)),
]  # fmt: skip


def agency(case: str, suffix: str, verdict: str, words: tuple[str, ...] = (), prefix: str | None = None) -> Case:
    """Give a case of one agency's id in an otherwise good row."""
    counts = (1, 0, 0, 0) if verdict == "accepted" else (0, 1, 0, 0)
    return Case(case, "csv", lambda a: f'{HEAD}"{a if prefix is None else prefix}{suffix}",2026,5,1\n', counts, words)


ZERO_WIDTH, NO_BREAK, CYRILLIC_S, FULL_WIDTH_A = "\u200b", "\u00a0", "\u0421", "\uff21"
AGENCIES = [
    agency("an id with a character that nobody sees", f"1{ZERO_WIDTH}", "parked", ("cannot be told from others", "<U+200B>")),
    agency("an id after the mark of a second file", "1", "parked", ("<U+FEFF>",), prefix="x\ufeff"),
    agency("an id of two alphabets", f" Smith {CYRILLIC_S}o", "parked", ("cannot be told from others", "<U+0421>")),
    agency("an id in wide letters", f"{FULL_WIDTH_A}1", "parked", ("<U+FF21>",)),
    agency("an id with a line break", "Smith\nand Co", "parked", ("<U+000A>",)),
    agency("a letter in the id's place", "We are sorry to be late. " * 5, "parked", ("too long for an agency's id",)),
    agency("an id with umlauts", "Müller & Söhne", "accepted"),
    agency("an id of one other alphabet", "Агент", "accepted", prefix=""),
    agency("an id that became a date", "2026-03-01", "parked", ("changed the agency's id",), prefix=""),
    agency("an id that became an exponent", "1.20E+05", "parked", ("changed the agency's id",), prefix=""),
    agency("a total that names the year", "Grand total", "parked", ("as a total",), prefix=""),
    agency("an agency whose name begins like a total", "Totaljobs", "accepted", prefix=""),
    Case("one id in two spellings of the same letter", "csv",
         lambda a: f"{HEAD}{a}Cafe\u0301,2026,5,1\n{a}Caf\u00e9,2026,5,1\n{a}Caf\u00e9 1,2026,5,1\n{a}Caf\u00e9{NO_BREAK}1,2026,5,1\n",
         (0, 4, 0, 0), ("two different rows",)),
]  # fmt: skip
NUMBERS = [
    number("an amount a year, in words", "£1,200 p.a.", "parked", "not a plain number"),
    number("people with a unit", "5 FTE", "parked", "not a plain number", q="rating_number"),
    number("a foreign code in small letters", "eur 1200", "parked", "another currency"),
    number("the currency's code in small letters", "gbp 1200", "accepted", value=1200),
    number("apostrophes between thousands", "1'200.50", "accepted", value=1200.5),
    number("a figure space between thousands", "1\u2007200", "accepted", value=1200),
    number("a narrow space between thousands", "1\u202f200", "accepted", value=1200),
    number("marks of direction around a number", "\u200e1200\u200f", "accepted", value=1200),
    number("thousands in a shorthand", "12k", "parked", "not a plain number"),
    number("hundreds of thousands of millions", "£999,999,999,999.99", "accepted", value=999_999_999_999.99),
    number("a telephone number without its sign", "447700900456", "accepted", value=447_700_900_456),
    number("the largest number that is kept", "999999999999.999999", "accepted", value=999_999_999_999.999999, q="rating_number"),
    number("lakhs", "1,20,000", "parked", "not a plain number"),
    number("a dash for nothing", "-", "parked", "not a plain number"),
    Case("money with three decimals beside decimals with a point", "csv",
         lambda a: f"agency_id,survey_year,budget_gbp,rating_number\n{a}1,2026,1.200,5.5\n", (0, 1, 0, 0), ("Thousands or decimals",)),
    Case("people with three decimals", "csv", one("1.200", "people_count"), (0, 1, 0, 0), ("Thousands or decimals",)),
    Case("a rating with three decimals beside one with a point", "csv",
         lambda a: f"agency_id,survey_year,budget_gbp,rating_number\n{a}1,2026,7.25,5.125\n", (1, 0, 0, 0), (),
         {"rating_number": money(5.125)}),
]  # fmt: skip
OTHERS = [
    Case("a month in letters between dashes", "csv", one("31-Mar-2026", "founded_date"), (1, 0, 0, 0), (),
         {"founded_date": ("answered", "2026-03-31")}),
    Case("an American date in words", "csv", one("March 31st, 2026", "founded_date"), (1, 0, 0, 0), (),
         {"founded_date": ("answered", "2026-03-31")}),
    Case("a year of two digits", "csv", one("31/03/26", "founded_date"), (0, 1, 0, 0), ("not a date",)),
    Case("a choice with spaces of other kinds", "csv", one("They decide,\u00a0 mostly", "decider"), (1, 0, 0, 0), (),
         {"decider": ("answered", "they")}),
]  # fmt: skip


def sheet(change: Callable[[Workbook], None], *rows: tuple[Any, ...]) -> Callable[[str], bytes]:
    """Give a workbook of one agency, or of given rows, changed by a function."""

    def build(a: str) -> bytes:
        target = Workbook()
        for row in (ANSWERS, *(rows or ((f"{a}1", 2026, 1200.25),))):
            target.active.append(row)
        change(target)
        return saved(target)

    return build


def shown_as(pattern: str) -> Callable[[str], bytes]:
    """Give a workbook whose amount is shown by a number format."""

    def change(target: Workbook) -> None:
        target.active["C2"].number_format = pattern

    return sheet(change)


def _hide_column(target: Workbook) -> None:
    target.active.column_dimensions["C"].hidden = True


def _hide_empty_columns(target: Workbook) -> None:
    target.active.column_dimensions.group("E", "XFD", hidden=True)


def _hide_sheet(target: Workbook) -> None:
    target.create_sheet("cover").append(["See the other sheet", "please"])
    target.worksheets[0].sheet_state = "hidden"
    target.active = 1


def _add_chart_sheet(target: Workbook) -> None:
    target.create_chartsheet("Chart")


def _add_stray_cell(target: Workbook) -> None:
    target.active["AZ2"] = "stray"


def _add_blank_rows(target: Workbook) -> None:
    target.active.append([" ", "\u00a0"])
    target.active.append(["\u00a0"])


def _archive(parts: dict[str, str]) -> Callable[[str], bytes]:
    def build(_: str) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, text in parts.items():
                archive.writestr(name, text)
        return stream.getvalue()

    return build


AMOUNT = {"budget_gbp": money(1200.25)}
BOOKS = [
    Case("an amount shown in euros", "xlsx", shown_as("[$€-2] #,##0.00"), (0, 1, 0, 0), ("another currency", "€1200.25")),
    Case("an amount shown with a code", "xlsx", shown_as('#,##0.00 "CHF"'), (0, 1, 0, 0), ("another currency",)),
    Case("an amount shown in pounds", "xlsx", shown_as("_-[$£-809]* #,##0.00_-"), (1, 0, 0, 0), (), AMOUNT),
    Case("an amount shown by a built-in format", "xlsx", shown_as('"$"#,##0.00_);("$"#,##0.00)'), (1, 0, 0, 0), (), AMOUNT),
    Case("an amount shown by its locale", "xlsx", shown_as("[$-409]#,##0.00;[Red]-#,##0.00"), (1, 0, 0, 0), (), AMOUNT),
    Case("a hidden column", "xlsx", sheet(_hide_column), (0, 1, 0, 0), ("budget_gbp", "column is hidden")),
    Case("hidden columns with nothing in them", "xlsx", sheet(_hide_empty_columns), (1, 0, 0, 0), (), AMOUNT),
    Case("answers on a hidden sheet", "xlsx", sheet(_hide_sheet), (0, 0, 1, 0), ("hidden sheet", "Sheet (hidden)")),
    Case("a sheet that is a chart", "xlsx", sheet(_add_chart_sheet), (1, 0, 0, 0), (), AMOUNT),
    Case("a cell far to the right", "xlsx", sheet(_add_stray_cell), (0, 1, 0, 0), ("to the right", "AZ2")),
    Case("rows that only look blank", "xlsx", sheet(_add_blank_rows), (1, 0, 0, 0), (), AMOUNT),
    Case("an OpenDocument sheet", "ods", _archive({"mimetype": "", "content.xml": ""}),
         (0, 0, 1, 0), ("OpenDocument",)),
    Case("a Word document named xlsx", "xlsx", _archive({"word/document.xml": ""}), (0, 0, 1, 0), ("a Word document",)),
]  # fmt: skip
CASES = [*BOOKS, *ROSTERS, *LAYOUTS, *AGENCIES, *NUMBERS, *OTHERS]
