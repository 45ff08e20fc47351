"""Erasing an agency leaves no trace of its contact details and free text, and everything else as it was."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from benchmarking.__main__ import main
from benchmarking.collect import collect
from benchmarking.collect.erase import erase
from benchmarking.errors import BenchmarkingError
from benchmarking.warehouse import Warehouse
from intake.erase_rig import AGENCY, OTHER, OTHERS_WORDS, WORDS, fill, places_of
from intake.season_rig import SEASON, counts_of, csv_of, drop, open_season, receipt_of, table_hash

TYPED = (
    "SELECT file_sha256, a.survey_year, roster_row, question, value_number, value_minor, value_date, state"
    " FROM raw.answer AS a JOIN raw.submission USING (submission_id)"
    " WHERE (value_number IS NOT NULL OR value_date IS NOT NULL OR question = 'agency_id')"
    # Beyond its limit an answer is none: digits there may be a telephone number.
    " AND NOT coalesce(question = 'people_count' AND value_number > 1000000, FALSE) ORDER BY ALL"
)
NOW = {"BENCHMARKING_NOW": "2026-06-01T12:00:00+00:00"}


@pytest.fixture(scope="module")
def collected_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = open_season(tmp_path_factory.mktemp("erase") / "data")
    fill(warehouse)
    collect(warehouse)
    release = warehouse.folder("releases") / "2026.1.0" / "benchmarks.csv"
    release.parent.mkdir(parents=True)
    release.write_text("measure,value\nbudget,100\n")
    return warehouse.settings.data


@pytest.fixture(scope="module")
def erased(collected_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    data = tmp_path_factory.mktemp("erased") / "data"
    shutil.copytree(collected_data, data)
    warehouse = open_season(data, **NOW)
    erase(warehouse, AGENCY)
    return warehouse


@pytest.fixture
def taken(collected_data: Path, tmp_path: Path) -> Warehouse:
    shutil.copytree(collected_data, tmp_path / "data")
    return open_season(tmp_path / "data", **NOW)


@pytest.mark.parametrize("where", WORDS)
def test_nothing_of_it_is_left_anywhere(collected_data, erased, where):
    assert places_of(collected_data, WORDS[where]) != []
    assert places_of(erased.settings.data, WORDS[where]) == []


def test_what_another_agency_wrote_stays(collected_data, erased):
    before, after = (places_of(data, OTHERS_WORDS) for data in (collected_data, erased.settings.data))
    assert {place.split("/")[0] for place in after} == {"received", "private"}
    assert len(after) == len([place for place in before if not place.startswith("inbox")])
    rows = erased.connect().execute("SELECT raw_text FROM raw.answer WHERE agency_id = ? AND state = 'error'", [OTHER])
    assert rows.fetchall() == [("about 500",)]
    assert [p["seen"] for p in receipt_of(erased, "two.csv")["problems"] if p["line"] == "3"] == ["about 500"]


def test_every_typed_answer_and_every_verdict_stays(collected_data, erased):
    before = open_season(collected_data)
    for text in (
        TYPED,
        "SELECT submission_id, verdict, rule_id, version, content_sha256 FROM raw.submission ORDER BY ALL",
    ):
        assert erased.connect().execute(text).fetchall() == before.connect().execute(text).fetchall()
    counts = "SELECT sum(received_count), sum(accepted_count), sum(parked_count), sum(rejected_count) FROM raw.file"
    assert erased.connect().execute(counts).fetchall() == before.connect().execute(counts).fetchall()
    assert (erased.folder("releases") / "2026.1.0" / "benchmarks.csv").read_text() == "measure,value\nbudget,100\n"


def test_what_could_not_be_read_is_redacted_and_counted(collected_data, erased):
    wrong = "SELECT count(*) FROM raw.answer WHERE agency_id = 'A1' AND state = 'error'"
    (before,) = open_season(collected_data).connect().execute(wrong).fetchone()
    rows = erased.connect().execute(
        "SELECT count(*) FROM raw.answer WHERE raw_text = '[erased]' AND state = 'redacted' AND value_text IS NULL"
    )
    assert before > 5
    assert rows.fetchone() == (before + 2,), "two numbers beyond their limit too"
    assert erased.connect().execute(wrong).fetchone() == (0,)
    (path,) = (erased.folder("private") / "tombstones").iterdir()
    assert json.loads(path.read_text())["redacted_answers"] == before + 6, "an address, a record id and two names too"


def test_a_tombstone_says_when_and_which_copy_stands_for_which_original(erased):
    (path,) = (erased.folder("private") / "tombstones").iterdir()
    entry = json.loads(path.read_text())
    assert (entry["agency_id"], entry["erased_at"]) == (AGENCY, "2026-06-01T12:00:00+00:00")
    assert len(entry["redacted_copies"]) == 13
    for original, copy in entry["redacted_copies"].items():
        folder = erased.folder("received") / original[:2]
        assert not (folder / original).exists()
        assert hashlib.sha256((folder / f"{original}.redacted").read_bytes()).hexdigest() == copy


def test_the_originals_are_rebuilt_from_their_redacted_copies_with_the_same_typed_answers(erased, tmp_path):
    again = open_season(tmp_path / "again")
    rows = erased.connect().execute("SELECT file_sha256, min(file_name) FROM raw.file GROUP BY 1 ORDER BY 1").fetchall()
    for sha, name in rows:
        copy = erased.folder("received") / sha[:2] / f"{sha}.redacted"
        if name.endswith((".csv", ".json", ".xlsx")) and copy.read_bytes() != b"[erased]":
            drop(again, f"{sha}.{name.rsplit('.')[-1]}", copy.read_bytes())
    collect(again)
    typed = TYPED.replace("SELECT file_sha256", "SELECT DISTINCT left(file_name, 64)").replace(
        "USING (submission_id)", "USING (submission_id) JOIN raw.file USING (file_sha256)"
    )
    there = {row[0] for row in again.connect().execute(typed).fetchall()}
    stored = {row for row in erased.connect().execute(TYPED).fetchall() if row[0] in there}
    assert len(there) == 9
    assert set(again.connect().execute(typed).fetchall()) == stored
    private = (
        "SELECT DISTINCT state FROM raw.answer WHERE agency_id = 'A1' AND question IN ('contact_email', 'remarks')"
    )
    assert again.connect().execute(private).fetchall() == [("redacted",)]


def test_a_file_name_of_ids_and_numbers_stays_and_any_other_says_nothing(erased):
    rows = erased.connect().execute("SELECT file_name FROM raw.file").fetchall()
    plain = {name for (name,) in rows if not name.startswith("erased-")}
    assert plain == {"A1.csv", "both.csv", "calls.csv", "two.csv", "records.json"}
    assert counts_of(erased, "both.csv")["received"] == 2


def test_no_older_version_of_a_table_can_be_opened_and_the_cursor_is_kept(collected_data, tmp_path):
    shutil.copytree(collected_data, tmp_path / "data")
    warehouse = open_season(tmp_path / "data", **NOW)
    rows = warehouse.connect().execute("SELECT * FROM raw.file LIMIT 0").to_arrow_table()
    warehouse.append("raw.file", rows, {"cursor:central": "somewhere"})
    before = warehouse.version("raw.answer")
    erase(warehouse, AGENCY)
    with pytest.raises(Exception, match=r"(?i)version|not found|no such"):
        warehouse.connect({"raw.answer": before}).execute("SELECT * FROM raw.answer").fetchall()
    assert warehouse.version("raw.answer") > before
    assert warehouse.metadata("raw.file", "cursor:central") == "somewhere"


def test_erasing_twice_and_collecting_after_change_nothing(taken):
    erase(taken, AGENCY)
    tables = table_hash(taken)
    again = erase(taken, AGENCY)
    assert (again.private_answers, again.redacted_answers, again.receipts) == (0, 0, 0)
    assert collect(taken).received == 0
    assert table_hash(taken) == tables


def test_a_run_cut_short_before_the_tables_is_made_good_by_the_next(taken, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Warehouse, "rewrite", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            erase(taken, AGENCY)
    erase(taken, AGENCY)
    assert [where for where, text in WORDS.items() if places_of(taken.settings.data, text)] == []


def test_bytes_that_come_again_are_neither_kept_nor_read_again(taken):
    content = (taken.folder("inbox") / "answers" / "both.csv").read_bytes()
    erase(taken, AGENCY)
    drop(taken, "both.csv", content)
    drop(taken, "ann_sends_it_again.csv", content, 1)
    assert collect(taken).received == 0
    assert {p.split("/")[0] for p in places_of(taken.settings.data, WORDS["free text"])} == {"inbox"}


def test_a_new_file_after_erasing_is_taken_in_as_ever(taken):
    erase(taken, AGENCY)
    drop(taken, "A1-2.csv", csv_of([AGENCY, 2026, 4321, 7]), 99)
    assert collect(taken).accepted == 1


def test_of_records_one_a_line_another_agencys_stay(taken):
    mine = {"agency_id": AGENCY, "survey_year": 2025, "budget_gbp": 5, "remarks": "Ann tends her hedge"}
    theirs = {"agency_id": OTHER, "survey_year": 2025, "budget_gbp": 6, "remarks": "The hedge grows well"}
    path = drop(taken, "lines.jsonl", f"{json.dumps(mine)}\n{json.dumps(theirs)}\n", 99)
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    collect(taken)
    erase(taken, AGENCY)
    copy = taken.folder("received") / sha[:2] / f"{sha}.redacted"
    assert json.loads(copy.read_text()) == [{**mine, "remarks": "[erased]"}, theirs]
    assert places_of(taken.settings.data, mine["remarks"]) == []


def test_what_nobody_can_attribute_is_named_and_left(taken):
    answers = csv_of([AGENCY, 2025, 4321, 7], [OTHER, 2025, 5, 8])
    drop(taken, "foot.csv", f"{answers}compiled by somebody\n", 99)
    collect(taken)
    (place,) = [told for told in erase(taken, AGENCY).to_look_at if "foot.csv" in told]
    assert place.startswith("row 4 of foot.csv (received/")
    (left,) = places_of(taken.settings.data, "compiled by somebody")
    assert left.split("/")[-1] in place


def test_an_unknown_agency_is_an_error_with_a_sentence(taken):
    with pytest.raises(BenchmarkingError, match="nothing was received from agency 'Z9'"):
        erase(taken, "Z9")


def test_the_command_erases(taken, monkeypatch, capsys):
    monkeypatch.setenv("BENCHMARKING_DATA", str(taken.settings.data))
    assert main(["erase", "--programme", str(SEASON), "--agency", AGENCY]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["agency_id"], told["still_to_remove"]) == (AGENCY, [])
    assert told["private_answers"] > 0
