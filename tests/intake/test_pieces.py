"""A big file is typed in pieces: neither the tables nor the receipt may depend on where it is cut."""

from __future__ import annotations

import csv
import json
from functools import partial

import pytest

from benchmarking.collect import batch, collect, run
from benchmarking.collect.pieces import pieces
from benchmarking.collect.source import Delivery
from benchmarking.warehouse import Warehouse
from intake.season_rig import FIRST_DAY, SURVEY, collected, csv_of, drop, open_season, receipt_of, table_hash

HEADER = "agency_id,survey_year,submitted_at,budget_gbp,growth_percent,decider,founded_date,motto,contact_email,remarks"
ROWS = [
    "A01,2026,,1200.50,5%,we,2001-02-03,plain words,a@example.org,",
    "A02,2026,,,,We decide,03/04/2001, outer space ,,a remark",
    ",2026,,7,,,,,,",
    "A03,2025,2026-03-01 10:00,refused,0.5,they;we,2001-13-01,,b@example.org,",
    " , ,,,,,,,,",
    "A04,2026,2026-03-29 01:30,about 5,12%,somebody,31/12/2001,n,,",
    "A01,2026,,1300,5%,we,2001-02-03,other words,,",
    "A05,1999,,1,2%,we,2001-02-03,x,,",
    "A06,2026,,12",
    'A07,2026,,"1.234",3%,nobody,,y,,',
    'A08,2026,,"1,5",3%,nobody,,y,,',
    "A09,2026,,,,,,,,",
]
PEOPLE = [
    {
        "agency_id": f"R{n}",
        "survey_year": "2026",
        "budget_gbp": str(n),
        "person": [{"pseudonym": f"p{m}", "pay_gbp": "1.5"} for m in range(n % 4)],
    }
    for n in range(9)
]


def fill(warehouse: Warehouse) -> None:
    drop(warehouse, "many.csv", "\n".join([HEADER, *ROWS]) + "\n")
    drop(warehouse, "people.json", json.dumps(PEOPLE), minutes=1)
    drop(warehouse, "again.csv", csv_of(["A01", 2026, 5, 1], ["B", 2026, 5, 1]), minutes=2)


def private_lines(warehouse: Warehouse) -> list[str]:
    found = warehouse.folder("private").rglob("*.jsonl")
    return sorted(line for path in found for line in path.read_text().splitlines())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = open_season(tmp_path_factory.mktemp("whole") / "data")
    fill(warehouse)
    collect(warehouse)
    return warehouse


@pytest.mark.parametrize("size", [1, 4])
def test_tables_and_receipts_are_the_same_however_a_file_is_cut(whole, tmp_path, monkeypatch, size):
    monkeypatch.setattr(batch, "pieces", partial(pieces, size=size))
    warehouse = open_season(tmp_path / "data")
    fill(warehouse)
    collect(warehouse)
    assert table_hash(warehouse) == table_hash(whole)
    assert private_lines(warehouse) == private_lines(whole)
    for name in ("many.csv", "people.json", "again.csv"):
        assert receipt_of(warehouse, name) == receipt_of(whole, name)


def test_a_receipt_that_is_written_entry_by_entry_is_plain_json_and_csv(whole):
    (path,) = whole.folder("receipts").glob("*-many.csv.json")
    told = path.read_text()
    assert told == json.dumps(json.loads(told), indent=1, ensure_ascii=False) + "\n"
    rows = list(csv.DictReader(path.with_suffix(".csv").read_text().splitlines()[1:]))
    assert len(rows) == len(json.loads(told)["lines"]) + len(json.loads(told)["problems"])
    assert {row["verdict"] for row in rows} == {"accepted", "parked", "rejected"}


def test_many_rows_are_counted_by_verdict(whole):
    told = receipt_of(whole, "many.csv")
    assert told["received"] == 11
    assert sum(told[verdict] for verdict in ("accepted", "parked", "rejected", "duplicate")) == 11


def test_the_last_cell_of_a_file_can_prove_how_the_first_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "pieces", partial(pieces, size=1))
    warehouse = open_season(tmp_path / "data")
    collected(warehouse, "days.csv", "agency_id,survey_year,founded_date\nA1,2026,03/04/2001\nA2,2026,13/04/2001\n")
    found = warehouse.connect().execute("SELECT value_date FROM raw.answer WHERE question = 'founded_date' ORDER BY 1")
    assert [str(row[0]) for row in found.fetchall()] == ["2001-04-03", "2001-04-13"]


def test_a_file_that_a_source_gives_twice_at_once_is_taken_once(tmp_path, monkeypatch):
    class Twice:
        name = "inbox"

        def fetch(self, cursor):
            content = csv_of(["A1", 2026, 5, 1]).encode()
            yield from [Delivery("f.csv", content, SURVEY, FIRST_DAY)] * 2

    monkeypatch.setattr(run, "_sources", lambda *_: [Twice()])
    summary = collect(open_season(tmp_path / "data"))
    assert (summary.files, summary.received, summary.accepted) == (1, 1, 1)
