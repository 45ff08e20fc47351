"""The page of a run works offline, shows what happened and trusts nobody's text."""

from __future__ import annotations

import json
import re

import pytest
from raw_answers import Post, clean

from benchmarking.validate import validate
from benchmarking.warehouse import Warehouse

HOSTILE = "error:<script>alert(1)</script>"


@pytest.fixture
def page(warehouse: Warehouse) -> str:
    """The page of a year with one hostile answer."""
    post = Post(warehouse)
    for number in range(9):
        post.submit("budget", 2026, f"agency-{number}", clean("budget", 2026, 1 + number / 10))
    post.submit("budget", 2026, "<b>agency</b>", clean("budget") | {"all_staff_count": HOSTILE})
    post.deliver()
    validate(warehouse, 2026)
    return (warehouse.folder("validation") / "2026" / "latest.html").read_text("utf-8")


def test_the_page_shows_counts_the_rule_and_the_answer_and_loads_nothing(page, warehouse):
    assert "<b>10</b> received" in page and "<b>1</b> parked" in page
    assert "budget.all_staff_count.type" in page and "alert(1)" in page
    assert re.findall(r"https?://|<script|<img|<link|url\(|@import", page) == []
    assert "&lt;script&gt;" in page and "<b>agency</b>" not in page


def test_the_record_of_great_expectations_lies_beside_the_page(page, warehouse):
    record = json.loads((warehouse.folder("validation") / "2026" / "latest.json").read_text("utf-8"))
    by_rule = {entry["rule_id"]: entry for table in record for entry in table["results"]}
    assert by_rule["budget.all_staff_count.type"]["result"]["unexpected_count"] == 1
    assert not by_rule["budget.all_staff_count.type"]["success"]
    assert by_rule["budget_period_is_closed"]["success"]


def test_a_rerun_changes_nothing(page, warehouse):
    before = warehouse.versions(), sorted(path.name for path in warehouse.folder("validation").rglob("*"))
    validate(warehouse, 2026)
    assert (warehouse.versions(), sorted(path.name for path in warehouse.folder("validation").rglob("*"))) == before


def test_what_intake_could_not_read_is_asked_and_accepted_once_corrected(warehouse, tmp_path):
    from benchmarking.validate.corrections import take_corrections

    post = Post(warehouse)
    key = post.submit(
        "budget", 2026, "agency-1", clean("budget") | {"all_staff_count": "error:sixty"}, verdict="parked"
    )
    post.submissions[-1]["rule_id"] = "answer.number"
    hidden = post.submit("budget", 2026, "agency-2", clean("budget"), verdict="parked")
    post.submissions[-1]["rule_id"] = "row.hidden"
    post.deliver()
    assert validate(warehouse, 2026).parked == 2
    path = warehouse.folder("queries") / "2026" / "agency-1.json"
    entry = json.loads(path.read_text("utf-8"))
    for question in entry["questions"]:
        question.update(answer="correct", new_answer="60", who="R", why="in words")
    returned = tmp_path / "returned.json"
    returned.write_text(json.dumps(entry), "utf-8")
    take_corrections(warehouse, returned)
    summary = validate(warehouse, 2026)
    assert (summary.accepted, summary.parked) == (1, 1)
    rows = (
        warehouse.connect().sql("SELECT submission_id, verdict, is_current FROM staging.verdict ORDER BY 1").fetchall()
    )
    assert rows == [(key, "accepted", True), (hidden, "parked", False)]
