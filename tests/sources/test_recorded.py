"""A recorded export of a real LimeSurvey passes through as it came, and the cursor lies in the commit of the rows."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarking.collect import collect
from benchmarking.collect.source import SourceDown
from benchmarking.collect.sources import open_source
from benchmarking.collect.sources.cursor import Cursor
from benchmarking.warehouse import Warehouse
from sources.fake_limesurvey import PASSWORD, FakeLimeSurvey
from sources.rigs import VARIABLES, KoboRig, LimeSurveyRig, OdkRig, answers
from sources.served import Answer

EXPORT = Path(__file__).parents[1] / "data" / "sources" / "limesurvey_6_export.json"


class Recorded(FakeLimeSurvey):
    """Gives the recorded export, whatever block is asked for."""

    def _export_responses(self, *call: object) -> object:
        content = EXPORT.read_bytes()
        if call[9] == ["id"]:
            ids = [{"id": row["id"]} for row in json.loads(content)["responses"]]
            content = json.dumps({"responses": ids}).encode()
        return base64.b64encode(content).decode()

    def _get_summary(self, *_: object) -> object:
        return {"full_responses": str(len(json.loads(EXPORT.read_bytes())["responses"]))}


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.setenv(VARIABLES["username"], "organiser")
    monkeypatch.setenv(VARIABLES["password"], PASSWORD)
    server = Recorded()
    yield server
    server.stop()


@pytest.fixture
def entry(recorded):
    names = {key: VARIABLES[key] for key in ("username", "password")}
    return {"name": "limesurvey", "kind": "limesurvey", "url": recorded.rpc_url, "survey": "budget",
            "survey_id": 4711, "credentials": names}  # fmt: skip


def test_a_recorded_export_is_handed_over_byte_for_byte(entry, tmp_path):
    page, last = open_source(**entry, surveys=("budget",), inbox=tmp_path).fetch(None)
    assert page.content == EXPORT.read_bytes()
    assert sorted(Cursor.read(last.cursor).held, key=int) == [str(row["id"]) for row in rows()]


def test_every_response_of_another_survey_is_parked_and_none_is_lost(entry, settings, programme):
    warehouse = Warehouse(settings, replace(programme, sources=(entry,)))
    told = collect(warehouse)
    assert (told.received, told.parked + told.rejected) == (len(rows()), len(rows()))


def test_the_cursor_lies_in_the_commit_of_the_rows(settings, programme, tmp_path, monkeypatch):
    rig = OdkRig(tmp_path, monkeypatch.setenv)
    rig.put("A001")
    warehouse = Warehouse(settings, replace(programme, sources=(rig.entry(),)))
    collect(warehouse)
    commits = [entry for entry in warehouse.delta("raw.file").history() if "cursor:central" in entry]
    assert [Cursor.read(entry["cursor:central"]).held.keys() for entry in commits] == [{"uuid:A001"}]
    assert commits[0]["operationMetrics"]["num_target_rows_inserted"] == 1
    rig.put("A002")
    rig.server.rows["uuid:A002"] |= answers("A002", 600)
    collect(warehouse)
    rig.stop()
    assert Cursor.read(warehouse.metadata("raw.file", "cursor:central")).held.keys() == {"uuid:A001", "uuid:A002"}


@pytest.mark.parametrize("rig_class", [OdkRig, KoboRig, LimeSurveyRig], ids=["odk", "kobo", "limesurvey"])
def test_a_record_that_is_listed_and_not_given_is_told_and_asked_for_again(rig_class, tmp_path, monkeypatch):
    rig = rig_class(tmp_path, monkeypatch.setenv)
    for agency in ("A001", "A002", "A003"):
        rig.put(agency)
    given, whole = [], rig.server.answer
    rig.server.answer = lambda asked: without(whole(asked), b"A002")
    with pytest.raises(SourceDown, match="1 of 3 records are listed and were not given. .* next run asks for these"):
        for delivery in rig.source().fetch(None):
            given.append(delivery)
    assert set(rig.seen(given)) == {"A001", "A003"}
    rig.server.answer = whole
    later = rig.fetched(given[-1].cursor)
    rig.stop()
    assert "A002" in rig.seen(later)


def without(answer: Answer, agency: bytes) -> Answer:
    """Take one agency's record out of an answer, as a page that shifted would."""
    body = json.loads(answer.content)
    inside = body.get("result") if isinstance(body, dict) else None
    if isinstance(inside, str) and len(inside) > 40:
        page = json.loads(base64.b64decode(inside))
        body["result"] = base64.b64encode(json.dumps(kept(page, agency)).encode()).decode()
        return Answer(json.dumps(body).encode())
    return Answer(json.dumps(kept(body, agency)).encode()) if isinstance(body, dict) else answer


def kept(page: dict, agency: bytes) -> dict:
    lists = ("value", "results", "responses")
    return {
        key: [row for row in value if row.get("agency_id", "").encode() != agency] if key in lists else value
        for key, value in page.items()
    }


def rows() -> list[dict]:
    return json.loads(EXPORT.read_bytes())["responses"]
