"""A file that breaks the reading in a way nobody foresaw is parked and answered; all others are taken in."""

import pytest

from benchmarking.collect import batch, collect, intake
from intake.season_rig import counts_of, csv_of, drop, open_season, receipt_of

GOOD, BAD = [["A1", 2026, 100, 3]], [["BAD", 2026, 200, 4]]


def broken_by(monkeypatch, module, name: str, error: Exception, where) -> None:
    real = getattr(module, name)

    def breaks(*arguments):
        if where(*arguments):
            raise error
        return real(*arguments)

    monkeypatch.setattr(module, name, breaks)


def in_assembling(monkeypatch, error):
    broken_by(
        monkeypatch, intake, "assemble", error, lambda reading, *_: "BAD" in str([grid.rows for grid in reading.grids])
    )


def in_typing(monkeypatch, error):
    broken_by(monkeypatch, batch, "find_keys", error, lambda _, piece, *__: "BAD" in str(piece.wide))


@pytest.mark.parametrize("somewhere", [in_assembling, in_typing])
def test_one_file_that_nobody_foresaw_is_parked_and_stops_no_other(tmp_path, monkeypatch, somewhere):
    warehouse = open_season(tmp_path)
    for name, rows in (("first.csv", GOOD), ("odd.csv", BAD), ("last.csv", [["A2", 2026, 300, 5]])):
        drop(warehouse, name, csv_of(*rows))
    somewhere(monkeypatch, RuntimeError("out of its depth"))
    summary = collect(warehouse)
    assert (summary.received, summary.accepted, summary.parked) == (3, 2, 1)
    assert counts_of(warehouse, "odd.csv") == {"received": 1, "accepted": 0, "parked": 1, "rejected": 0, "duplicate": 0}
    (line,) = receipt_of(warehouse, "odd.csv")["problems"]
    assert line["rule"] == "file.unread"
    assert line["what"] == "The file could not be read, and the mistake is ours: RuntimeError."
    asked = "SELECT agency_id, raw_text FROM raw.answer WHERE question = 'budget_gbp' ORDER BY 1"
    assert warehouse.connect().execute(asked).fetchall() == [("A1", "100"), ("A2", "300")]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError()], ids=["disk", "memory"])
def test_a_full_disk_is_no_fault_of_a_file(tmp_path, monkeypatch, error):
    warehouse = open_season(tmp_path)
    drop(warehouse, "first.csv", csv_of(*GOOD))
    drop(warehouse, "odd.csv", csv_of(*BAD))
    with monkeypatch.context() as patched:
        in_typing(patched, error)
        with pytest.raises(type(error)):
            collect(warehouse)
    assert warehouse.version("raw.file") is None
    summary = collect(warehouse)
    assert (summary.received, summary.accepted) == (2, 2)
