"""Each survey tool's conversation, in the shapes of real servers, is held word for word and ends in the tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from benchmarking.collect import collect
from benchmarking.collect.source import SourceDown
from benchmarking.collect.sources import web
from benchmarking.collect.sources.cursor import Cursor
from benchmarking.warehouse import Warehouse
from sources.played import FOLDER, Played
from sources.rigs import VARIABLES

LOGIN = {key: VARIABLES[key] for key in ("username", "password")}
ODK = {"kind": "odk", "survey": "attrition", "project": 7, "form": "recruitment_marketing_attrition",
       "credentials": LOGIN, "page_size": 2}  # fmt: skip
KOBO = {"kind": "kobo", "survey": "budget", "asset": "aMadeUpProject00000001", "page_size": 2,
        "credentials": {"token": VARIABLES["token"]}}  # fmt: skip
LIMESURVEY = {"kind": "limesurvey", "survey": "budget", "survey_id": 4711, "credentials": LOGIN}
ENTRIES = {"odk_central": ODK, "kobotoolbox": KOBO, "limesurvey": LIMESURVEY}
USERS = {"odk_central": "organiser@example.org", "kobotoolbox": "", "limesurvey": "organiser"}
BUDGET = "SELECT agency_id, value_minor FROM raw.answer JOIN raw.submission USING (submission_id, agency_id)"


@pytest.fixture
def visited(settings, programme, monkeypatch) -> Iterator[Callable]:
    """Start a tool's conversation; give a function that collects during one visit and says what was told of it."""
    monkeypatch.setattr(web, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setenv(VARIABLES["password"], "correct horse")
    monkeypatch.setenv(VARIABLES["token"], "madeUpToken")
    servers: dict[str, Played] = {}

    def visit(tool: str, name: str) -> tuple[Warehouse, tuple[int, int, int, int]]:
        monkeypatch.setenv(VARIABLES["username"], USERS[tool])
        server = servers.setdefault(tool, Played(tool))
        server.play(name)
        address = f"{server.url}/index.php/admin/remotecontrol" if tool == "limesurvey" else server.url
        entry = {"name": tool, "url": address, **ENTRIES[tool]}
        warehouse = Warehouse(settings, replace(programme, sources=(entry,)))
        told = collect(warehouse)
        assert (server.astray, server.left) == ([], [])
        return warehouse, (told.accepted, told.parked, told.rejected, told.duplicate)

    yield visit
    for server in servers.values():
        server.stop()


def submissions(warehouse: Warehouse) -> list[tuple]:
    return warehouse.connect().execute(
        "SELECT agency_id, record_id, version, verdict, rule_id, is_deleted FROM raw.submission"
        " WHERE verdict <> 'duplicate' ORDER BY agency_id, received_at, is_deleted, version"
    ).fetchall()  # fmt: skip


def held(warehouse: Warehouse, tool: str) -> list[str]:
    return sorted(Cursor.read(warehouse.metadata("raw.file", f"cursor:{tool}")).held)


def uuid(number: int) -> str:
    return f"uuid:00000000-0000-4000-8000-{number:012d}"


def test_odk_central_new_edited_deleted_and_rejected(visited):
    warehouse, told = visited("odk_central", "first")
    assert told == (3, 0, 0, 0)
    assert submissions(warehouse) == [(f"A00{n}", uuid(n), 1, "accepted", "", False) for n in (1, 2, 3)]
    people = warehouse.connect().sql(
        "SELECT agency_id, roster_row, string_agg(raw_text, ' ' ORDER BY question) FROM raw.answer"
        " WHERE roster_row > 0 AND state = 'answered' GROUP BY ALL ORDER BY ALL"
    )
    assert people.fetchall() == [
        ("A002", 1, "1 middle 2024-03-01"), ("A002", 2, "voluntary 2026-03-01 2 2025-09-01"),
        ("A003", 1, "1 senior 2023-01-01"),
    ]  # fmt: skip
    warehouse, told = visited("odk_central", "second")
    assert told == (1, 0, 1, 0)
    assert [row for row in submissions(warehouse) if row[5]] == [
        ("A002", uuid(2), 1, "rejected", "record.withdrawn", True)
    ]
    assert [(row[0], row[3], row[4]) for row in submissions(warehouse) if not row[5]] == [
        ("A001", "accepted", ""), ("A002", "accepted", ""), ("A003", "accepted", ""),
        ("A003", "rejected", "row.refused"), ("A004", "accepted", ""),
    ]  # fmt: skip
    before, after = submissions(warehouse), visited("odk_central", "third")
    assert (after[1], submissions(after[0])) == ((0, 0, 0, 0), before)
    assert held(warehouse, "odk_central") == [uuid(1), uuid(3), uuid(4)]


def test_kobotoolbox_new_edited_deleted_and_approved(visited):
    warehouse, told = visited("kobotoolbox", "first")
    assert told == (2, 1, 0, 0)
    assert [(row[0], row[3], row[4]) for row in submissions(warehouse)] == [
        ("A001", "accepted", ""), ("A002", "accepted", ""), ("A003", "parked", "row.issue"),
    ]  # fmt: skip
    warehouse, told = visited("kobotoolbox", "second")
    assert told == (2, 0, 0, 0)
    rows = warehouse.connect().sql(
        f"{BUDGET} WHERE question = 'development_budget_gbp' AND verdict = 'accepted' ORDER BY agency_id, version"
    )
    assert rows.fetchall() == [("A001", 50000), ("A001", 75000), ("A002", 120050), ("A003", 0)]
    assert [row[0] for row in submissions(warehouse) if row[5]] == ["A002"]
    assert visited("kobotoolbox", "third")[1] == (0, 0, 0, 0)
    assert held(warehouse, "kobotoolbox") == ["9000001", "9000003"]


def test_limesurvey_new_finished_deleted_and_in_two_languages(visited):
    warehouse, told = visited("limesurvey", "first")
    assert told == (2, 1, 0, 0)
    assert [(row[0], row[3], row[4]) for row in submissions(warehouse)] == [
        ("A001", "accepted", ""), ("A002", "parked", "row.partial"), ("A003", "accepted", ""),
    ]  # fmt: skip
    warehouse, told = visited("limesurvey", "second")
    assert told[:3] == (1, 0, 0)
    assert [row[0] for row in submissions(warehouse) if row[5]] == ["A001"]
    assert ("A002", "2", 2, "accepted", "", False) in submissions(warehouse)
    assert visited("limesurvey", "third")[1] == (0, 0, 0, 0)
    assert held(warehouse, "limesurvey") == ["2", "3"]


@pytest.mark.parametrize(
    ("tool", "visit"),
    [("kobotoolbox", "empty"), ("limesurvey", "empty"), ("limesurvey", "empty, version 7"),
     ("limesurvey", "never activated")],
    ids=lambda text: text.replace(" ", "-"),
)  # fmt: skip
def test_a_form_without_an_answer_is_no_error(visited, tool, visit):
    assert visited(tool, visit)[1] == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("tool", "visit", "says"),
    [
        ("odk_central", "wrong password", r"refuses the credentials \(401\)\. Check SURVEY_USER and SURVEY_PASSWORD"),
        ("odk_central", "no right", r"refuses the credentials \(403\)\. Check SURVEY_USER and SURVEY_PASSWORD"),
        ("odk_central", "no such form", r"knows no such form \(404\)\. Check the url, the form's id"),
        ("kobotoolbox", "wrong token", r"refuses the credentials \(401\)\. Check SURVEY_TOKEN"),
        ("kobotoolbox", "no right", r"knows no such form \(404\)\. Check .* and that SURVEY_TOKEN may see it"),
        ("limesurvey", "wrong password", r"refuses the credentials \('Invalid user name or password'\)\. Check SURVEY"),
        ("limesurvey", "no right", r"answers 'No permission'\. Check SURVEY_USER and SURVEY_PASSWORD, and that"),
    ],
    ids=lambda text: text.replace(" ", "-")[:24],
)  # fmt: skip
def test_a_refusal_in_the_servers_own_words_is_told(visited, tool, visit, says):
    with pytest.raises(SourceDown, match=says):
        visited(tool, visit)


@pytest.mark.parametrize("tool", ENTRIES)
def test_every_visit_of_a_conversation_is_held(tool):
    held_here = {
        "odk_central": {"first", "second", "third", "wrong password", "no right", "no such form"},
        "kobotoolbox": {"first", "second", "third", "empty", "wrong token", "no right"},
        "limesurvey": {"first", "second", "third", "empty", "empty, version 7", "never activated", "wrong password",
                       "no right"},
    }  # fmt: skip
    assert set(json.loads((FOLDER / f"{tool}.json").read_text())) == held_here[tool]
