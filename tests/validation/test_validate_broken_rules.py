"""A rule that cannot be run stops the build with a sentence that names it, and leaves the last good build alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from raw_answers import Post, clean

from benchmarking import pipeline
from benchmarking.__main__ import main
from benchmarking.catalog import Programme, load_programme
from benchmarking.errors import BenchmarkingError
from benchmarking.settings import ROOT, Settings, load_settings
from benchmarking.validate import gate, validate
from benchmarking.validate.rules import STATE, WRONG, checks_of, units_of
from benchmarking.validate.suites import load_suite, suite_path, write_suites
from benchmarking.warehouse import Warehouse

PARTS = ("", STATE, WRONG)
RULE: dict[str, Any] = {
    "rule_id": "budget_is_new",
    "survey": "budget",
    "fields": ["all_staff_count"],
    "holds": "all_staff_count > 0",
    "severity": "fail",
    "message": "No staff.",
    "because": "A test.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the programme whose rules a test may break."""
    target = tmp_path / "programme"
    for name in ("expectations", "reference", "sql/staging", "sql/measures"):
        shutil.copytree(ROOT / name, target / name)
    shutil.copy(ROOT / "programme.yaml", target)
    return target


@pytest.fixture(scope="session")
def built_once(programme: Programme, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a good build of one year."""
    data = tmp_path_factory.mktemp("good") / "data"
    warehouse = Warehouse(load_settings({"BENCHMARKING_DATA": str(data)}), programme)
    post = Post(warehouse)
    for number in range(3):
        post.submit("budget", 2026, f"agency-{number}", clean("budget", 2026, 1 + number / 10))
    post.deliver()
    validate(warehouse, 2026)
    return data


@pytest.fixture
def built(built_once: Path, folder: Path, settings: Settings) -> Warehouse:
    """A good build of one year by the programme as it is."""
    shutil.copytree(built_once, settings.data)
    return Warehouse(settings, load_programme(folder))


def change_rules(folder: Path, **changes: Any) -> None:
    path = folder / "expectations" / "rules.yaml"
    entry = yaml.safe_load(path.read_text("utf-8"))
    entry["rules"].append({**RULE, **changes})
    path.write_text(yaml.safe_dump(entry, sort_keys=False), "utf-8")


def change_suite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "expectations" / "recruitment_marketing_budget.json"
    suite = json.loads(path.read_text("utf-8"))
    change(suite)
    path.write_text(json.dumps(suite), "utf-8")


def written(warehouse: Warehouse) -> dict[str, int]:
    return {name: version for name, version in warehouse.versions().items() if name.startswith("staging.")}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"holds": "no_such_column > 0"}, "no_such_column", id="missing-column"),
        pytest.param({"holds": "all_staff_count >"}, "syntax error", id="not-sql"),
        pytest.param({"holds": "all_staff_count + 1"}, "not yes or no", id="no-boolean"),
        pytest.param({"holds": "CAST(budget_decider AS INTEGER) > 0"}, "Conversion Error", id="raises-on-the-data"),
        pytest.param({"holds": "all_staff_count <> all_staff_count__last"}, "severity fail", id="fail-by-last-year"),
        pytest.param({"severity": "warn"}, "severity 'warn'", id="unknown-severity"),
        pytest.param({"fields": ["nobody_asked"]}, "nobody_asked", id="unknown-field"),
    ],
)
def test_a_broken_rule_stops_the_build_and_is_named(built, folder, settings, changes, sentence):
    before = written(built)
    change_rules(folder, **changes)
    with pytest.raises(BenchmarkingError, match=sentence) as caught:
        programme = load_programme(folder)
        write_suites(programme)
        pipeline.validate(Warehouse(settings, programme), 2026)
    assert "budget_is_new" in str(caught.value) or "nobody_asked" in str(caught.value)
    assert written(built) == before


def test_a_rule_file_that_is_not_yaml_is_named(built, folder):
    (folder / "expectations" / "rules.yaml").write_text("rules: [{rule_id: half", "utf-8")
    with pytest.raises(BenchmarkingError, match=r"rules\.yaml"):
        load_programme(folder)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            lambda suite: suite["expectations"][0].update(type="expect_the_unknown"),
            "expect_the_unknown",
            id="unknown-type",
        ),
        pytest.param(lambda suite: suite["expectations"].pop(0), "is missing from the suite", id="lost-rule"),
        pytest.param(
            lambda suite: suite["expectations"].append(suite["expectations"][0]), "stands twice", id="rule-twice"
        ),
        pytest.param(
            lambda suite: suite["expectations"][0]["kwargs"].update(column="other"),
            "not what the rules say",
            id="changed",
        ),
        pytest.param(
            lambda suite: suite["expectations"][0]["meta"].update(rule_id="stranger"), "stranger", id="rule-of-nobody"
        ),
        pytest.param(lambda suite: suite.pop("expectations"), "cannot be read", id="no-suite"),
    ],
)
def test_a_suite_is_loaded_strictly(built, folder, change, sentence):
    before = written(built)
    change_suite(folder, change)
    with pytest.raises(BenchmarkingError, match=sentence):
        validate(built, 2026)
    assert written(built) == before


def test_a_rule_without_its_suite_stops_the_build(built, folder, settings):
    change_rules(folder)
    with pytest.raises(BenchmarkingError, match="rule budget_is_new is missing from the suite"):
        validate(Warehouse(settings, load_programme(folder)), 2026)


def test_an_expectation_that_raises_is_an_error_that_names_its_rule(built, folder):
    """Great Expectations itself reports success of the run and hides what was raised in the result."""
    programme = load_programme(folder)
    checks = checks_of(programme)["budget"]
    suite = load_suite(programme, "budget", checks)
    suite["expectations"][0]["kwargs"]["column"] = "gone"
    connection = built.connect()
    connection.execute("CREATE SCHEMA y2026; CREATE TABLE y2026.budget AS SELECT 'a' AS submission_id, 0 AS roster_row")
    with pytest.raises(gate.GateError, match=f"rule {checks[0].rule_id}"):
        gate.count_broken(connection, {**suite, "expectations": suite["expectations"][:1]}, "y2026", "budget")


def test_an_expectation_that_counts_no_rows_is_an_error(built):
    """It would be taken for one that found nothing."""
    connection = built.connect()
    connection.execute("CREATE SCHEMA y2026; CREATE TABLE y2026.budget AS SELECT 'a' AS submission_id, 0 AS roster_row")
    entry = {"type": "expect_column_to_exist", "kwargs": {"column": "roster_row"}, "meta": {"rule_id": "some_rule"}}
    suite = {"name": "exists", "id": None, "expectations": [entry], "meta": {}, "notes": ""}
    with pytest.raises(gate.GateError, match="rule some_rule: Great Expectations gives no count"):
        gate.count_broken(connection, suite, "y2026", "budget")


def test_a_table_without_rows_breaks_no_rule(built, folder):
    programme = load_programme(folder)
    checks = checks_of(programme)["frame"]
    columns = ", ".join(f"NULL::VARCHAR AS {q.name}{part}" for q in units_of(programme)[-1].questions for part in PARTS)
    connection = built.connect()
    connection.execute("CREATE SCHEMA y2026")
    connection.execute(f"CREATE TABLE y2026.frame AS SELECT '' AS submission_id, 0 AS roster_row, {columns} LIMIT 0")
    counts = gate.count_broken(connection, load_suite(programme, "frame", checks), "y2026", "frame")
    assert counts == {check.rule_id: 0 for check in checks}


def test_a_count_that_differs_from_the_parked_rows_is_an_error():
    with pytest.raises(gate.GateError, match=r"rule some_rule: Great Expectations counts 2 broken rows, our pass 3"):
        gate.compare({"some_rule": 2}, {"some_rule": 3})


def test_the_command_line_names_the_rule_and_fails(built, folder, monkeypatch, capsys):
    monkeypatch.setenv("BENCHMARKING_DATA", str(built.settings.data))
    change_rules(folder, holds="no_such_column > 0")
    write_suites(load_programme(folder))
    before = written(built)
    assert main(["validate", "--programme", str(folder), "--year", "2026"]) == 1
    assert "validate: rule budget_is_new: it cannot be run" in capsys.readouterr().err
    assert written(built) == before


def test_a_failed_note_does_not_stop_a_run(built, folder):
    post = Post(built)
    post.submit("budget", 2026, "agency-9", clean("budget") | {"period_months": "9"})
    post.deliver()
    summary = validate(built, 2026)
    assert (summary.notes, summary.parked, summary.accepted) == (1, 0, 4)


def test_the_suites_are_generated_where_they_are_missing(folder):
    programme = load_programme(folder)
    path = suite_path(programme, "frame")
    path.unlink()
    assert write_suites(programme) == [path]
