"""More files as strangers send them: layouts, spellings and kinds met in real exports of spreadsheets and survey tools.

Each is a case of the table in `nasty_files`.
"""
# A case reads best on few lines, even long ones.
# ruff: noqa: E501

from __future__ import annotations

import json
from typing import Any

from intake.nasty_files import HEAD, Case, money
from intake.workbooks import book

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
         (0, 1, 0, 0), ("person", "not a question")),
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
    Case("a year as a spreadsheet's decimal", "csv", lambda a: HEAD + f"{a}1,2026.0,5,1\n", (1, 0, 0, 0)),
]  # fmt: skip
CASES = [*ROSTERS, *LAYOUTS]
