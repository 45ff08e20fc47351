"""A big file is read from disk, chunk by chunk: what comes of it is what would have come of a small one."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarking.collect import collect, source
from benchmarking.collect.keys import KEYS
from benchmarking.collect.readers import delimited, text
from benchmarking.collect.readers.delimited import read_delimited
from benchmarking.collect.shelf import Shelf
from benchmarking.collect.source import Spooled
from benchmarking.collect.sources import files
from benchmarking.settings import Limits
from intake.season_rig import csv_of, drop, open_season, receipt_of, table_hash
from intake.test_pieces import HEADER, ROWS

MANY = "\n".join([HEADER, *ROWS, *(f"Z{n},2026,,{n}.50,{n % 90}%,we,2001-02-03,é {n},," for n in range(300))]) + "\n"
PLAIN = MANY.replace("é", "e")
CONTENTS = {
    "utf-8": MANY.encode(),
    "a mark": b"\xef\xbb\xbf" + MANY.encode(),
    "two marks": b"\xef\xbb\xbf" * 2 + MANY.encode(),
    "utf-16": MANY.encode("utf-16"),
    "utf-16 without a mark": PLAIN.encode("utf-16-le"),
    "utf-32": MANY.encode("utf-32"),
    "cp1252": MANY.encode("cp1252"),
    "a declared delimiter": b"sep=;\n" + MANY.replace(",", ";").encode(),
    "values over two lines": MANY.replace("é 1,", '"two\r\nlines",').replace("é 2,", '"say ""two""",').encode(),
    "a mark that is never closed": (MANY + 'Y1,2026,,"5').encode(),
    "a mark out of place": MANY.replace("é 7,", '"5"x,').encode(),
    "nameless columns": "".join(line + ",,\n" for line in PLAIN.splitlines()).encode(),
    "a nameless column with a value": "".join(
        line + (",," if n != 200 else ",7,") + "\n" for n, line in enumerate(PLAIN.splitlines())
    ).encode(),
    "blank lines": (PLAIN.replace("\nZ100", "\n\n,,,\nZ100") + "\n\n").encode(),
    "rows of other widths": PLAIN.replace("\nZ100,", "\nshort,row\nZ100,7,").encode(),
    "zeros": MANY.replace("é 5", "\x00").encode(),
    "no known encoding": MANY.encode("cp1252") + b"\x81\x8d\x00",
    "nothing but space": b" \n" * 500,
    "a blank header": b",,\n" + MANY.encode(),
}


def taken(data, content: bytes) -> tuple[object, object]:
    """Collect one file; give the hashes of the tables, and the receipt."""
    warehouse = open_season(data)
    drop(warehouse, "many.csv", content)
    collect(warehouse)
    kept = [path for path in warehouse.folder("received").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in kept] == [content]
    return table_hash(warehouse), receipt_of(warehouse, "many.csv")


@pytest.fixture
def everything_is_big(monkeypatch):
    """Files are spooled, read in chunks of 512 bytes and cut into pieces of 50 submissions."""
    monkeypatch.setattr(files, "MOST_IN_MEMORY", 0)
    monkeypatch.setattr(delimited, "SMALL_BYTES", 0)
    monkeypatch.setattr(source, "CHUNK_BYTES", 512)
    monkeypatch.setattr(delimited, "CHUNK_BYTES", 512)
    monkeypatch.setattr(delimited, "ROWS_AT_ONCE", 40)


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_on_disk_gives_what_it_would_give_in_memory(tmp_path, request, name):
    small = taken(tmp_path / "small", CONTENTS[name])
    request.getfixturevalue("everything_is_big")
    assert taken(tmp_path / "big", CONTENTS[name]) == small


def test_a_file_beyond_the_limit_is_refused_after_one_byte_more(tmp_path, everything_is_big):
    warehouse = open_season(tmp_path / "data", BENCHMARKING_LIMIT_FILE_BYTES="1000")
    drop(warehouse, "many.csv", CONTENTS["utf-8"])
    assert collect(warehouse).rejected == 1
    rows = warehouse.connect().execute("SELECT byte_count FROM raw.file").fetchall()
    assert rows == [(1001,)]


def test_a_big_file_that_comes_again_is_known_and_leaves_nothing_behind(tmp_path, everything_is_big):
    warehouse = open_season(tmp_path / "data")
    drop(warehouse, "many.csv", CONTENTS["utf-8"])
    collect(warehouse)
    kept = sorted(path for path in warehouse.folder("received").rglob("*") if path.is_file())
    assert collect(warehouse).files == 0
    assert sorted(path for path in warehouse.folder("received").rglob("*") if path.is_file()) == kept
    assert len(kept) == 1


def test_a_file_that_grows_while_it_is_copied_waits_for_the_next_run(tmp_path, everything_is_big, monkeypatch):
    warehouse = open_season(tmp_path / "data")
    path = drop(warehouse, "many.csv", CONTENTS["utf-8"])
    spooled = files.FileSource._spooled

    def grown(*arguments):
        with path.open("ab") as file:
            file.write(b"Y1,2026,,5,,,,,,\n")
        return spooled(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(files.FileSource, "_spooled", grown)
        assert collect(warehouse).files == 0
    assert not [found for found in warehouse.folder("received").rglob("*") if found.is_file()]
    assert collect(warehouse).files == 1


@given(content=st.text(st.sampled_from('"",\n5x'), max_size=80), sizes=st.lists(st.integers(1, 9), min_size=1))
def test_quotation_marks_are_judged_alike_however_the_text_is_cut(content, sizes):
    data, chunks, start = content.encode(), [], 0
    for size in [*sizes, len(content)]:
        chunks.append(data[start : start + size])
        start += size
    cut = [chunk for chunk in chunks if chunk]
    assert delimited._is_well_quoted(cut, ",") == delimited._is_well_quoted([data], ",")


def test_a_row_keeps_its_number_where_rows_before_it_are_left_out(tmp_path, everything_is_big):
    rows = "".join(f"A{n},2026,{n}\n" if n % 7 else "short\n" for n in range(1, 200))
    path = tmp_path / "rows.csv"
    path.write_text("agency_id,survey_year,budget_gbp\n" + rows)
    shelf = Shelf(tmp_path)
    reading = read_delimited(Spooled(path, "", path.stat().st_size), Limits(), shelf)
    (grid,) = reading.grids
    assert grid.line_numbers().to_pylist() == [n + 1 for n in range(1, 200) if n % 7]
    assert grid.rows.column("0").to_pylist() == [f"A{n}" for n in range(1, 200) if n % 7]
    assert [fault.line for fault in grid.faults] == [n + 1 for n in range(1, 200) if not n % 7]


def test_a_shelf_has_no_name_and_gives_back_what_was_let_go_of(tmp_path):
    shelf = Shelf(tmp_path)
    laid = [shelf.put(pa.table({"text": [f"{part} {n}" for n in range(1000)]})) for part in range(3)]
    before = pa.total_allocated_bytes()
    shelf.let_go()
    assert [table.column("text")[999].as_py() for table in laid] == ["0 999", "1 999", "2 999"]
    assert pa.total_allocated_bytes() == before
    assert list(tmp_path.iterdir()) == []


def test_the_names_of_a_batch_lie_on_disk(tmp_path, everything_is_big, monkeypatch):
    laid = []
    monkeypatch.setattr(
        Shelf, "put", lambda self, table, put=Shelf.put: laid.append(table.schema.names) or put(self, table)
    )
    warehouse = open_season(tmp_path / "data")
    drop(warehouse, "many.csv", csv_of(*([f"A{n}", 2026, n, 1] for n in range(50))))
    collect(warehouse)
    assert KEYS.names in laid
    assert any("0" in names for names in laid)


def test_an_encoding_is_found_in_chunks_as_in_one(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "CHUNK_BYTES", 2)
    found = {name: text.find_encoding(content[:3000]) for name, content in CONTENTS.items()}
    monkeypatch.setattr(source, "CHUNK_BYTES", 1 << 20)
    assert found == {name: text.find_encoding(content[:3000]) for name, content in CONTENTS.items()}
    assert set(found.values()) >= {"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"}
