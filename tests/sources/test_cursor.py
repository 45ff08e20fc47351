"""A cursor says what is new, edited and gone, and one that cannot be read starts from the beginning."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarking.collect.sources.cursor import LONG_AGO, Cursor, mark

HELD = Cursor(datetime(2026, 8, 1, tzinfo=UTC), {"a": "1", "b": "2"})
KEYS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=8)


@given(KEYS)
def test_a_written_cursor_reads_back_the_same(held):
    cursor = Cursor(datetime(2026, 8, 1, 10, 0, 0, 123000, tzinfo=UTC), held)
    assert Cursor.read(cursor.write()) == cursor


@pytest.mark.parametrize(
    ("marks", "changed", "gone"),
    [
        pytest.param({"a": "1", "b": "2"}, [], (), id="same"),
        pytest.param({"a": "1", "b": "3"}, ["b"], (), id="edited"),
        pytest.param({"a": "1", "b": "2", "c": "3"}, ["c"], (), id="new"),
        pytest.param({"b": "2"}, [], ("a",), id="gone"),
        pytest.param({}, [], ("a", "b"), id="all-gone"),
    ],
)
def test_the_sweep_is_compared_with_what_was_held(marks, changed, gone):
    assert (HELD.changed(marks), HELD.gone(marks)) == (changed, gone)


@pytest.mark.parametrize(
    "text",
    [None, "", "x", "[]", "{}", '{"newest": 5, "held": {}}', '{"newest": "2026-08-01T00:00:00", "held": {}}'],
    ids=["none", "empty", "no-json", "list", "no-keys", "number", "no-zone"],
)
def test_a_cursor_that_cannot_be_read_starts_from_the_beginning(text):
    assert Cursor.read(text) == Cursor(LONG_AGO, {})


def test_a_mark_tells_parts_apart_that_join_to_the_same_text():
    assert mark("ab", "c") != mark("a", "bc")
