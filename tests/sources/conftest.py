"""What the tests of sources share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from benchmarking.collect.sources import web
from sources.rigs import RIGS, Rig


@pytest.fixture
def rig_of(tmp_path, monkeypatch) -> Iterator[Callable[[str], Rig]]:
    """Start places of certain kinds, which are stopped after the test; nobody waits long before asking again."""
    monkeypatch.setattr(web, "FIRST_PAUSE_SECONDS", 0.01)
    started: list[Rig] = []

    def start(kind: str) -> Rig:
        started.append(RIGS[kind](tmp_path, monkeypatch.setenv))
        return started[-1]

    yield start
    for rig in started:
        rig.stop()
