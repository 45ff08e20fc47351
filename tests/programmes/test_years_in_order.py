"""The made-up season released year after year: the audit of each holds with all that was released before it."""

import pytest

import generate
from benchmarking import pipeline
from benchmarking.catalog import load_programme
from benchmarking.protect import audit_release
from benchmarking.settings import ROOT, load_settings
from benchmarking.warehouse import Warehouse
from programmes.season import drop

pytestmark = pytest.mark.slow


def test_each_year_holds_and_protecting_it_again_changes_nothing(tmp_path):
    settings = load_settings({"BENCHMARKING_DATA": str(tmp_path), "BENCHMARKING_NOW": "2026-11-20T09:00:00+00:00"})
    warehouse = Warehouse(settings, load_programme(ROOT))
    drop(generate.generate().files, tmp_path / "inbox" / "recruitment_marketing")
    pipeline.collect(warehouse)
    for year in generate.YEARS:
        pipeline.validate(warehouse, year)
        pipeline.aggregate(warehouse, year)
    for year in generate.YEARS:
        pipeline.protect(warehouse, year)
        audit = pipeline.audit(warehouse, year)
        assert audit["holds"], f"{year}: {audit['reason']}"
        pipeline.publish(warehouse, year, "A. Organiser", "test")
    before = _published(warehouse)
    for year in generate.YEARS:
        pipeline.protect(warehouse, year)
        assert audit_release(warehouse, f"{year}.1.0")["holds"]
    assert _published(warehouse) == before


def _published(warehouse):
    connection = warehouse.connect()
    return [
        connection.execute(f"SELECT * FROM published.{name} ORDER BY ALL").fetchall() for name in ("cell", "change")
    ]
