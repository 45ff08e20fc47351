"""The conformance kit: what every source must do, whatever it reads. A case is a function of a rig.

A new kind of source passes the kit by adding a rig for it; nothing here knows any kind.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from benchmarking.collect.source import Delivery, SourceDown
from sources.rigs import FIRST, LATEST, Rig

CASES: dict[str, Callable[[Rig], None]] = {}
FIVE = {f"A00{number}": "500" for number in range(1, 6)}


def case(name: str) -> Callable[[Callable[[Rig], None]], Callable[[Rig], None]]:
    def enter(function: Callable[[Rig], None]) -> Callable[[Rig], None]:
        CASES[name] = function
        return function

    return enter


def cursor_of(deliveries: list[Delivery], before: str | None = None) -> str | None:
    """Give the cursor that collect commits: that of the last delivery which carries one."""
    return next((delivery.cursor for delivery in reversed(deliveries) if delivery.cursor is not None), before)


def put_five(rig: Rig) -> None:
    for number, agency in enumerate(FIVE):
        rig.put(agency, at=f"2026-08-01T10:00:0{number}.000Z")


@case("two pages")
def more_than_one_page_is_received_whole(rig: Rig) -> None:
    put_five(rig)
    deliveries = rig.fetched()
    assert rig.seen(deliveries) == FIVE
    assert len([delivery for delivery in deliveries if delivery.content]) >= 2
    assert all(delivery.cursor is None for delivery in deliveries[:-1])


@case("equal times")
def a_page_boundary_among_equal_times_loses_nobody(rig: Rig) -> None:
    for agency in FIVE:
        rig.put(agency, at=FIRST)
    first = rig.fetched()
    rig.put("A006", at=FIRST)
    second = rig.fetched(cursor_of(first))
    assert rig.seen(first) == FIVE
    assert rig.seen(second)["A006"] == "500"


@case("replay")
def the_same_state_gives_the_same_bytes_and_a_known_one_nothing_new(rig: Rig) -> None:
    put_five(rig)
    first, again = rig.fetched(), rig.fetched()
    assert first == again
    later = rig.fetched(cursor_of(first))
    known = {d.content for d in first} if rig.may_repeat else {b""}
    assert {d.content for d in later} <= known
    assert cursor_of(later, cursor_of(first)) == cursor_of(first)


@case("interrupted")
def a_run_that_ends_after_one_page_is_made_good_by_the_next(rig: Rig) -> None:
    put_five(rig)
    interrupted = rig.source().fetch(None)
    only = next(interrupted)
    interrupted.close()
    assert only.cursor is None
    assert rig.seen(rig.fetched(only.cursor)) == FIVE


@case("edit")
def an_edited_record_comes_again_as_often_as_it_is_edited(rig: Rig) -> None:
    put_five(rig)
    cursor = cursor_of(rig.fetched())
    rig.edit("A002", 750)
    later = rig.fetched(cursor)
    assert rig.seen(later)["A002"] == "750"
    rig.edit("A002", 800, LATEST)
    last = rig.fetched(cursor_of(later, cursor))
    assert rig.seen(last)["A002"] == "800"
    assert not [delivery for delivery in (*later, *last) if delivery.deletions]
    assert rig.may_repeat or rig.seen(rig.fetched(cursor_of(last))) == {}


@case("partial")
def what_is_unfinished_is_never_taken_for_finished(rig: Rig) -> None:
    rig.put("A001")
    if hasattr(rig, "put_partial"):
        rig.put_partial("A002")
        assert rig.seen(rig.fetched()) == {"A001": "500"}
    else:
        rig.put("A002", is_whole=False)
        deliveries = rig.fetched()
        assert (rig.is_partial(deliveries, "A001"), rig.is_partial(deliveries, "A002")) == (False, True)


@case("test")
def a_test_answer_is_not_read(rig: Rig) -> None:
    rig.put("A001")
    rig.put_test("A002")
    assert rig.seen(rig.fetched()) == {"A001": "500"}


@case("deletion")
def a_withdrawn_record_is_named_once_and_a_file_taken_away_never(rig: Rig) -> None:
    put_five(rig)
    cursor = cursor_of(rig.fetched())
    gone = rig.remove("A003")
    later = rig.fetched(cursor)
    last = rig.fetched(cursor_of(later, cursor))
    assert [key for delivery in later for key in delivery.deletions] == ([gone] if gone else [])
    assert [key for delivery in last for key in delivery.deletions] == []


@case("busy")
def a_busy_server_is_given_the_time_it_asks_for(rig: Rig) -> None:
    put_five(rig)
    rig.fault("busy", 1)
    started = time.monotonic()
    assert rig.seen(rig.fetched()) == FIVE
    assert time.monotonic() - started >= 1


@case("cut")
def an_answer_that_breaks_off_is_asked_for_again_and_never_half_kept(rig: Rig) -> None:
    put_five(rig)
    rig.fault("cut", 0.5)
    assert rig.seen(rig.fetched()) == FIVE
    rig.fault("cut", 0.5, times=60)
    with pytest.raises(SourceDown, match="next run"):
        rig.fetched()


@case("short")
def a_body_that_ends_early_as_if_it_were_whole_is_never_taken_for_whole(rig: Rig) -> None:
    put_five(rig)
    rig.fault("broken", 0.5)
    first = rig.fetched()
    assert {**rig.seen(first), **rig.seen(rig.fetched(cursor_of(first)))} == FIVE


@case("refused")
def refused_credentials_are_named_by_variable_and_never_shown(rig: Rig) -> None:
    rig.put("A001")
    rig.refuse()
    with pytest.raises(SourceDown, match="Check [A-Z0-9_]+") as raised:
        rig.fetched()
    assert "wrong-secret" not in str(raised.value)


@case("empty")
def an_empty_place_gives_nothing_and_is_no_error(rig: Rig) -> None:
    assert rig.seen(rig.fetched()) == {}
    rig.put("A001")
    assert rig.seen(rig.fetched(cursor_of(rig.fetched()))) in ({}, {"A001": "500"})
    assert rig.seen(rig.fetched(None)) == {"A001": "500"}


@case("away")
def a_place_that_is_away_says_so_and_what_to_do(rig: Rig) -> None:
    rig.put("A001")
    with pytest.raises(SourceDown, match=r"(cannot be reached|cannot be read|is not there).*(next run|mount)"):
        rig.fetched(**rig.away())
