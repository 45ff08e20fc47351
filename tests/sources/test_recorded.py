"""A recorded export of a real LimeSurvey passes through as it came, and the cursor lies in the commit of the rows."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarking.collect import collect
from benchmarking.collect.sources import open_source
from benchmarking.collect.sources.cursor import Cursor
from benchmarking.warehouse import Warehouse
from sources.fake_limesurvey import PASSWORD, FakeLimeSurvey
from sources.rigs import VARIABLES, OdkRig, answers

EXPORT = Path(__file__).parents[1] / "data" / "sources" / "limesurvey_6_export.json"


class Recorded(FakeLimeSurvey):
    """Gives the recorded export, whatever block is asked for."""

    def _export_responses(self, *call: object) -> object:
        content = EXPORT.read_bytes()
        if call[9] == ["id"]:
            ids = [{"id": row["id"]} for row in json.loads(content)["responses"]]
            content = json.dumps({"responses": ids}).encode()
        return base64.b64encode(content).decode()


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


def rows() -> list[dict]:
    return json.loads(EXPORT.read_bytes())["responses"]
