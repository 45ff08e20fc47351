"""What a survey server says that is no record: closed, empty, not logged in, not speaking, deleting meanwhile."""

from __future__ import annotations

import json

import pytest

from benchmarking.collect.source import SourceDown
from benchmarking.collect.sources import web
from sources.conformance import FIVE, cursor_of, put_five
from sources.rigs import RIGS, ServerRig
from sources.served import Answer, Asked

SERVERS = [kind for kind, rig in RIGS.items() if issubclass(rig, ServerRig)]


@pytest.mark.parametrize("has_codes", [False, True], ids=["version-6", "version-7"])
def test_an_active_survey_without_a_response_is_empty_in_every_version(rig_of, has_codes):
    rig = rig_of("limesurvey")
    rig.server.has_codes = has_codes
    assert rig.seen(rig.fetched()) == {}
    rig.put("A001")
    before = rig.fetched()
    rig.remove("A001")
    (last,) = rig.fetched(cursor_of(before))
    assert last.deletions == ("1",)


@pytest.mark.parametrize("has_codes", [False, True], ids=["version-6", "version-7"])
def test_a_survey_that_is_no_longer_active_withdraws_nobody(rig_of, has_codes):
    rig = rig_of("limesurvey")
    rig.server.has_codes = has_codes
    put_five(rig)
    cursor = cursor_of(rig.fetched())
    rig.server.is_active = False
    with pytest.raises(SourceDown, match="is no longer active; its 5 responses known are out of reach. Nothing was w"):
        rig.fetched(cursor)
    assert rig.seen(rig.fetched()) == {}


def test_too_many_tries_to_log_in_are_told_in_the_servers_words(rig_of):
    rig = rig_of("limesurvey")
    words = "You have exceeded the number of maximum login attempts. Please wait 10 minutes before trying again."
    rig.server._get_session_key = lambda *_: {"status": words}
    with pytest.raises(SourceDown, match=r"refuses the credentials \('You have exceeded .*Check SURVEY_USER and"):
        rig.fetched()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "does not answer in JSON-RPC. Check the url, and that JSON-RPC is chosen", id="switched-off"),
        pytest.param(b"<html>Sign in</html>", "does not answer in JSON-RPC", id="a-web-page"),
        pytest.param(b"{}", "has not the shape known", id="no-keys"),
        pytest.param(b"[1]", "has not the shape known", id="a-list"),
        pytest.param(b'{"id": -1, "result": "k", "error": null}', "answers another question", id="another-answer"),
    ],
)
def test_a_limesurvey_that_does_not_speak_is_told_apart_from_one_that_refuses(rig_of, content, says):
    rig = rig_of("limesurvey")
    rig.server.answer = lambda asked: Answer(content)
    with pytest.raises(SourceDown, match=says):
        rig.fetched()


@pytest.mark.parametrize("kind", ["odk", "kobo"])
@pytest.mark.parametrize("content", [b"[]", b'"words"', b"null", b"7", b'{"token": "x"}'])
def test_an_answer_of_another_shape_is_told_and_stops_no_other_source(rig_of, kind, content):
    rig = rig_of(kind)
    rig.put("A001")
    rig.server.answer = lambda asked: Answer(content)
    with pytest.raises(SourceDown, match="has not the shape known|is not a list"):
        rig.fetched()


@pytest.mark.parametrize("kind", ["odk", "kobo"])
def test_a_record_deleted_between_two_pages_hides_no_other(rig_of, kind):
    rig = rig_of(kind)
    put_five(rig)
    whole, pages = rig.server.answer, []

    def answer(asked: Asked) -> Answer:
        given = whole(asked)
        if json.loads(given.content if given.content else b"{}") and is_page(asked):
            pages.append(asked)
            if len(pages) == 1:
                # The first page has gone out: one of its records is deleted.
                rig.remove("A005" if kind == "odk" else "A001")
        return given

    def is_page(asked: Asked) -> bool:
        return asked.path.endswith(".svc/Submissions") or ("limit" in asked.query and "fields" not in asked.query)

    rig.server.answer = answer
    assert rig.seen(rig.fetched()) == FIVE
    assert len(pages) == 3


def test_a_record_deleted_during_a_sweep_of_several_pages_withdraws_no_other(rig_of):
    rig = rig_of("kobo")
    put_five(rig)
    cursor = cursor_of(rig.fetched())
    rig.server.most = 2
    whole, sweeps = rig.server.answer, []

    def answer(asked: Asked) -> Answer:
        given = whole(asked)
        sweeps.append(asked)
        if len(sweeps) == 1:
            rig.remove("A001")
        return given

    rig.server.answer = answer
    assert [key for delivery in rig.fetched(cursor) for key in delivery.deletions] == []
    assert [key for delivery in rig.fetched(cursor) for key in delivery.deletions] == ["1"]


def test_the_session_at_odk_central_is_ended_and_a_failed_good_bye_hides_nothing(rig_of):
    rig = rig_of("odk")
    rig.put("A001")
    assert rig.seen(rig.fetched()) == {"A001": "500"}
    assert [asked.path for asked in rig.server.asked if asked.method == "DELETE"] == ["/v1/sessions/current"]
    assert rig.server.token == ""
    whole = rig.server.answer
    rig.server.answer = lambda asked: Answer(b"{}", 500) if asked.method == "DELETE" else whole(asked)
    assert rig.seen(rig.fetched()) == {"A001": "500"}


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_that_falls_silent_is_given_up(rig_of, kind, monkeypatch):
    rig = rig_of(kind)
    rig.put("A001")
    monkeypatch.setattr(web, "TIMEOUT_SECONDS", (5, 0.2))
    rig.fault("silent", 0, times=60)
    with pytest.raises(SourceDown, match=r"cannot be reached\. .*the next run catches up"):
        rig.fetched()
