"""The HTTP client waits as long as it is asked to, within reason, and never carries credentials elsewhere."""

from __future__ import annotations

import json
import time

import pytest

from benchmarking.collect.source import SourceDown
from benchmarking.collect.sources import web
from benchmarking.errors import DefinitionError
from sources.served import Answer, Served


class Fixed(Served):
    content = json.dumps({"value": list(range(100))}).encode()

    def answer(self, asked):
        return Answer(self.content)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(web, "FIRST_PAUSE_SECONDS", 0.01)
    served = Fixed()
    yield served
    served.stop()


@pytest.fixture
def api(server):
    with web.WebApi("place", server.url, "PLACE_TOKEN") as opened:
        yield opened


def test_the_bytes_are_given_as_received(server, api):
    assert api.get("x") == (server.content, {"value": list(range(100))})


def test_retry_after_is_waited_for(server, api):
    server.faults = [("busy", 1), ("busy", 1)]
    started = time.monotonic()
    assert api.get("x")[0] == server.content
    assert time.monotonic() - started >= 2
    assert len(server.asked) == 3


def test_a_wait_of_an_hour_is_left_to_the_next_run(server, api):
    server.faults = [("busy", 3600)]
    with pytest.raises(SourceDown, match="place: the server asks to wait 3,600 seconds. .*next run catches up"):
        api.get("x")


@pytest.mark.parametrize("fault", ["cut", "broken"])
def test_a_short_answer_is_asked_for_again(server, api, fault):
    server.faults = [(fault, 0.7)]
    assert api.get("x")[0] == server.content
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("status", "says"),
    [
        pytest.param(401, r"refuses the credentials \(401\). Check PLACE_TOKEN", id="401"),
        pytest.param(403, r"refuses the credentials \(403\). Check PLACE_TOKEN", id="403"),
        pytest.param(404, "knows no such form", id="404"),
        pytest.param(418, "answers 418", id="418"),
        pytest.param(500, r"is busy or broken \(500\)", id="500-for-good"),
    ],
)
def test_each_refusal_has_its_sentence(server, api, status, says):
    server.faults = [("status", status)] * 20
    with pytest.raises(SourceDown, match=says):
        api.get("x")


@pytest.mark.parametrize(
    "link", ["https://elsewhere.example.org/next", "//elsewhere.example.org/next", "http://127.0.0.1:1/x"]
)
def test_a_next_link_to_another_server_is_not_followed(server, api, link):
    with pytest.raises(SourceDown, match="leads to .*; it was not followed"):
        api.get(link)
    assert server.asked == []


@pytest.mark.parametrize("url", ["http://example.org", "ftp://example.org", "https://", "https://a:b@example.org"])
def test_only_https_without_credentials_is_an_address(url):
    with pytest.raises(DefinitionError):
        web.checked_url("place", url)
