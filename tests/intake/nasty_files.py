"""Files as strangers send them: each with the verdicts it must get and the words its sender must read.

Each case has agencies of its own, named by its number, so that all can lie in one inbox.
"""
# A case reads best on few lines, even long ones.
# ruff: noqa: E501

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from openpyxl import Workbook

from intake.season_rig import csv_of
from intake.workbooks import book, changed_sheet, saved, with_named_part, with_parts


@dataclass(frozen=True)
class Case:
    """`build` gives the bytes, with the prefix of the case's agencies; counts are accepted, parked, rejected, duplicate.

    answers: of the first submission, question to (state, value).
    """

    case: str
    ending: str
    build: Callable[[str], bytes | str]
    counts: tuple[int, int, int, int]
    words: tuple[str, ...] = ()
    answers: dict[str, tuple[str, str]] = field(default_factory=dict)


HEAD = "agency_id,survey_year,budget_gbp,people_count\n"
FILL_IN = ("Question", "Answer", "Unit", "Help", "name")


def form(agency: str, *answers: tuple[str, object], **stamp: str) -> bytes:
    """Give a fill-in workbook with answers by question name."""
    rows = [("", value, "", "", name) for name, value in answers]
    kept = {"programme": "season", "survey": "answers", "form_version": "2026.1", "survey_year": "2026"}
    return book(FILL_IN, *rows, stamp={**kept, "agency_id": agency, **stamp})


def money(value: float | int) -> tuple[str, str]:
    return ("answered", str(float(value)))


def one(text: str, question: str = "budget_gbp") -> Callable[[str], str]:
    """Give a CSV of one agency whose answer to one question is a text, quoted."""
    quoted = '"' + text.replace('"', '""') + '"'
    return lambda a: f"agency_id,survey_year,{question}\n{a}1,2026,{quoted}\n"


def number(
    case: str, text: str, verdict: str, words: str = "", value: float | None = None, q: str = "budget_gbp"
) -> Case:
    """Give a case of one text in a number's place."""
    answers = {} if value is None else {q: money(value)}
    counts = (1, 0, 0, 0) if verdict == "accepted" else (0, 1, 0, 0)
    return Case(case, "csv", one(text, q), counts, (words,) if words else (), answers)


def _bomb(_: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            archive.writestr(name, "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return stream.getvalue()


def _far_cell(a: str) -> bytes:
    content = book(("agency_id", "survey_year", "budget_gbp"), (f"{a}1", 2026, 5))
    return changed_sheet(content, b'r="C2"', b'r="XFD1048576"')


def _lying_size(_: str) -> bytes:
    content = bytearray(book(("agency_id", "survey_year"), ("A", 2026)))
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 2**31)
    return bytes(content)


def _formula(a: str) -> bytes:
    target = Workbook()
    target.active.append(["agency_id", "survey_year", "budget_gbp"])
    target.active.append([f"{a}1", 2026, "=1+1"])
    return saved(target)


def _error_cell(a: str) -> bytes:
    content = book(("agency_id", "survey_year", "budget_gbp"), (f"{a}1", 2026, 5))
    return changed_sheet(content, b'<c r="C2" t="n"><v>5</v></c>', b'<c r="C2" t="e"><v>#DIV/0!</v></c>')


def _percent_cell(a: str) -> bytes:
    target = Workbook()
    target.active.append(["agency_id", "survey_year", "growth_percent"])
    target.active.append([f"{a}1", 2026, 0.25])
    target.active["C2"].number_format = "0%"
    return saved(target)


def _hidden_row(a: str) -> bytes:
    target = Workbook()
    for row in (["agency_id", "survey_year", "budget_gbp"], [f"{a}1", 2026, 5], [f"{a}2", 2026, 7]):
        target.active.append(row)
    target.active.row_dimensions[3].hidden = True
    return saved(target)


def _epoch_1904(a: str) -> bytes:
    from datetime import date

    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    target = Workbook()
    target.epoch = CALENDAR_MAC_1904
    target.active.append(["agency_id", "survey_year", "founded_date"])
    target.active.append([f"{a}1", 2026, date(2001, 4, 5)])
    return saved(target)


def _entities(a: str) -> bytes:
    def change(name: str, data: bytes) -> bytes:
        declared = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
        return data.replace(b"<worksheet", declared + b"<worksheet", 1) if name.endswith("sheet1.xml") else data

    return with_parts(book(("agency_id", "survey_year"), (f"{a}1", 2026)), change)


def _encrypted(_: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500


def _hidden_sheet(a: str) -> bytes:
    target = Workbook()
    target.active.append(["agency_id", "survey_year", "budget_gbp"])
    target.active.append([f"{a}1", 2026, 5])
    old = target.create_sheet("old")
    old.append(["agency_id", "survey_year", "budget_gbp"])
    old.append([f"{a}9", 2026, 9])
    old.sheet_state = "hidden"
    return saved(target)


def _roster(a: str) -> bytes:
    people = [("pseudonym", "started_date", "pay_gbp"), ("P1", "2024-05-01", 30000), ("P2", "2025-06-01", 31000.5)]
    kept = {"programme": "season", "survey": "answers", "agency_id": f"{a}1", "survey_year": "2026"}
    return book(FILL_IN, ("", 5, "", "", "budget_gbp"), sheets={"person": people}, stamp=kept)


def _records(*records: dict[str, object]) -> str:
    return json.dumps(list(records))


def _deep(_: str) -> str:
    return '[{"agency_id": ' + "[" * 200_000 + "]" * 200_000 + "}]"


CASES = [
    # CSV: bytes and characters
    Case("nothing at all", "csv", lambda a: "", (0, 0, 1, 0), ("file is empty",)),
    Case("only spaces", "csv", lambda a: " \n\n ", (0, 0, 1, 0), ("file is empty",)),
    Case("a header and nobody", "csv", lambda a: HEAD, (0, 0, 1, 0), ("no row with an answer",)),
    Case("utf-8 with a mark", "csv", lambda a: b"\xef\xbb\xbf" + (HEAD + f"{a}1,2026,5,1\n").encode(), (1, 0, 0, 0)),
    Case(
        "utf-16 as Excel's Unicode text", "txt",
        lambda a: (HEAD.replace(",", "\t") + f"{a}1\t2026\t1200\t3\n").encode("utf-16"), (1, 0, 0, 0), (),
        {"budget_gbp": money(1200)},
    ),
    Case(
        "utf-16 without a mark", "csv", lambda a: (HEAD + f"{a}1,2026,1200,3\n").encode("utf-16-le"), (1, 0, 0, 0), (),
        {"budget_gbp": money(1200)},
    ),
    Case(
        "cp1252 with pound and umlaut", "csv",
        lambda a: f"agency_id;survey_year;budget_gbp;motto\n{a}1;2026;£1.200,50;Müßig\n".encode("cp1252"),
        (1, 0, 0, 0), (), {"budget_gbp": money(1200.5), "motto": ("answered", "Müßig")},
    ),
    Case("NUL characters", "csv", lambda a: HEAD + f"{a}1,2026,5\0,1\n", (0, 0, 1, 0), ("NUL",)),
    Case("a quotation mark never closed", "csv", lambda a: HEAD + f'{a}1,2026,"5,1\n', (0, 0, 1, 0), ("never closed",)),
    Case("quotation marks out of place", "csv", lambda a: HEAD + f'{a}1,2026,"5"x,1\n', (0, 0, 1, 0), ("out of place",)),
    # CSV: rows and columns
    Case("an unquoted thousand", "csv", lambda a: HEAD + f"{a}1,2026,1,200,3\n{a}2,2026,5,1\n", (1, 1, 0, 0),
         ("5 values under 4 columns",)),
    Case("a row too short", "csv", lambda a: HEAD + f"{a}1,2026\n{a}2,2026,5,1\n", (1, 1, 0, 0), ("2 values",)),
    Case("rows of separators alone", "csv", lambda a: HEAD + f"{a}1,2026,5,1\n,,,\n,,,\n", (1, 0, 0, 0)),
    Case("separators left behind by a spreadsheet", "csv",
         lambda a: HEAD.strip() + f",,\n{a}1,2026,5,1,,\n", (1, 0, 0, 0)),
    Case("a line break in an answer", "csv", lambda a: f'agency_id,survey_year,motto\n{a}1,2026,"one\ntwo"\n',
         (1, 0, 0, 0), (), {"motto": ("answered", "one\ntwo")}),
    Case("a line that names its separator", "csv", lambda a: f"sep=;\nagency_id;survey_year;budget_gbp\n{a}1;2026;5\n",
         (1, 0, 0, 0)),
    Case("the bar as separator", "csv", lambda a: f"agency_id|survey_year|budget_gbp\n{a}1|2026|1200\n", (1, 0, 0, 0)),
    Case("an unknown column", "csv", lambda a: f"agency_id,survey_year,budget_gbp,shoe size\n{a}1,2026,5,44\n{a}2,2026,5,\n",
         (0, 2, 0, 0), ("shoe size", "not a question of this survey")),
    Case("one question in two columns", "csv", lambda a: f"agency_id,survey_year,budget_gbp,Budget (GBP)\n{a}1,2026,5,6\n",
         (0, 1, 0, 0), ("same question",)),
    Case("no column for the agency", "csv", lambda a: "survey_year,budget_gbp\n2026,5\n2026,6\n", (0, 2, 0, 0),
         ("agency_id", "cannot be told apart")),
    Case("no column that is known", "csv", lambda a: "colour,size\nred,5\n", (0, 1, 0, 0), ("No column is a question",)),
    Case("a second header row of no known tool", "csv",
         lambda a: f"agency_id,survey_year,budget_gbp\nWhich agency answers?,For which year?,What is the budget?\n{a}1,2026,5\n",
         (0, 2, 0, 0), ("second header row",)),
    Case("wordings and aliases as headers", "csv",
         lambda a: f"Agency,For which year?,WHAT IS THE  BUDGET\n{a}1,2026,5\n", (1, 0, 0, 0), (), {"budget_gbp": money(5)}),
    Case("a row that does not say who", "csv", lambda a: HEAD + ",2026,5,1\n", (0, 1, 0, 0), ("which agency",)),
    Case("a year of another survey", "csv", lambda a: HEAD + f"{a}1,1926,5,1\n", (0, 1, 0, 0), ("survey year", "1926")),
    Case("an agency and nothing else", "csv", lambda a: HEAD + f"{a}1,2026,,\n", (0, 0, 1, 0), ("No question is answered",)),
    Case("the same row twice", "csv", lambda a: HEAD + f"{a}1,2026,5,1\n{a}1,2026,5,1\n", (1, 0, 0, 1)),
    Case("two rows that disagree", "csv", lambda a: HEAD + f"{a}1,2026,5,1\n{a}1,2026,6,1\n", (0, 2, 0, 0),
         ("two different rows",)),
    Case("a roster without its agency's answers", "csv",
         lambda a: f"agency_id,survey_year,pseudonym,pay_gbp\n{a}1,2026,P1,5\n{a}1,2026,P2,6\n", (0, 1, 0, 0),
         ("not the agency's own answers",)),
    Case("a flat file with a roster", "csv",
         lambda a: f"agency_id,survey_year,budget_gbp,pseudonym\n{a}1,2026,5,P1\n{a}1,2026,5,P2\n{a}2,2026,6,P3\n",
         (2, 0, 0, 0)),
    # CSV: numbers
    number("a quoted thousand", "1,200", "accepted", value=1200),
    number("millions in groups", "1,234,567.89", "accepted", value=1234567.89),
    number("a pound sign and spaces", " £ 1 200 ", "accepted", value=1200),
    number("the currency's code", "GBP 1200", "accepted", value=1200),
    number("a minus from typography", "\u22125", "accepted", value=-5),
    number("another currency", "€1200", "parked", "another currency"),
    number("nan", "nan", "parked", "not a plain number"),
    number("inf", "inf", "parked", "not a plain number"),
    number("a hexadecimal number", "0x10", "parked", "not a plain number"),
    number("underscores between digits", "1_000", "parked", "not a plain number"),
    number("digits of another script", "١٢", "parked", "not a plain number"),
    number("an exponent from a spreadsheet", "1.2E+05", "parked", "lost digits"),
    number("words for a number", "about 500", "parked", "about 500"),
    number("a range", "400-600", "parked", "not a plain number"),
    number("a telephone number with its country", "+442079460012", "parked", "telephone number"),
    number("a telephone number in groups", "+44 20 7946 0012", "parked", "telephone number"),
    number("a telephone number with an area code", "(020) 7946-0012", "parked", "telephone number"),
    number("a telephone number as a count", "02079460012", "parked", "telephone number", q="people_count"),
    number("a telephone number in threes", "020 794 600 123", "parked", "telephone number"),
    number("a telephone number as a percentage", "0123456789", "parked", "telephone number", q="growth_percent"),
    number("a plain zero", "0", "accepted", value=0),
    number("a half", "0.5", "accepted", value=0.5),
    number("a zero before a number", "012", "accepted", value=12),
    number("nine digits after a zero", "012345678", "accepted", value=12345678),
    number("a plus before an amount", "+1200", "accepted", value=1200),
    number("ten digits", "1234567890", "accepted", value=1234567890),
    number("zeros after a point", "0.123456", "accepted", value=0.123456, q="rating_number"),
    number("not applicable", "n/a", "parked", "not a plain number"),
    number("a number beyond all measure", "9" * 40, "parked", "not a plain number"),
    number("half a person", "2.5", "parked", "whole number", q="people_count"),
    number("a quarter, of one or of a hundred", "0.25", "parked", "of one", q="growth_percent"),
    number("a percent sign", "25 %", "accepted", value=0.25, q="growth_percent"),
    number("a bare percentage", "25", "accepted", value=0.25, q="growth_percent"),
    number("no growth", "0", "accepted", value=0, q="growth_percent"),
    Case("a comma for decimals, proven elsewhere in the file", "csv",
         lambda a: f"agency_id;survey_year;budget_gbp;rating_number\n{a}1;2026;1.200;3,5\n{a}2;2026;41,66;4\n",
         (2, 0, 0, 0), (), {"budget_gbp": money(1200), "rating_number": money(3.5)}),
    Case("a separator that could be either", "csv", lambda a: f"agency_id;survey_year;rating_number\n{a}1;2026;1.200\n",
         (0, 1, 0, 0), ("Thousands or decimals",)),
    Case("refused in words", "csv", one("Prefer not to say"), (1, 0, 0, 0), (), {"budget_gbp": ("refused", "")}),
    Case("blank is not zero", "csv", lambda a: HEAD + f"{a}1,2026,,0\n", (1, 0, 0, 0), (),
         {"budget_gbp": ("blank", ""), "people_count": money(0)}),
    # CSV: dates, choices, text
    Case("day or month first", "csv", one("04/05/2026", "founded_date"), (0, 1, 0, 0), ("Day or month first",)),
    Case("day first, proven by another row", "csv",
         lambda a: f"agency_id,survey_year,founded_date\n{a}1,2026,04/05/2001\n{a}2,2026,31/12/1999\n", (2, 0, 0, 0), (),
         {"founded_date": ("answered", "2001-05-04")}),
    Case("both orders in one file", "csv",
         lambda a: f"agency_id,survey_year,founded_date\n{a}1,2026,04/05/2001\n{a}2,2026,31/12/1999\n{a}3,2026,12/31/1999\n",
         (2, 1, 0, 0), ("Day or month first",)),
    Case("a day that never was", "csv", one("2026-02-30", "founded_date"), (0, 1, 0, 0), ("not a date",)),
    Case("a month in words", "csv", one("3 March 2001", "founded_date"), (1, 0, 0, 0), (),
         {"founded_date": ("answered", "2001-03-03")}),
    Case("a spreadsheet's day number", "csv", one("45321", "founded_date"), (0, 1, 0, 0), ("not a date",)),
    Case("a local time that the clocks skipped", "csv",
         lambda a: f"agency_id,survey_year,submitted_at,budget_gbp\n{a}1,2026,2026-03-29 01:30:00,5\n", (0, 1, 0, 0),
         ("does not exist",)),
    Case("a local time that happened twice", "csv",
         lambda a: f"agency_id,survey_year,submitted_at,budget_gbp\n{a}1,2026,2025-10-26 01:30:00,5\n", (0, 1, 0, 0),
         ("happened twice",)),
    Case("a choice by its label", "csv", one("THEY DECIDE, MOSTLY", "decider"), (1, 0, 0, 0), (),
         {"decider": ("answered", "they")}),
    Case("none of the choices", "csv", one("my brother", "decider"), (0, 1, 0, 0), ("none of the choices", "my brother")),
    Case("several choices in one cell", "csv", one("We decide, Nobody", "decider"), (0, 1, 0, 0), ("Several choices",)),
    Case("neither yes nor no", "csv", one("perhaps", "has_plan"), (0, 1, 0, 0), ("neither yes nor no",)),
    Case("an identifier with zeros and letters", "csv", one("007E5", "motto"), (1, 0, 0, 0), (),
         {"motto": ("answered", "007E5")}),
    Case("control characters", "csv", one("a\x07b", "motto"), (0, 1, 0, 0), ("control characters",)),
    Case("a formula as text", "csv", one('=HYPERLINK("http://x")', "motto"), (1, 0, 0, 0)),
    # other kinds
    Case("a PDF", "csv", lambda a: b"%PDF-1.7 ...", (0, 0, 1, 0), ("a PDF",)),
    Case("a web page named csv", "csv", lambda a: "<!DOCTYPE html><html>log in</html>", (0, 0, 1, 0), ("web page",)),
    Case("a name without an ending", "", lambda a: HEAD + f"{a}1,2026,5,1\n", (0, 0, 1, 0), ("without an ending",)),
    Case("a file beyond the limit", "csv", lambda a: b"x" * (10 * 1024 * 1024 + 1), (0, 0, 1, 0), ("too big",)),
    # workbooks
    Case("a good form", "xlsx", lambda a: form(f"{a}1", ("budget_gbp", 1200.5), ("decider", "We decide")), (1, 0, 0, 0),
         (), {"budget_gbp": money(1200.5), "decider": ("answered", "we")}),
    Case("a form with a roster", "xlsx", _roster, (1, 0, 0, 0), (), {"budget_gbp": money(5)}),
    Case("a form sent back blank", "xlsx", lambda a: form(f"{a}1", ("budget_gbp", None)), (0, 0, 1, 0),
         ("No question is answered",)),
    Case("a form of another survey", "xlsx", lambda a: form(f"{a}1", ("budget_gbp", 5), survey="other"), (0, 0, 1, 0),
         ("another survey",)),
    Case("a form of another programme", "xlsx", lambda a: form(f"{a}1", ("budget_gbp", 5), programme="other"),
         (0, 0, 1, 0), ("another programme",)),
    Case("a form for another agency than it says", "xlsx",
         lambda a: form(f"{a}1", ("agency_id", f"{a}2"), ("budget_gbp", 5)), (0, 1, 0, 0), ("differs from the form",)),
    Case("a cell at the end of the sheet", "xlsx", _far_cell, (0, 0, 1, 0), ("XFD1048576",)),
    Case("sixty million zeros", "xlsx", _bomb, (0, 0, 1, 0), ("packed more than",)),
    Case("a size that lies", "xlsx", _lying_size, (0, 0, 1, 0), ("beyond a limit",)),
    Case("a formula never calculated", "xlsx", _formula, (0, 1, 0, 0), ("formula without a value",)),
    Case("a cell in error", "xlsx", _error_cell, (0, 1, 0, 0), ("shows an error", "#DIV/0!")),
    Case("a quarter formatted as percent", "xlsx", _percent_cell, (1, 0, 0, 0), (), {"growth_percent": money(0.25)}),
    Case("a hidden row", "xlsx", _hidden_row, (1, 1, 0, 0), ("hidden in the sheet",)),
    Case("a hidden sheet", "xlsx", _hidden_sheet, (1, 0, 0, 0), (), {"budget_gbp": money(5)}),
    Case("dates counted from 1904", "xlsx", _epoch_1904, (1, 0, 0, 0), (), {"founded_date": ("answered", "2001-04-05")}),
    Case("a number that lost its digits", "xlsx",
         lambda a: book(("agency_id", "survey_year", "motto"), (f"{a}1", 2026, 12345678901234567)), (0, 1, 0, 0),
         ("lost digits",)),
    Case("declared entities", "xlsx", _entities, (0, 0, 1, 0), ("declared entities",)),
    Case("macros", "xlsx", lambda a: with_parts(form(f"{a}1", ("budget_gbp", 5)), xl__vbaProject_bin=b"x"), (0, 0, 1, 0),
         ("macros",)),
    Case("links to another file", "xlsx",
         lambda a: with_named_part(form(f"{a}1", ("budget_gbp", 5)), "xl/externalLinks/externalLink1.xml", b"<x/>"),
         (0, 0, 1, 0), ("another file",)),
    Case("a part outside the archive", "xlsx",
         lambda a: with_named_part(form(f"{a}1", ("budget_gbp", 5)), "../../evil.xml", b"<x/>"), (0, 0, 1, 0), ("unsafe",)),
    Case("a password", "xlsx", _encrypted, (0, 0, 1, 0), ("password",)),
    Case("an old workbook", "xls", lambda a: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, (0, 0, 1, 0), ("old .xls",)),
    Case("half a workbook", "xlsx", lambda a: form(f"{a}1", ("budget_gbp", 5))[:2000], (0, 0, 1, 0), ("damaged",)),
    Case("text named as a workbook", "xlsx", lambda a: "hello", (0, 0, 1, 0), ("no workbook",)),
    Case("a zip of something else", "xlsx", lambda a: zlib_zip("notes.txt"), (0, 0, 1, 0), ("no .xlsx workbook",)),
    Case("an empty workbook", "xlsx", lambda a: book(), (0, 0, 1, 0), ("no row with an answer",)),
    # JSON
    Case("a list of records", "json",
         lambda a: _records({"agency_id": f"{a}1", "survey_year": 2026, "budget_gbp": 12.5, "has_plan": True}), (1, 0, 0, 0),
         (), {"budget_gbp": money(12.5), "has_plan": ("answered", "true")}),
    Case("a record with its roster", "json",
         lambda a: _records({"agency_id": f"{a}1", "survey_year": 2026, "budget_gbp": 5, "person": [{"pseudonym": "P1"}]}),
         (1, 0, 0, 0)),
    Case("a number in exponents", "json", lambda a: f'[{{"agency_id":"{a}1","survey_year":2026,"budget_gbp":1E5}}]',
         (1, 0, 0, 0), (), {"budget_gbp": money(100000)}),
    Case("no number at all", "json", lambda a: f'[{{"agency_id":"{a}1","survey_year":2026,"budget_gbp":NaN}}]',
         (0, 1, 0, 0), ("not a plain number", "NaN")),
    Case("a key twice", "json", lambda a: '[{"agency_id":"A","agency_id":"B"}]', (0, 0, 1, 0), ("stands twice",)),
    Case("an answer cut off", "json", lambda a: '[{"agency_id":"A"', (0, 0, 1, 0), ("no JSON",)),
    Case("brackets without end", "json", _deep, (0, 0, 1, 0), ("too deep",)),
    Case("half a character", "json", lambda a: f'[{{"agency_id":"{a}1","survey_year":2026,"motto":"\\ud800"}}]', (1, 0, 0, 0)),
    Case("a value after its closing quotation mark", "csv", lambda a: HEAD + f'{a}1,2026,"5"x,1\n', (0, 0, 1, 0),
         ("quotation marks are out of place",)),
    Case("the same in a long file", "csv",
         lambda a: HEAD + f'{a}1,2026,"5"x,1\n' + "".join(f"{a}{n},2026,{n},1\n" for n in range(2, 16_000)),
         (0, 0, 1, 0), ("quotation marks are out of place",)),
    Case("a quotation mark inside a value, in a long file", "csv",
         lambda a: HEAD + f'{a}1,2026,5"5,1\n' + "".join(f"{a}{n},2026,{n},1\n" for n in range(2, 16_000)),
         (15_998, 1, 0, 0), ("not a plain number", '5"5')),
    Case("a bare number", "json", lambda a: "42", (0, 0, 1, 0), ("without a list of records",)),
]  # fmt: skip


def zlib_zip(name: str) -> bytes:
    """Give a zip archive with one text in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, zlib.compress(b"text"))
    return stream.getvalue()


def file_name(position: int, case: Case) -> str:
    """Give the name under which a case lies in the inbox."""
    return f"n{position:03d}" + (f".{case.ending}" if case.ending else "")


def content_of(position: int, case: Case) -> bytes:
    """Give a case's bytes."""
    content = case.build(f"N{position:03d}-")
    return content.encode() if isinstance(content, str) else content


__all__ = ["CASES", "Case", "content_of", "csv_of", "file_name"]
