"""A roster answered in a survey tool arrives as rows below its submission, from either tool that knows repeats."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from benchmarking.collect import collect
from benchmarking.warehouse import Warehouse
from sources import fake_kobo, fake_odk
from sources.rigs import FIRST, VARIABLES

ANSWERS = {
    "agency_id": "A001",
    "survey_year": "2026",
    "period_end_date": "2026-06-30",
    "headcount_opening_count": 2,
    "joiners_count": 1,
    "leavers_voluntary_count": 1,
    "leavers_involuntary_count": 0,
    "leavers_other_count": 0,
    "headcount_closing_count": 2,
}
STAYED = {
    "marketer_pseudonym": "1",
    "started_date": "2024-03-01",
    "left_date": None,
    "leaving_kind": None,
    "seniority": "middle",
}
LEFT = {
    "marketer_pseudonym": "2",
    "started_date": "2025-09-01",
    "left_date": "2026-03-01",
    "leaving_kind": "voluntary",
    "seniority": None,
}
MARKETERS = [STAYED, LEFT]


def on_odk(monkeypatch):
    """Central gives a repeat as a list of rows with ids of their own."""
    monkeypatch.setenv(VARIABLES["username"], "organiser@example.org")
    monkeypatch.setenv(VARIABLES["password"], fake_odk.PASSWORD)
    server = fake_odk.FakeOdk()
    rows = [{**row, "__id": f"{number:040d}"} for number, row in enumerate(MARKETERS)]
    server.put("uuid:A001", {**ANSWERS, "marketer": rows}, FIRST)
    names = {key: VARIABLES[key] for key in ("username", "password")}
    return server, {"name": "central", "kind": "odk", "project": 3, "form": "budget", "credentials": names}


def on_kobo(monkeypatch):
    """KoboToolbox gives every name inside a repeat with the repeat's name before it, and leaves blanks out."""
    monkeypatch.setenv(VARIABLES["token"], fake_kobo.TOKEN)
    server = fake_kobo.FakeKobo()
    rows = [{f"marketer/{name}": value for name, value in row.items() if value is not None} for row in MARKETERS]
    server.put(1, {**ANSWERS, "marketer": rows}, FIRST)
    return server, {"name": "kobo", "kind": "kobo", "asset": "aBcDeF", "credentials": {"token": VARIABLES["token"]}}


@pytest.mark.parametrize("tool", [on_odk, on_kobo], ids=["odk", "kobo"])
def test_a_repeat_arrives_row_by_row(settings, programme, monkeypatch, tool):
    server, entry = tool(monkeypatch)
    warehouse = Warehouse(settings, replace(programme, sources=({**entry, "url": server.url, "survey": "attrition"},)))
    told = collect(warehouse)
    server.stop()
    assert (told.received, told.accepted) == (1, 1)
    rows = warehouse.connect().sql(
        "SELECT roster_row, question, coalesce(value_text, CAST(value_date AS VARCHAR)) FROM raw.answer"
        " WHERE roster_row > 0 AND state = 'answered' ORDER BY ALL"
    )
    assert rows.fetchall() == [
        (1, "marketer_pseudonym", "1"),
        (1, "seniority", "middle"),
        (1, "started_date", str(date(2024, 3, 1))),
        (2, "leaving_kind", "voluntary"),
        (2, "left_date", str(date(2026, 3, 1))),
        (2, "marketer_pseudonym", "2"),
        (2, "started_date", str(date(2025, 9, 1))),
    ]


def test_a_roster_whose_columns_nobody_knows_is_parked_and_not_passed_over(settings, programme, monkeypatch):
    server, entry = on_kobo(monkeypatch)
    server.rows[1]["marketer"] = [{"person": "1"}]
    warehouse = Warehouse(settings, replace(programme, sources=({**entry, "url": server.url, "survey": "attrition"},)))
    told = collect(warehouse)
    server.stop()
    assert (told.received, told.parked) == (1, 1)
    assert warehouse.connect().sql("SELECT rule_id FROM raw.submission").fetchall() == [("header.unknown",)]


@pytest.mark.parametrize("tool", [on_odk, on_kobo], ids=["odk", "kobo"])
def test_a_repeat_inside_a_group_is_parked_and_not_passed_over(settings, programme, monkeypatch, tool):
    server, entry = tool(monkeypatch)
    (row,) = server.rows.values()
    if tool is on_odk:
        row["people"] = {"marketer": row.pop("marketer")}
    else:
        row["people/marketer"] = [{f"people/{key}": text for key, text in one.items()} for one in row.pop("marketer")]
    warehouse = Warehouse(settings, replace(programme, sources=({**entry, "url": server.url, "survey": "attrition"},)))
    told = collect(warehouse)
    server.stop()
    assert (told.received, told.parked) == (1, 1)
    assert warehouse.connect().sql("SELECT rule_id FROM raw.submission").fetchall() == [("header.unknown",)]


def test_a_submission_without_a_row_in_its_repeat_is_whole(settings, programme, monkeypatch):
    server, entry = on_odk(monkeypatch)
    del server.rows["uuid:A001"]["marketer"]
    warehouse = Warehouse(settings, replace(programme, sources=({**entry, "url": server.url, "survey": "attrition"},)))
    told = collect(warehouse)
    server.stop()
    assert (told.received, told.accepted) == (1, 1)
