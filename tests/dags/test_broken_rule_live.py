"""On a real scheduler a rule that cannot be run fails its task with a sentence that names it; the last build stands."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from local_airflow import LocalAirflow, running

from benchmarking import pipeline
from benchmarking.catalog import load_programme
from benchmarking.settings import ROOT, load_settings
from benchmarking.validate.suites import write_suites
from benchmarking.warehouse import Warehouse
from sources.rigs import answers, as_csv

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
DAG, YEAR = "build_benchmarks", 2026
RULE = {
    "rule_id": "budget_is_new",
    "survey": "budget",
    "fields": ["all_staff_count"],
    "holds": "all_staff_count > 0",
    "severity": "fail",
    "message": "No staff.",
    "because": "A test.",
}
ALL_TASKS = ("list_builds", "validate", "aggregate", "protect")
# Only the query of Great Expectations reads so: our own pass runs this rule well.
RAISES = "CASE WHEN regexp_matches(current_query(), 'NOT coalesce[(][(]CASE') THEN error('planted') ELSE TRUE END"


@dataclass(frozen=True)
class Place:
    """A programme whose rules a test may break, its data, and the Airflow that builds it."""

    folder: Path
    warehouse: Warehouse
    airflow: LocalAirflow

    def add_rule(self, **changes: Any) -> None:
        """Add a rule to the programme's rules as they were, and generate its suites where the rules can be read."""
        entry = yaml.safe_load((ROOT / "expectations" / "rules.yaml").read_text("utf-8"))
        entry["rules"].append({**RULE, **changes})
        (self.folder / "expectations" / "rules.yaml").write_text(yaml.safe_dump(entry, sort_keys=False), "utf-8")
        if "severity" not in changes:
            write_suites(load_programme(self.folder))

    def mend(self) -> None:
        """Put the programme's own rules and suites back."""
        shutil.copytree(ROOT / "expectations", self.folder / "expectations", dirs_exist_ok=True)

    def build(self) -> tuple[str, dict[str, dict[str, Any]]]:
        """Build the year; give the run's id and its tasks by name."""
        run = self.airflow.trigger(DAG, partition_key=str(YEAR))
        self.airflow.wait(DAG, run, 300)
        return run, {task["task_id"].rsplit(".", 1)[-1]: task for task in self.airflow.tasks(DAG, run)}

    def stands(self) -> tuple[dict[str, int], dict[str, str]]:
        """Give the version of every table, and the hash of every question and report on disk."""
        folders = [self.warehouse.folder(name) for name in ("queries", "validation")]
        files = sorted(path for folder in folders for path in folder.rglob("*.*"))
        return self.warehouse.versions(), {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A built year of two agencies, one of which is asked a question, and an Airflow."""
    home = tmp_path_factory.mktemp("broken")
    folder, data = home / "programme", home / "data"
    for part in ("expectations", "sql", "reference"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "programme.yaml", folder)
    inbox = data / "inbox" / "recruitment_marketing" / "budget"
    inbox.mkdir(parents=True)
    for agency, changes in (("A001", {}), ("A002", {"development_spend_gbp": "900000"})):
        (inbox / f"{agency}.csv").write_bytes(as_csv(answers(agency) | changes))
    environment = {
        "BENCHMARKING_DATA": str(data),
        "BENCHMARKING_PROGRAMMES": str(folder),
        "BENCHMARKING_COLLECT_SCHEDULE": "",
        "BENCHMARKING_PUBLISH_SCHEDULE": "",
        "PYTHONPATH": str(ROOT / "plugins"),
    }
    warehouse = pipeline.open_warehouse(folder, load_settings(environment))
    pipeline.collect(warehouse)
    pipeline.build(warehouse, YEAR)
    with running(home / "airflow", environment=environment) as airflow:
        yield Place(folder, warehouse, airflow)


@pytest.mark.parametrize(
    ("rule", "task", "sentence"),
    [
        pytest.param(
            {"severity": "warn"},
            "list_builds",
            "rule budget_is_new: severity 'warn' is none of fail, query, note",
            id="broken-rule-file",
        ),
        pytest.param(
            {"holds": "no_such_column > 0"},
            "validate",
            "rule budget_is_new: it cannot be run",
            id="missing-column",
        ),
        pytest.param(
            {"holds": RAISES},
            "validate",
            "rule budget_is_new: Great Expectations cannot run it",
            id="expectation-that-raises",
        ),
    ],
)
def test_a_broken_rule_fails_its_task_by_name_and_leaves_the_last_good_build(place, rule, task, sentence):
    before = place.stands()
    place.add_rule(**rule)
    run, tasks = place.build()
    assert tasks[task]["state"] == "failed"
    assert {other["state"] for name, other in tasks.items() if name not in (task, "list_builds")} <= {"upstream_failed"}
    assert sentence in place.airflow.task_log(DAG, run, tasks[task])
    assert place.stands() == before
    place.mend()


def test_the_year_builds_again_once_the_rule_is_mended(place):
    place.mend()
    _, tasks = place.build()
    assert {name: task["state"] for name, task in tasks.items()} == dict.fromkeys(ALL_TASKS, "success")
