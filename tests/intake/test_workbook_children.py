"""The children that parse workbooks: what a file does to one is that file's own verdict, and no other's."""

from __future__ import annotations

import os
import signal

import pytest

from benchmarking.collect.readers import workbook
from benchmarking.collect.readers.workbook import Child, children
from benchmarking.settings import Limits
from intake.workbooks import book

GOOD = book(("agency_id", "survey_year", "budget_gbp"), ("A1", 2026, 300))
BIG = book(("agency_id", "survey_year", "budget_gbp"), *(("A1", 2026, n) for n in range(30_000)))


@pytest.fixture
def child():
    one = Child(Limits())
    yield one
    one.stop()


def has_rows(answer: dict) -> bool:
    return "refusal" not in answer and len(answer["sheets"][0]["rows"]) == 2


def test_one_child_reads_many_files(child):
    assert has_rows(child.ask(GOOD))
    first = child.process.pid
    assert all(has_rows(child.ask(GOOD)) for _ in range(5))
    assert child.process.pid == first


def test_a_child_is_replaced_after_so_many_files(child, monkeypatch):
    monkeypatch.setattr(workbook, "FILES_A_CHILD", 2)
    pids = []
    for _ in range(5):
        assert has_rows(child.ask(GOOD))
        pids.append(child.process.pid)
    assert [pids[n] == pids[n + 1] for n in range(4)] == [True, False, True, False]


def test_a_killed_child_is_replaced(child):
    child.ask(GOOD)
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    assert has_rows(child.ask(GOOD))


def test_a_file_beyond_the_memory_is_refused():
    with children(Limits(parse_memory_bytes=64 * 1024**2), count=1) as readers:
        (refused,) = readers.read([BIG])
    assert refused.refusal is not None and refused.refusal.rule == "file.gave_up"


@pytest.mark.slow
def test_a_file_beyond_its_processor_time_is_refused_and_the_next_one_read():
    many = book(("a", "b"), *((n, str(n)) for n in range(150_000)))
    with children(Limits(parse_seconds=1), count=1) as readers:
        refused, read = readers.read([many, GOOD])
    assert refused.refusal is not None and refused.refusal.rule == "file.gave_up"
    assert read.refusal is None


def test_readings_come_in_the_order_of_the_files():
    books = [book(("agency_id", "survey_year"), (f"A{n}", 2026)) for n in range(12)]
    with children(Limits()) as readers:
        readings = readers.read(books)
    assert [reading.grids[0].rows.column("0").to_pylist() for reading in readings] == [[f"A{n}"] for n in range(12)]
