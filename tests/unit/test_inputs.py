"""A programme's input tables: figures that others published, each with its source, and never guessed."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date
from decimal import Decimal

import pytest

from benchmarking.catalog import load_programme
from benchmarking.errors import DefinitionError
from benchmarking.inputs import load_inputs
from benchmarking.settings import ROOT

HEADER = "month_date,price_index,source,retrieved_date,is_illustrative"
ENTRY = {
    "title": "Prices",
    "keys": ["month_date"],
    "columns": {"month_date": "date", "price_index": "number"},
    "measures": ["budget"],
}
GOOD = "2026-02-01,140.1,ONS,2026-11-23,false"


def read(folder, *lines, header=HEADER, entry=ENTRY):
    (folder / "reference").mkdir(exist_ok=True)
    (folder / "reference" / "price.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return load_inputs(folder, {"price": entry}, "programme.yaml")["price"]


def test_rows_are_typed_and_in_the_order_of_their_keys(tmp_path):
    found = read(tmp_path, GOOD, "2026-01-01,139.5,ONS,2026-11-23,false")
    assert found.table.to_pylist()[0] == {
        "month_date": date(2026, 1, 1),
        "price_index": Decimal("139.500000"),
        "source": "ONS",
        "retrieved_date": date(2026, 11, 23),
        "is_illustrative": False,
    }
    assert found.table_name == "reference.price"
    assert found.warning == ""


def test_a_release_records_the_hash_rows_and_sources(tmp_path):
    found = read(tmp_path, GOOD, "2026-03-01,140.4,Made up,2026-11-23,true")
    assert found.record == {
        "table": "reference.price",
        "sha256": hashlib.sha256((tmp_path / "reference" / "price.csv").read_bytes()).hexdigest(),
        "row_count": 2,
        "illustrative_count": 1,
        "sources": "Made up; ONS",
    }


@pytest.mark.parametrize(
    ("months", "told"),
    [
        pytest.param(("03",), "Prices: that of 2026-03-01 is illustrative, not published figures.", id="one"),
        pytest.param(
            ("05", "03", "04"),
            "Prices: 3 rows from 2026-03-01 to 2026-05-01 are illustrative, not published figures.",
            id="three",
        ),
    ],
)
def test_illustrative_rows_are_named(tmp_path, months, told):
    rows = [f"2026-{month}-01,141,Made up,2026-11-23,true" for month in months]
    assert read(tmp_path, GOOD, *rows).warning == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("2026-02-01,,ONS,2026-11-23,false", "price_index '' is no number", id="no-value"),
        pytest.param("2026-02-01,1e,ONS,2026-11-23,false", "price_index '1e' is no number", id="no-number"),
        pytest.param("2026-02-01,NaN,ONS,2026-11-23,false", "price_index 'NaN' is no number", id="not-a-number"),
        pytest.param("2026-02-01,140.1,,2026-11-23,false", "source is blank", id="no-source"),
        pytest.param("2026-02-01,140.1,ONS,,false", "retrieved_date '' is no date", id="no-day"),
        pytest.param("2026-02-30,140.1,ONS,2026-11-23,false", "month_date '2026-02-30' is no date", id="no-such-day"),
        pytest.param("2026-02-01,140.1,ONS,2026-11-23,maybe", "is_illustrative 'maybe' is no boolean", id="maybe"),
    ],
)
def test_a_row_that_lacks_something_is_refused_with_its_line(tmp_path, line, told):
    with pytest.raises(DefinitionError, match=f"price.csv, line 3: {told}"):
        read(tmp_path, "2026-01-01,139.5,ONS,2026-11-23,false", line)


def test_a_month_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match="2026-02-01 stands twice"):
        read(tmp_path, GOOD, GOOD)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param({"header": "month_date,price_index"}, "Declared are", id="columns-without-a-source"),
        pytest.param({"entry": {**ENTRY, "keys": ["day"]}}, "not among its columns", id="unknown-key"),
        pytest.param({"entry": {**ENTRY, "columns": {"month_date": "moment"}}}, "Use date", id="unknown-type"),
        pytest.param({"entry": {"title": "Prices"}}, "It needs", id="half-an-entry"),
    ],
)
def test_an_input_that_is_not_well_declared_is_refused(tmp_path, options, told):
    with pytest.raises(DefinitionError, match=told):
        read(tmp_path, GOOD, **options)


@pytest.fixture
def copy(tmp_path):
    for part in ("expectations", "reference", "sql/staging", "sql/measures"):
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "programme.yaml", tmp_path / "programme.yaml")
    return tmp_path


def test_the_definition_of_a_measure_made_from_illustrative_prices_says_so(programme):
    told = "48 rows from 2022-07-01 to 2026-06-01 are illustrative"
    assert [name for name, measure in programme.measures.items() if told in measure.definition] == [
        "development_budget_real_gbp_per_marketer"
    ]


def test_a_changed_rate_is_a_changed_definition(copy):
    before = load_programme(copy).definition_sha256
    path = copy / "reference" / "exchange_rate.csv"
    path.write_text(path.read_text("utf-8").replace("EUR,0.860,", "EUR,0.861,", 1), encoding="utf-8")
    assert load_programme(copy).definition_sha256 != before


def test_a_missing_file_and_an_unknown_measure_are_named(copy):
    path = copy / "programme.yaml"
    path.write_text(path.read_text("utf-8").replace("measures: [development_budget_real", "measures: [x"), "utf-8")
    with pytest.raises(DefinitionError, match=r"an input 'x_gbp_per_marketer' is none of attrition_"):
        load_programme(copy)
    (copy / "reference" / "consumer_price.csv").unlink()
    with pytest.raises(DefinitionError, match=r"consumer_price\.csv: the file is missing"):
        load_programme(copy)
