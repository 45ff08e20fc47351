"""The warehouse in an object store: what is appended there is read back, by a collector that comes again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import fsspec
import pytest

from benchmarking import appending
from benchmarking.collect import collect
from benchmarking.warehouse import Warehouse, fsspec_options
from intake.season_rig import csv_of, drop, open_season
from sources import real_servers

BUCKET = "warehouse"
KEY = "organiser"


@pytest.fixture
def stored(tmp_path, monkeypatch) -> Iterator[Warehouse]:
    """A season whose tables lie in a bucket of a real S3 server, and its inbox in a folder."""
    server = real_servers.moto_s3()
    options = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_REGION": "eu-west-2",
        "AWS_ALLOW_HTTP": "true",
        "aws_conditional_put": "etag",
    }
    fsspec.filesystem("s3", **fsspec_options(options)).mkdir(BUCKET)
    named = {f"BENCHMARKING_STORAGE_{name}": value for name, value in options.items()}
    yield open_season(tmp_path / "data", BENCHMARKING_WAREHOUSE=f"s3://{BUCKET}/tables", **named)
    server.stop()


@pytest.mark.slow
def test_two_collections_append_to_an_object_store(stored):
    drop(stored, "first.csv", csv_of(["A1", 2026, 100, 1], ["A2", 2026, 200, 2]))
    assert collect(stored).accepted == 2
    drop(stored, "second.csv", csv_of(["A1", 2026, 150, 1], ["A3", 2026, 300, 3]), minutes=5)
    summary = collect(stored)
    assert (summary.files, summary.received, summary.accepted) == (1, 2, 2)
    rows = stored.connect().execute(
        "SELECT s.agency_id, version, value_minor FROM raw.submission AS s JOIN raw.answer USING (submission_id)"
        " WHERE question = 'budget_gbp' ORDER BY ALL"
    )
    assert rows.fetchall() == [("A1", 1, 10000), ("A1", 2, 15000), ("A2", 1, 20000), ("A3", 1, 30000)]
    assert collect(stored).files == 0
    assert not (stored.settings.data / "warehouse").exists()


@pytest.mark.slow
def test_a_file_that_a_dead_collector_left_in_an_object_store_goes_after_a_day(stored, monkeypatch):
    drop(stored, "first.csv", csv_of(["A1", 2026, 100, 1]))
    collect(stored)
    place = appending.Appending(stored, "raw.answer").filesystem()
    left = f"{stored.path('raw.answer')}/{appending.FILE_NAME.format('0' * 32)}"
    place.pipe_file(left, b"half a file")
    assert appending.forget_leftovers(stored, "raw.answer") == 0
    monkeypatch.setattr(appending, "LEFT_BEHIND", timedelta(seconds=-1))
    assert appending.forget_leftovers(stored, "raw.answer") == 1
    assert not place.exists(left)
    assert stored.connect().execute("SELECT count(*) FROM raw.answer").fetchone() == (4,)
