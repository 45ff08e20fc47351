"""What enters no figure is counted: agencies outside the frame, and answers that a rule noted."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from benchmarking import overview
from benchmarking.aggregate import aggregate
from benchmarking.catalog import load_programme
from benchmarking.publish.quality import describe_quality
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse
from oracles.oracle_programme import estimates, open_programme, stage

YEAR = 10
AGENCIES = [f"unit {number}" for number in range(6)]


def verdict(agency, is_current=True, submission=""):
    texts = dict.fromkeys(("source", "file_sha256", "reason"), "")
    return {
        **texts,
        "submission_id": submission or f"of {agency}",
        "survey": "answers",
        "survey_year": YEAR,
        "agency_id": agency,
        "verdict": "accepted",
        "is_current": is_current,
    }


def noted(agency, rule_id):
    texts = dict.fromkeys(("fields", "values_seen"), "")
    return {
        **texts,
        "submission_id": f"of {agency}",
        "survey": "answers",
        "survey_year": YEAR,
        "agency_id": agency,
        "roster_row": 0,
        "rule_id": rule_id,
        "severity": "note",
        "message": f"Says {rule_id}.",
    }


@pytest.fixture
def built(tmp_path):
    """Six agencies answer, of which the frame is told to lack some."""

    def build(*outside):
        warehouse = open_programme("cases", tmp_path)
        path = warehouse.programme.staging_files["staging.agency"]
        listed = ", ".join(f"'{agency}'" for agency in ("nobody", *outside))
        path.write_text(path.read_text("utf-8") + f"WHERE agency_id NOT IN ({listed})\n", encoding="utf-8")
        answers = {"survey_year": [YEAR] * 6, "agency_id": AGENCIES, "amount": [10.0, 20, 30, 40, 50, 600]}
        blank = {name: pa.nulls(6, pa.float64()) for name in ("leavers_count", "headcount_years_count")}
        stage(warehouse, "staging.answers", pa.table({**answers, **blank, "answer": pa.nulls(6, pa.string())}))
        # An older version of an answer and one that was noted twice are one agency still.
        rows = [*(verdict(agency) for agency in AGENCIES), verdict("unit 5", is_current=False, submission="older")]
        notes = [noted(agency, "short") for agency in AGENCIES] + [noted("unit 0", "rate")]
        for table, content in (("staging.verdict", rows), ("staging.parked", notes)):
            warehouse.append(table, pa.Table.from_pylist(content, schema=TABLES[table].schema))
        return Warehouse(warehouse.settings, load_programme(warehouse.programme.directory))

    return build


@pytest.mark.parametrize(
    ("outside", "median", "told"),
    [
        pytest.param((), 35.0, "Every unit that answered is in the frame.", id="nobody"),
        pytest.param(
            ("unit 5",), 30.0, "1 unit that answered is not in the frame and was left out of every figure.", id="one"
        ),
        pytest.param(
            ("unit 4", "unit 5"),
            25.0,
            "2 units that answered are not in the frame and were left out of every figure.",
            id="two",
        ),
    ],
)
def test_agencies_outside_the_frame_are_left_out_and_counted(built, caplog, outside, median, told):
    warehouse = built(*outside)
    with caplog.at_level("WARNING", "benchmarking"):
        aggregate(warehouse, YEAR)
    assert estimates(warehouse, YEAR)["amount", "", "p50", "all", "all"]["value"] == median
    assert describe_quality(warehouse.connect(), warehouse.programme, YEAR)["notes"][-1] == told
    logged = [record.getMessage() for record in caplog.records if "not in the frame" in record.getMessage()]
    wanted = f"cases {YEAR}: {len(outside)} answered but are not in the frame; left out of every figure"
    assert logged == ([wanted] if outside else [])
    titles = [table.title for table in overview.at_a_glance(warehouse, YEAR) if "frame" in table.title]
    assert titles == ([f"Not in the frame, left out of every figure: {len(outside)}"] if outside else [])


def test_what_rules_noted_is_counted_and_a_small_count_is_not_told(built):
    warehouse = built()
    found = describe_quality(warehouse.connect(), warehouse.programme, YEAR)["noted"]
    assert found == [
        {"rule": "rate", "submissions": "fewer than 5", "meaning": "Says rate."},
        {"rule": "short", "submissions": "6", "meaning": "Says short."},
    ]


def test_the_quality_report_records_the_input_tables_and_warns_of_illustrative_rows(warehouse):
    found = describe_quality(warehouse.connect(), warehouse.programme, 2026)
    assert [(row["table"], row["row_count"], row["illustrative_count"]) for row in found["inputs"]] == [
        ("reference.exchange_rate", 96, 96),
        ("reference.consumer_price", 48, 48),
    ]
    assert all(len(row["sha256"]) == 64 and row["sources"] for row in found["inputs"])
    warnings = [note for note in found["notes"] if "illustrative" in note]
    assert warnings == [one.warning for one in warehouse.programme.inputs.values()]
    plain = replace(warehouse.programme, inputs={})
    assert describe_quality(warehouse.connect(), plain, 2026)["inputs"] == []
