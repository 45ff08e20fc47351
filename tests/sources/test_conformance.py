"""Every kind of source passes every case of the conformance kit that its place can have."""

from __future__ import annotations

import pytest

from benchmarking.collect.sources import KINDS, web
from sources.conformance import CASES
from sources.rigs import RIGS, ServerRig

PAIRS = [
    pytest.param(
        kind,
        case,
        id=f"{kind}-{case}".replace(" ", "-"),
        marks=pytest.mark.slow if rig.has_real_server else (),
    )
    for kind, rig in RIGS.items()
    for case in CASES
    if case not in rig.lacks
]


@pytest.fixture
def rig_of(tmp_path, monkeypatch):
    monkeypatch.setattr(web, "FIRST_PAUSE_SECONDS", 0.01)
    started = []

    def start(kind: str):
        started.append(RIGS[kind](tmp_path, monkeypatch.setenv))
        return started[-1]

    yield start
    for rig in started:
        rig.stop()


@pytest.mark.parametrize(("kind", "case"), PAIRS)
def test_the_source_conforms(rig_of, kind, case):
    CASES[case](rig_of(kind))


def test_every_kind_of_source_has_a_rig():
    served = {rig.kind for rig in RIGS.values() if issubclass(rig, ServerRig)}
    assert served | {"folder"} == set(KINDS)


@pytest.mark.parametrize("kind", RIGS)
def test_a_case_that_a_place_cannot_have_is_left_out_with_its_reason(kind):
    assert all(case in CASES and reason for case, reason in RIGS[kind].lacks.items())
