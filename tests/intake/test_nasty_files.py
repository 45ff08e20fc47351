"""What strangers send: every file gets its verdict and its sentence, and every count balances."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarking.collect import CollectSummary, collect
from benchmarking.warehouse import Warehouse
from intake import nasty_exports, nasty_files
from intake.nasty_files import Case, content_of, file_name
from intake.season_rig import answers_of, counts_of, drop, open_season, receipt_of, table_hash
from intake.workbooks import book

CASES = [*nasty_files.CASES, *nasty_exports.CASES]
# Built once: a workbook's bytes hold the time at which it was written.
CONTENTS = [content_of(number, case) for number, case in enumerate(CASES)]
NUMBERED = [pytest.param(number, case, id=case.case.replace(" ", "-")) for number, case in enumerate(CASES)]


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, CollectSummary]:
    warehouse = open_season(tmp_path_factory.mktemp("nasty") / "data")
    for number, case in enumerate(CASES):
        drop(warehouse, file_name(number, case), CONTENTS[number], minutes=number)
    return warehouse, collect(warehouse)


def test_there_are_enough_of_them():
    assert len(CASES) >= 40
    assert len({case.case for case in CASES}) == len(CASES)


@pytest.mark.parametrize(("number", "case"), NUMBERED)
def test_a_nasty_file_gets_its_verdicts(taken, number: int, case: Case):
    counts = counts_of(taken[0], file_name(number, case))
    assert tuple(counts[verdict] for verdict in ("accepted", "parked", "rejected", "duplicate")) == case.counts
    assert counts["received"] == sum(case.counts)


@pytest.mark.parametrize(("number", "case"), NUMBERED)
def test_its_sender_reads_why(taken, number: int, case: Case):
    receipt = receipt_of(taken[0], file_name(number, case))
    told = " | ".join(f"{line['what']} {line['how_to_fix']}" for line in [*receipt["lines"], *receipt["problems"]])
    columns = " ".join(problem["column"] for problem in receipt["problems"])
    assert [word for word in case.words if word not in f"{columns} {told}"] == []
    assert sum(line["submissions"] for line in receipt["lines"]) == receipt["received"] == sum(case.counts)


@pytest.mark.parametrize(("number", "case"), [p for p in NUMBERED if p.values[1].answers])
def test_its_answers_are_read_as_meant(taken, number: int, case: Case):
    first = answers_of(taken[0], file_name(number, case))[0]
    assert {name: first[name] for name in case.answers} == case.answers


def test_the_whole_inbox_balances(taken):
    warehouse, summary = taken
    expected = [sum(case.counts[place] for case in CASES) for place in range(4)]
    assert [summary.accepted, summary.parked, summary.rejected, summary.duplicate] == expected
    assert summary.received == sum(expected)
    assert summary.files == len(CASES)
    rows = warehouse.connect().execute("SELECT count(*), count(DISTINCT submission_id) FROM raw.submission").fetchone()
    assert rows == (sum(expected), sum(expected))


def test_collecting_again_changes_nothing(taken):
    warehouse, _ = taken
    before = table_hash(warehouse)
    assert collect(warehouse) == CollectSummary(receipts=str(warehouse.folder("receipts")))
    assert table_hash(warehouse) == before


def test_every_byte_received_is_kept(taken):
    warehouse, _ = taken
    kept = {path.read_bytes() for path in warehouse.folder("received").rglob("*") if path.is_file()}
    assert kept == set(CONTENTS)


def test_a_roster_comes_back_row_by_row(taken):
    number = next(n for n, case in enumerate(CASES) if case.case == "a form with a roster")
    second = answers_of(taken[0], file_name(number, CASES[number]), roster_row=2)
    assert second == [
        {
            "pseudonym": ("answered", "P2"),
            "started_date": ("answered", "2025-06-01"),
            "pay_gbp": ("answered", "31000.5"),
        }
    ]


def test_people_on_a_sheet_of_their_own_belong_to_the_agency_they_name(taken):
    found = {}
    for name in ("a sheet of people beside one agency's row", "a sheet of people who name their agencies"):
        number = next(n for n, case in enumerate(CASES) if case.case == name)
        rows = (
            taken[0]
            .connect()
            .execute(
                "SELECT right(agency_id, 1), roster_row, value_text FROM raw.answer AS answer"
                " JOIN raw.submission AS submission USING (submission_id, agency_id) JOIN raw.file USING (file_sha256)"
                " WHERE file_name = ? AND question = 'pseudonym' ORDER BY ALL",
                [file_name(number, CASES[number])],
            )
        )
        found[name] = rows.fetchall()
    assert found == {
        "a sheet of people beside one agency's row": [("1", 1, "P1"), ("1", 2, "P2")],
        "a sheet of people who name their agencies": [("1", 1, "P1"), ("2", 1, "P1")],
    }


def test_a_receipt_names_the_cell_the_question_and_the_allowed_answers(tmp_path: Path):
    people = [("pseudonym", "started_date"), ("P1", "2024-05-01"), ("P2", "in spring")]
    answers = [
        ("", "my brother", "", "", "decider"),
        ("", "perhaps", "", "", "has_plan"),
        ("", 2031, "", "", "survey_year"),
    ]
    stamp = {"programme": "season", "survey": "answers", "agency_id": "A1", "form_version": "2026.1"}
    warehouse = open_season(tmp_path)
    drop(warehouse, "form.xlsx", book(nasty_files.FILL_IN, *answers, sheets={"person": people}, stamp=stamp))
    collect(warehouse)
    problems = receipt_of(warehouse, "form.xlsx")["problems"]
    told = {(entry["line"], entry["column"]): entry["how_to_fix"] for entry in problems}
    assert told == {
        ("Answers!B2", "Who decides?"): "Write one of the form's answers: We decide; They decide, mostly; Nobody.",
        ("Answers!B3", "Is there a plan?"): "Answer yes or no.",
        ("Answers!B4", "For which year?"): "Write one of the survey years: 2025; 2026.",
        ("person!B3", "started_date (row 3)"): "Write it as year-month-day, such as 2026-03-31.",
    }


def test_same_bytes_give_the_same_receipt(tmp_path: Path):
    receipts = []
    for number in (1, 2):
        warehouse = open_season(tmp_path / str(number))
        for place, case in enumerate(CASES[:20]):
            drop(warehouse, file_name(place, case), CONTENTS[place], minutes=place)
        collect(warehouse)
        folder = warehouse.folder("receipts")
        receipts.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    assert receipts[0] == receipts[1]
    assert len(receipts[0]) == 3 * 20
