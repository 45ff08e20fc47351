"""A busy S3 server is given the time that it asks for in Retry-After, within reason."""

from __future__ import annotations

import time

import pytest

from benchmarking.collect.source import SourceDown
from sources.rigs import S3Rig
from sources.served import Answer

pytestmark = pytest.mark.slow


@pytest.fixture
def rig(tmp_path, monkeypatch):
    started = S3Rig(tmp_path, monkeypatch.setenv)
    started.put("A001")
    yield started
    started.stop()


@pytest.mark.parametrize("status", [429, 503])
def test_the_time_asked_for_is_waited(rig, status):
    body = b"<Error><Code>TooManyRequests</Code><Message>later</Message></Error>"
    headers = {"Content-Type": "application/xml", "Retry-After": "2"}
    rig.proxy.busy = lambda seconds: Answer(body, status, headers)
    rig.fault("busy", 2, times=2)
    started = time.monotonic()
    assert rig.seen(rig.fetched()) == {"A001": "500"}
    assert time.monotonic() - started >= 4
    assert rig.proxy.faults == []


def test_a_wait_of_an_hour_is_left_to_the_next_run(rig):
    rig.fault("busy", 3600)
    with pytest.raises(SourceDown, match=r"bucket: the server asks to wait 3,600 seconds. .*next run catches up"):
        rig.fetched()
    assert rig.seen(rig.fetched()) == {"A001": "500"}
