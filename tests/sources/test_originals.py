"""After an agency was erased, its originals at a source are removed where that is allowed, and named where not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarking.collect import collect
from benchmarking.collect.erase import Erasure, erase
from benchmarking.collect.sources import web
from benchmarking.warehouse import Warehouse
from sources.rigs import RIGS, FolderRig, Rig, ServerRig

FILES = [
    pytest.param(kind, id=kind.replace(" ", "-"), marks=pytest.mark.slow if rig.has_real_server else ())
    for kind, rig in RIGS.items()
    if issubclass(rig, FolderRig)
]
SERVERS = [kind for kind, rig in RIGS.items() if issubclass(rig, ServerRig)]


@pytest.fixture
def collected(settings, programme, tmp_path, monkeypatch):
    """Start a place with two agencies' submissions, collect it, and give the rig with what erases A002 there."""
    monkeypatch.setattr(web, "FIRST_PAUSE_SECONDS", 0.01)
    started: list[Rig] = []

    def start(kind: str) -> tuple[Rig, Warehouse]:
        rig = RIGS[kind](tmp_path, monkeypatch.setenv)
        started.append(rig)
        for agency in ("A001", "A002"):
            rig.put(agency)
        warehouse = Warehouse(settings, replace(programme, sources=(rig.entry(),)))
        collect(warehouse)
        return rig, warehouse

    yield start
    for rig in started:
        rig.stop()


def erased(warehouse: Warehouse, **options: object) -> Erasure:
    (entry,) = warehouse.programme.sources
    programme = replace(warehouse.programme, sources=({**entry, **options},))
    return erase(Warehouse(warehouse.settings, programme), "A002")


@pytest.mark.parametrize("kind", FILES)
def test_an_original_is_named_and_left_where_the_source_does_not_allow_its_removal(collected, kind):
    rig, warehouse = collected(kind)
    told = erased(warehouse)
    (sentence,) = told.still_to_remove
    assert sentence.startswith(f"{rig.entry()['name']}: ")
    assert sentence.endswith("/budget/A002.csv still lies there; remove it, or set may_erase for the source.")
    assert told.removed_originals == ()
    assert set(rig.seen(rig.fetched())) == {"A001", "A002"}


@pytest.mark.parametrize("kind", FILES)
def test_an_original_is_removed_where_the_source_allows_it_and_no_other_file_is(collected, kind):
    rig, warehouse = collected(kind)
    told = erased(warehouse, may_erase=True)
    (address,) = told.removed_originals
    assert address.endswith("/budget/A002.csv")
    assert told.still_to_remove == ()
    assert set(rig.seen(rig.fetched())) == {"A001"}
    assert collect(warehouse).received == 0


@pytest.mark.parametrize("kind", FILES)
def test_a_place_that_is_away_is_said_and_the_next_erasing_finds_the_original(collected, kind):
    rig, warehouse = collected(kind)
    (sentence,) = erased(warehouse, may_erase=True, **rig.away()).still_to_remove
    assert sentence.startswith(f"{rig.entry()['name']}: ")
    assert sentence.endswith("Its files were not all looked at or removed; run erase again.")
    assert len(erased(warehouse, may_erase=True).removed_originals) == 1


def test_an_original_under_another_name_is_found_by_its_bytes(collected):
    rig, warehouse = collected("folder")
    (rig.place / "budget" / "A002.csv").rename(rig.place / "budget" / "a letter from ann.csv")
    assert len(erased(warehouse, may_erase=True).removed_originals) == 1
    assert [path.name for path in (rig.place / "budget").iterdir()] == ["A001.csv"]


@pytest.mark.parametrize("kind", SERVERS)
def test_a_record_in_a_survey_tool_is_named_to_be_deleted_there(collected, kind):
    rig, warehouse = collected(kind)
    (sentence,) = erased(warehouse).still_to_remove
    record = "uuid:A002" if kind == "odk" else "2"
    assert (
        sentence == f"{rig.entry()['name']}: delete {record} at {rig.entry()['url']}; no record is deleted from here."
    )
