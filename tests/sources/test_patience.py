"""The HTTP client waits as long as it is asked to, within reason, and never carries credentials elsewhere."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

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


@pytest.mark.parametrize(
    ("words", "least", "most"),
    [
        pytest.param("2", 2, 2, id="seconds"),
        pytest.param(" 2 ", 2, 2, id="seconds-between-spaces"),
        pytest.param(format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True), 80_000, 86_401, id="a-date"),
        pytest.param("Wed, 01 Jan 2020 00:00:00 GMT", 0, 0, id="a-date-that-has-passed"),
        pytest.param("9" * 5000, float("inf"), float("inf"), id="for-ever"),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(words, least, most):
    assert least <= web.seconds_asked(words) <= most


@pytest.mark.parametrize("words", [None, "", "soon", "1.5", "-3", "\u00b2", "Wed, 99 Jan 2020"])
def test_a_retry_after_that_nobody_can_read_asks_for_nothing(words):
    assert web.seconds_asked(words) is None


def test_a_date_in_retry_after_is_waited_for(server, api):
    # The header has whole seconds: three from now are at least two.
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
    server.busy = lambda seconds: Answer(b"slow down", 503, {"Retry-After": later})
    server.faults = [("busy", 0)]
    started = time.monotonic()
    assert api.get("x")[0] == server.content
    assert time.monotonic() - started >= 1.9


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}], ids=["none", "no-time"])
def test_a_busy_server_that_names_no_time_is_asked_again_at_our_own_pace(server, api, headers):
    server.busy = lambda seconds: Answer(b"slow down", 429, headers)
    server.faults = [("busy", 0)] * 2
    assert api.get("x")[0] == server.content
    assert len(server.asked) == 3


def test_a_wait_without_end_is_left_to_the_next_run(server, api):
    server.busy = lambda seconds: Answer(b"", 429, {"Retry-After": "9" * 5000})
    server.faults = [("busy", 0)]
    with pytest.raises(SourceDown, match="the server asks to wait for ever. .*next run catches up"):
        api.get("x")


def test_a_server_that_takes_the_request_and_never_answers_is_given_up(server, api, monkeypatch):
    monkeypatch.setattr(web, "TIMEOUT_SECONDS", (5, 0.1))
    server.faults = [("silent", 0)] * 20
    with pytest.raises(SourceDown, match=r"cannot be reached\. Nothing is lost; the next run catches up"):
        api.get("x")
    assert len(server.asked) == web.ATTEMPTS


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(server, api, monkeypatch):
    monkeypatch.setattr(web, "LONGEST_ANSWER_SECONDS", 0.3)
    server.faults = [("slow", 0.05)] * 20
    with pytest.raises(SourceDown, match=r"takes longer than 0\.3 seconds\. .*the next run asks again"):
        api.get("x")
    assert len(server.asked) == 1


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_an_answer_without_end_is_read_to_the_limit_and_no_further(server, api, monkeypatch, packed):
    monkeypatch.setattr(web, "LARGEST_ANSWER_BYTES", 10_000)
    content = b'{"value": "' + b"0" * 50_000_000 + b'"}'
    headers = {"Content-Encoding": "gzip"} if packed else {}
    sent = gzip.compress(content) if packed else content
    server.answer = lambda asked: Answer(sent, 200, headers)
    with pytest.raises(SourceDown, match=r"place: an answer of http://127.0.0.1 is larger than 10,000 bytes"):
        api.get("x")


def test_a_packed_answer_is_given_unpacked(server, api):
    server.answer = lambda asked: Answer(gzip.compress(server.content), 200, {"Content-Encoding": "gzip"})
    assert api.get("x")[0] == server.content


@pytest.fixture
def in_chunks():
    """Serve an answer in chunks, packed, as the real servers do; the first times it ends without its last chunk."""
    listener = socket.create_server(("127.0.0.1", 0))
    packed = gzip.compress(Fixed.content)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(packed[n : n + 50]), packed[n : n + 50]) for n in range(0, len(packed), 50)
    )
    cuts = [chunks[:70], chunks, chunks + b"0\r\n\r\n"]

    def serve() -> None:
        while cuts:
            connection, _ = listener.accept()
            body = cuts.pop(0)
            with connection:
                connection.recv(65536)
                connection.sendall(head + body)

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", cuts
    listener.close()


def test_an_answer_in_chunks_is_whole_with_its_last_chunk_and_not_before(in_chunks, monkeypatch):
    monkeypatch.setattr(web, "FIRST_PAUSE_SECONDS", 0.01)
    url, left = in_chunks
    with web.WebApi("place", url, "PLACE_TOKEN") as api:
        assert api.get("x")[0] == Fixed.content
    assert left == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_redirect_takes_the_credentials_to_another_server(server, api, status, method):
    elsewhere = Fixed()
    api.authorise("Token hunter2")
    server.answer = lambda asked: Answer(b"", status, {"Location": f"{elsewhere.url}/caught?token=hunter2"})
    with pytest.raises(SourceDown, match="place: .* sends on to http://127.0.0.1; it was not followed") as raised:
        api.get("x") if method == "get" else api.post("x", {"password": "hunter2"})
    elsewhere.stop()
    assert elsewhere.asked == []
    assert "hunter2" not in str(raised.value)


def test_a_login_of_the_machine_does_not_replace_the_credentials(server, api, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    api.authorise("Token right")
    api.get("x")
    assert server.asked[0].headers["Authorization"] == "Token right"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_web_page_in_place_of_data_is_told_apart_from_an_answer_cut_short(server, api, method):
    server.answer = lambda asked: Answer(b"\n<!DOCTYPE html><title>Sign in</title>")
    with pytest.raises(SourceDown, match="answers with a web page where data should be. Check the url"):
        api.get("x") if method == "get" else api.post("x", {})


def test_values_nested_beyond_reason_are_no_answer(server, api):
    server.answer = lambda asked: Answer(b"[" * 100_000)
    with pytest.raises(SourceDown, match="breaks off after 100,000 bytes"):
        api.get("x")


def test_a_next_link_that_names_the_same_server_by_another_scheme_is_asked_as_the_url_says(server, api):
    assert api.get(server.url.replace("http:", "https:") + "/x?page=2")[0] == server.content
    assert (server.asked[0].path, server.asked[0].query) == ("/x", {"page": "2"})


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
    "link",
    [
        "https://elsewhere.example.org/next",
        "//elsewhere.example.org/next",
        "http://127.0.0.1:1/x",
        "http://127.0.0.1:99999/x",
        "http://127.0.0.1@elsewhere.example.org/x",
        "file:///etc/hostname",
    ],
)
def test_a_next_link_to_another_server_is_not_followed(server, api, link):
    with pytest.raises(SourceDown, match="leads to .*; it was not followed"):
        api.get(link)
    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["http://example.org", "ftp://example.org", "https://", "https://a:b@example.org", "https://a@example.org"]
)
def test_only_https_without_credentials_is_an_address(url):
    with pytest.raises(DefinitionError):
        web.checked_url("place", url)
