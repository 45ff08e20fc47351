"""Erasing an agency leaves no trace of its contact details and free text, and everything else as it was."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from benchmarking.__main__ import main
from benchmarking.collect import collect
from benchmarking.collect.erase import erase
from benchmarking.errors import BenchmarkingError
from benchmarking.warehouse import Warehouse
from intake.nasty_files import form
from intake.season_rig import SEASON, answers_of, counts_of, csv_of, drop, open_season, table_hash

EMAIL, WORDS = "ann.example@gone.example", "We were sorry about the fountain, as Ann said."
OTHERS_EMAIL, OTHERS_WORDS = "bob@stays.example", "All was well in the garden this year."
HEADER = ["agency_id", "survey_year", "budget_gbp", "contact_email", "remarks"]


def fill(warehouse: Warehouse) -> None:
    """Drop the agency's words in every format, beside another agency's, and where nobody can attribute them."""
    mine, theirs = ["A1", 2026, 100, EMAIL, f'"{WORDS}"'], ["B1", 2026, 50, OTHERS_EMAIL, f'"{OTHERS_WORDS}"']
    drop(warehouse, "both.csv", csv_of(mine, theirs, header=HEADER))
    semicolons = ";".join(HEADER) + f";Ann's birthday\nA1;2025;1.200,50;{EMAIL};{WORDS};{WORDS}\n"
    drop(warehouse, "cp1252.csv", semicolons.encode("cp1252"), 1)
    answers = ("budget_gbp", 120.5), ("founded_date", "2001-02-03"), ("contact_email", EMAIL), ("remarks", WORDS)
    drop(warehouse, "form.xlsx", form("A1", *answers), 2)
    record = {"agency_id": "A1", "survey_year": 2026, "budget_gbp": 7, "contact_email": EMAIL, "note": WORDS}
    drop(
        warehouse,
        "records.json",
        json.dumps({"responses": [record, {**record, "agency_id": "B1", "note": OTHERS_WORDS}]}),
        3,
    )
    drop(warehouse, "broken.csv", csv_of(["A1", 2026, f'"{WORDS}', 5, EMAIL], header=HEADER), 4)
    drop(warehouse, "nobody.csv", csv_of(["", 2026, 5, EMAIL, f'"{WORDS}"'], header=HEADER), 5)


def places_of(data: Path, text: str) -> list[str]:
    """Give the files under a folder that hold a text, zip archives looked into."""
    found = []
    for path in sorted(p for p in data.rglob("*") if p.is_file()):
        parts = [path.read_bytes()]
        if parts[0].startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(parts[0])) as archive:
                parts += [archive.read(name) for name in archive.namelist()]
        wanted = [text.encode(), text.encode("cp1252"), text.encode("utf-16-le"), json.dumps(text)[1:-1].encode()]
        if any(word in part for part in parts for word in wanted):
            found.append(str(path.relative_to(data)))
    return found


@pytest.fixture(scope="module")
def collected_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = open_season(tmp_path_factory.mktemp("erase") / "data")
    fill(warehouse)
    collect(warehouse)
    release = warehouse.folder("releases") / "2026.1.0" / "benchmarks.csv"
    release.parent.mkdir(parents=True)
    release.write_text("measure,value\nbudget,100\n")
    return warehouse.settings.data


@pytest.fixture
def taken(collected_data: Path, tmp_path: Path) -> Warehouse:
    shutil.copytree(collected_data, tmp_path / "data")
    return open_season(tmp_path / "data", BENCHMARKING_NOW="2026-06-01T12:00:00+00:00")


@pytest.mark.parametrize("text", [EMAIL, WORDS], ids=["contact", "free-text"])
def test_nothing_of_it_is_left_anywhere(taken, text):
    data = taken.settings.data
    before = places_of(data, text)
    assert {place.split("/")[0] for place in before} >= {"inbox", "received", "private"}
    erase(taken, "A1")
    if text == EMAIL:
        # The other agency's own record names the same address; that is the other agency's answer.
        assert all("received" in place or "private" in place or "inbox" in place for place in places_of(data, text))
    else:
        assert places_of(data, text) == []


def test_no_table_ever_held_it(taken):
    connection = taken.connect()
    for table in ("raw.file", "raw.submission", "raw.answer"):
        rows = " ".join(str(row) for row in connection.execute(f"SELECT * FROM {table}").fetchall())
        assert EMAIL not in rows and OTHERS_WORDS not in rows, table


def test_answers_verdicts_and_releases_stay(taken):
    tables, release = table_hash(taken), taken.folder("releases") / "2026.1.0" / "benchmarks.csv"
    erase(taken, "A1")
    assert table_hash(taken) == tables
    assert release.read_text() == "measure,value\nbudget,100\n"
    assert places_of(taken.settings.data, OTHERS_WORDS) != []


def test_a_tombstone_says_when_and_which_copy_stands_for_which_original(taken):
    erasure = erase(taken, "A1")
    entry = json.loads(Path(erasure.tombstone).read_text())
    assert (entry["agency_id"], entry["erased_at"]) == ("A1", "2026-06-01T12:00:00+00:00")
    for original, copy in entry["redacted_copies"].items():
        folder = taken.folder("received") / original[:2]
        assert not (folder / original).exists()
        assert hashlib.sha256((folder / f"{original}.redacted").read_bytes()).hexdigest() == copy


@pytest.mark.parametrize("name", ["both.csv", "cp1252.csv", "form.xlsx", "records.json"])
def test_what_is_read_from_the_redacted_copy_is_the_same(taken, tmp_path, name):
    rows = taken.connect().execute("SELECT file_sha256 FROM raw.file WHERE file_name = ?", [name]).fetchone()
    erase(taken, "A1")
    copy = taken.folder("received") / rows[0][:2] / f"{rows[0]}.redacted"
    again = open_season(tmp_path / "again")
    drop(again, name, copy.read_bytes())
    collect(again)
    before, after = answers_of(taken, name), answers_of(again, name)
    private = ("contact_email", "remarks")
    assert sorted(str({k: v for k, v in a.items() if k not in private}) for a in after) == sorted(
        str({k: v for k, v in a.items() if k not in private}) for a in before
    )
    assert {answer[0] for each in after for question, answer in each.items() if question in private} == {"redacted"}
    assert counts_of(again, name)["received"] == counts_of(taken, name)["received"]


def test_erasing_twice_and_collecting_after_change_nothing(taken):
    erase(taken, "A1")
    tables = table_hash(taken)
    assert erase(taken, "A1").private_answers == 0
    assert collect(taken).received == 0
    assert table_hash(taken) == tables
    assert places_of(taken.settings.data, WORDS) == []


def test_bytes_that_come_again_are_not_kept_again(taken):
    content = (taken.folder("inbox") / "answers" / "both.csv").read_bytes()
    erase(taken, "A1")
    drop(taken, "both.csv", content)
    assert collect(taken).received == 0
    assert [p for p in places_of(taken.settings.data, WORDS) if not p.startswith("inbox")] == []


def test_an_unknown_agency_is_an_error_with_a_sentence(taken):
    with pytest.raises(BenchmarkingError, match="nothing was received from agency 'Z9'"):
        erase(taken, "Z9")


def test_the_command_erases(taken, monkeypatch, capsys):
    monkeypatch.setenv("BENCHMARKING_DATA", str(taken.settings.data))
    assert main(["erase", "--programme", str(SEASON), "--agency", "A1"]) == 0
    assert json.loads(capsys.readouterr().out)["private_answers"] > 0
    assert places_of(taken.settings.data, WORDS) == []
