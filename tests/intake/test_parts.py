"""Verdicts and comparisons are worked out in parts of bounded size: neither tables nor receipts depend on where."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from benchmarking.catalog import load_programme
from benchmarking.collect import batch, collect, comparing, deciding, intake, named, pieces, rosters, run
from benchmarking.collect.assemble import Assembled
from benchmarking.collect.batch import Arrived
from benchmarking.collect.named import Named
from benchmarking.collect.shelf import Shelf
from benchmarking.warehouse import Warehouse
from intake.season_rig import FIRST_DAY, SEASON, csv_of, drop, open_season, table_hash

SMALL = 7
SURVEY = load_programme(SEASON).survey("answers")
HEADER = ["agency_id", "survey_year", "record_id", "budget_gbp", "people_count"]


def lines(count: int, budget: int = 0, first: int = 0) -> list[list[object]]:
    """Give answers of which every fifth cannot be read, every seventh is too long, and every ninth names nobody."""
    found = []
    for n in range(first, first + count):
        row = [f"A{n:03d}" if n % 9 else "", 2025 + n % 2, "", f"about {n}" if n % 5 == 0 else n + budget * (n % 4), n]
        found.append([*row, "x"] if n % 7 == 3 else row)
    return found


def records(count: int, shift: int = 0) -> list[list[object]]:
    """Give records, some of which move on to the next agency, or come twice."""
    found = [[f"A{n + shift * (n % 3 == 0):03d}", 2026, f"r{n}", n, 1] for n in range(count)]
    return [*found, *([row[0], 2026, row[2], 7, 2] for row in found[::4])]


def text(rows: list[list[object]], header: list[str] = HEADER) -> str:
    return csv_of(*rows, header=header)


LATER = ("", "")
FIRST = ("a.csv", text(lines(60)))
NEVER_CUT = [[*row, 1] if n % 11 else row for n, row in enumerate(records(60))]
FILES: dict[str, list[tuple[str, str]]] = {
    "faults of every kind": [FIRST],
    "a column that nobody knows": [("a.csv", text([[*row, 1] for row in records(30)], [*HEADER, "odd"]))],
    "two files at once": [FIRST, ("b.csv", text(lines(55, 1, 5)))],
    "sent again": [FIRST, LATER, ("b.csv", text(lines(60, 1, 9)))],
    "the same under another name": [FIRST, LATER, ("b.csv", FIRST[1])],
    "records that move": [("a.csv", text(records(40))), LATER, ("b.csv", text(records(40, 1)))],
    "hardly a row that can be cut": [("a.csv", text(NEVER_CUT))],
}
ON_A_SHELF = {
    "faults": ("faults of every kind", {"rule_id", "seen"}),
    "verdicts": ("sent again", {"verdict", "is_recorded"}),
    "who answered": ("sent again", {"is_same"}),
    "what changed": ("sent again", {"compared_with"}),
    "lines of receipts": ("faults of every kind", {"first_locator", "reason"}),
}


def taken(data, files: list[tuple[str, str]]) -> tuple[object, dict[str, str]]:
    """Collect files, those after an empty name in a run of their own; give the hashes of the tables, and receipts."""
    warehouse = open_season(data)
    for minute, (name, content) in enumerate(files):
        if name:
            drop(warehouse, name, content, minutes=minute)
        else:
            collect(warehouse)
    collect(warehouse)
    receipts = {path.name: path.read_text() for path in warehouse.folder("receipts").iterdir()}
    return table_hash(warehouse), receipts


def cut_small(monkeypatch) -> list[int]:
    """Have everything cut into small parts; give a list that fills with the number of submissions decided at once."""
    decided: list[int] = []
    monkeypatch.setattr(batch, "pieces", lambda files, survey: pieces.pieces(files, survey, SMALL))
    monkeypatch.setattr(deciding, "DECIDED_AT_ONCE", SMALL)
    monkeypatch.setattr(comparing, "COMPARED_AT_ONCE", SMALL)
    monkeypatch.setattr(comparing, "SAMPLE", SMALL)
    monkeypatch.setattr(named, "LOST_AT_ONCE", SMALL)
    known = deciding.Stored.known
    monkeypatch.setattr(deciding.Stored, "known", lambda self, keys: decided.append(keys.num_rows) or known(self, keys))
    return decided


@pytest.mark.parametrize("files", FILES.values(), ids=FILES)
def test_tables_and_receipts_are_the_same_however_verdicts_are_parted(tmp_path, monkeypatch, files):
    whole = taken(tmp_path / "whole", files)
    decided = cut_small(monkeypatch)
    assert taken(tmp_path / "parts", files) == whole
    assert len(decided) > 3


def test_no_more_is_decided_or_compared_at_once_when_many_more_come(tmp_path, monkeypatch):
    decided, compared = cut_small(monkeypatch), []
    is_between = comparing._is_between

    def noted(agencies, ends):
        found = is_between(agencies, ends)
        compared.append(sum(found.to_pylist()))
        return found

    monkeypatch.setattr(comparing, "_is_between", noted)
    rows = [[f"A{n:03d}", 2026, "", n, 1] for n in range(300)]
    changed = [[*row[:3], row[3] + (n % 2), 1] for n, row in enumerate(rows)]
    files = [("a.csv", text(rows)), LATER, ("b.csv", text(changed))]
    taken(tmp_path, files)
    assert max(decided) < 4 * SMALL
    assert max(compared) <= 2 * SMALL
    assert sum(decided) == 300


@pytest.mark.parametrize(("name", "wanted"), ON_A_SHELF.values(), ids=ON_A_SHELF)
def test_what_grows_with_the_rows_lies_on_a_shelf(tmp_path, monkeypatch, name, wanted):
    laid: list[set[str]] = []
    put = Shelf.put
    monkeypatch.setattr(Shelf, "put", lambda self, table: laid.append(set(table.schema.names)) or put(self, table))
    taken(tmp_path, FILES[name])
    assert any(wanted <= columns for columns in laid)


def test_a_decision_taken_again_gives_up_what_the_first_laid_down(tmp_path, monkeypatch):
    opened: list[Shelf] = []

    class Noted(Shelf):
        def __init__(self, folder):
            super().__init__(folder)
            opened.append(self)

    monkeypatch.setattr(intake, "Shelf", Noted)
    decide = intake.decide

    def twice(warehouse: Warehouse, version: int | None, taken_in: list[intake.Taken]) -> None:
        decide(warehouse, version, taken_in)
        decide(warehouse, version, taken_in)

    monkeypatch.setattr(run, "decide", twice)
    _, receipts = taken(tmp_path, FILES["two files at once"])
    assert json.loads(next(text for name, text in receipts.items() if name.endswith("a.csv.json")))["received"] == 60
    assert [shelf.file.closed for shelf in opened] == [True] * 3


def test_submissions_that_share_a_record_or_an_agency_have_one_label(tmp_path):
    warehouse = open_season(tmp_path)
    whose = [("A", "r1"), ("B", "r1"), ("B", "r2"), ("C", "r2"), ("D", "r3"), ("D", ""), ("E", "r4"), ("E", "r4")]
    with warehouse.connect({}) as connection:
        told = Named(connection, None)
        for start in (0, 3):
            some = whose[start : start + 3] if not start else whose[start:]
            none = [""] * len(some)
            columns = [[1] * len(some), range(start + 2, start + 2 + len(some)), [one for one, _ in some]]
            columns += [[2026] * len(some), [record for _, record in some], [None] * len(some), none, none, none]
            told.add(
                pa.table([pa.array(c, f.type) for c, f in zip(columns, deciding.KEYS, strict=True)], deciding.KEYS)
            )
        labels = np.concatenate(told.labels()).tolist()
    assert len(set(labels[:4])) == 1
    assert labels[4] == labels[5]
    assert labels[6] == labels[7]
    assert len(set(labels)) == 3


def test_a_piece_is_cut_smaller_where_submissions_have_many_roster_rows():
    wide = pa.table({"line": range(2, 402), "has_other": [False] * 400, "agency_id": [f"A{n}" for n in range(400)]})
    below = {"line": [2 + n % 400 for n in range(4000)], "own_line": range(4000), "pseudonym": ["p"] * 4000}
    file = Arrived(1, "", "", "", SURVEY, FIRST_DAY, Assembled(wide, pa.table(below)))
    cut = list(pieces.pieces([file], SURVEY, 100))
    assert max(piece.wide.num_rows + piece.roster.num_rows for piece in cut) <= 100
    assert sum(piece.wide.num_rows for piece in cut) == 400
    assert sum(piece.roster.num_rows for piece in cut) == 4000
    assert {count for piece in cut for count in np.bincount(piece.parents)} == {10}


CELLS = ["", "a", "b", "a\x1f", ":", "1:a", None]


def test_the_first_line_with_the_same_answers_is_found_as_by_comparing_each_row_with_all(monkeypatch):
    monkeypatch.setattr(rosters, "ROWS_AT_ONCE", 5)
    rows = [(CELLS[n % 7], CELLS[n * n % 5], CELLS[n // 30]) for n in range(200)]
    rows = [row for row in rows for _ in range(1 + len(row[0] or ""))]
    names = ["agency_id", "motto", "remarks"]
    wide = pa.table(
        {"line": range(2, 2 + len(rows)), **{name: [row[n] for row in rows] for n, name in enumerate(names)}}
    )
    first = rosters.first_lines(wide, SURVEY).to_pylist()
    assert first == [rows.index(row) + 2 for row in rows]
