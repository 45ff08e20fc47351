"""Rows appended as they come: one commit, every unit once, and nothing left of what was not committed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from benchmarking import appending
from benchmarking.appending import Appending
from benchmarking.errors import StaleRead
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse

ANSWER = "raw.answer"
REPEATED = ("survey", "question", "column_name", "state")
ONE, TWO, THREE = ("1" * 24, "2" * 24, "3" * 24)


def answers(unit: str, count: int) -> pa.Table:
    entry = {
        "survey": "s",
        "survey_year": 2026,
        "agency_id": "A",
        "roster_row": 0,
        "question": "q",
        "state": "answered",
    }
    rows = [{**entry, "submission_id": f"{unit}{n:08d}", "raw_text": str(n)} for n in range(count)]
    return pa.Table.from_pylist(rows, schema=TABLES[ANSWER].schema)


def counts(warehouse: Warehouse) -> dict[str, int]:
    text = f"SELECT left(submission_id, 24), count(*) FROM {ANSWER} GROUP BY 1"
    with warehouse.connect() as connection:
        return dict(connection.execute(text).fetchall())


def data_files(warehouse: Warehouse) -> set[str]:
    return {path.name for path in Path(warehouse.path(ANSWER)).glob("*.parquet")}


def test_rows_written_piece_by_piece_appear_in_one_commit(warehouse, monkeypatch):
    monkeypatch.setattr(appending, "ROW_GROUP", 3)
    with Appending(warehouse, ANSWER, REPEATED) as rows:
        for unit in (ONE, TWO):
            rows.write(answers(unit, 4), {unit})
        assert warehouse.version(ANSWER) is None
        assert rows.commit({"cursor:inbox": "7"}) == 8
    assert counts(warehouse) == {ONE: 4, TWO: 4}
    assert warehouse.version(ANSWER) == 1
    assert warehouse.metadata(ANSWER, "cursor:inbox") == "7"


def test_a_unit_that_another_writer_brought_first_is_left_out(warehouse):
    with Appending(warehouse, ANSWER, REPEATED) as late, Appending(warehouse, ANSWER, REPEATED) as early:
        late.write(answers(ONE, 3), {ONE})
        late.write(answers(TWO, 2), {TWO})
        early.write(answers(TWO, 2), {TWO})
        early.write(answers(THREE, 1), {THREE})
        assert early.commit() == 3
        assert late.commit() == 3
    assert counts(warehouse) == {ONE: 3, TWO: 2, THREE: 1}
    assert len(data_files(warehouse)) == 2


def test_what_is_there_already_is_not_committed_again(warehouse):
    for wanted in (3, 0):
        with Appending(warehouse, ANSWER, REPEATED) as rows:
            rows.write(answers(ONE, 3), {ONE})
            assert rows.commit() == wanted
    assert (counts(warehouse), warehouse.version(ANSWER)) == ({ONE: 3}, 1)


def test_units_are_looked_for_by_their_whole_name(warehouse):
    with Appending(warehouse, ANSWER, REPEATED) as rows:
        rows.write(answers(ONE, 1), {ONE})
        rows.write(answers(THREE, 1), {THREE})
        rows.commit()
        assert rows.units_there({ONE, TWO, "1" * 23 + "2"}) == {ONE}


def test_what_was_not_committed_is_removed(warehouse, monkeypatch):
    monkeypatch.setattr(appending, "ROW_GROUP", 1)
    with pytest.raises(KeyboardInterrupt), Appending(warehouse, ANSWER, REPEATED) as rows:
        rows.write(answers(ONE, 3), {ONE})
        assert len(data_files(warehouse)) == 1
        raise KeyboardInterrupt
    assert data_files(warehouse) == set()


def test_rows_decided_on_an_older_version_are_refused(warehouse):
    with Appending(warehouse, ANSWER, REPEATED) as first, Appending(warehouse, ANSWER, REPEATED) as second:
        first.write(answers(ONE, 1))
        second.write(answers(TWO, 1))
        first.commit(decided_on=None)
        with pytest.raises(StaleRead):
            second.commit(decided_on=None)
    assert counts(warehouse) == {ONE: 1}


def test_appended_rows_can_be_merged_and_rewritten_as_any_others(warehouse):
    with Appending(warehouse, ANSWER, REPEATED) as rows:
        rows.write(answers(ONE, 2), {ONE})
        rows.commit()
    keys = ("submission_id", "roster_row", "question")
    assert warehouse.merge_new(ANSWER, answers(ONE, 3), keys) == 1
    assert counts(warehouse) == {ONE: 3}
