"""The servers that the tests fake answer in the shapes of the real ones; see tests/data/sources/ORIGIN.md."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import requests

from sources.fake_kobo import PATH, TOKEN
from sources.fake_odk import FORM, PASSWORD
from sources.rigs import KoboRig, LimeSurveyRig, OdkRig, Rig
from sources.served import Answer

FOLDER = Path(__file__).parents[1] / "data" / "sources"
SHAPES = json.loads((FOLDER / "shapes.json").read_text())
SHAPED = json.loads((FOLDER / "odk_central_submissions.json").read_text())
ZULU, LOCAL = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"


@pytest.fixture
def rig_of(tmp_path, monkeypatch):
    started: list[Rig] = []

    def start(rig_class: type[Rig]) -> Rig:
        started.append(rig_class(tmp_path, monkeypatch.setenv))
        for second, agency in enumerate(("A001", "A002")):
            started[-1].put(agency, at=f"2026-08-01T10:00:0{second}.000Z")
        return started[-1]

    yield start
    for rig in started:
        rig.stop()


def test_odk_central_lists_submissions_newest_first_with_its_fields(rig_of):
    rig = rig_of(OdkRig)
    login = {"email": "organiser@example.org", "password": PASSWORD}
    token = requests.post(f"{rig.server.url}/v1/sessions", json=login, timeout=9).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    listed = requests.get(f"{rig.server.url}{FORM}/submissions", headers=headers, timeout=9).json()
    assert all(set(SHAPES["odk_listed"]) <= set(entry) for entry in (*listed, *SHAPED))
    for entries in (listed, SHAPED):
        times = [entry["createdAt"] for entry in entries]
        assert times == sorted(times, reverse=True)
        assert all(re.fullmatch(ZULU, time) for time in times)
    (page,) = [json.loads(delivery.content) for delivery in rig.fetched() if delivery.content]
    assert all(set(SHAPES["odk_row"]) <= set(row) for row in page["value"])


def test_a_list_in_the_shape_of_odk_central_is_swept_whole(rig_of):
    rig = rig_of(OdkRig)
    rows, pages = {entry["instanceId"] for entry in SHAPED}, rig.server.answer
    feed = [
        {
            "__id": e["instanceId"],
            "__system": {"submissionDate": e["createdAt"], "updatedAt": None, "reviewState": None},
        }
        for e in SHAPED
    ]

    def answer(asked):
        if asked.path == f"{FORM}/submissions":
            return Answer(json.dumps(SHAPED).encode())
        return Answer(json.dumps({"value": feed}).encode()) if asked.path.endswith(".svc/Submissions") else pages(asked)

    rig.server.answer = answer
    *_, last = rig.fetched()
    assert (set(json.loads(last.cursor)["held"]), last.control_total) == (rows, 4)


def test_kobotoolbox_gives_the_fields_seen_and_an_edit_keeps_the_id(rig_of):
    rig = rig_of(KoboRig)
    rig.edit("A002", 750)
    query = {"format": "json", "start": "0", "limit": "10"}
    asked = requests.get(
        f"{rig.server.url}{PATH}", params=query, headers={"Authorization": f"Token {TOKEN}"}, timeout=9
    )
    first, edited = asked.json()["results"]
    assert set(asked.json()) == {"count", "next", "previous", "results"}
    assert set(SHAPES["kobo_row"]) <= set(first)
    assert set(SHAPES["kobo_edited_row"]) <= set(edited) - set(first)
    assert (edited["_id"], edited["meta/instanceID"]) == (2, f"uuid:{edited['_uuid']}")
    assert re.fullmatch(LOCAL, first["_submission_time"])


def test_limesurvey_exports_the_fields_of_a_real_export(rig_of):
    (page,) = [json.loads(delivery.content) for delivery in rig_of(LimeSurveyRig).fetched() if delivery.content]
    real = json.loads((FOLDER / "limesurvey_6_export.json").read_text())["responses"]
    for row in (*page["responses"], *real):
        assert set(SHAPES["limesurvey_row"]) <= set(row)
        assert row["submitdate"] is None or re.fullmatch(LOCAL, row["submitdate"])
