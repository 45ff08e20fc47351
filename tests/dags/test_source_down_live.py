"""On a real scheduler a source that is down is one failing mapped task; the others go on, and a retry catches up."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from local_airflow import LocalAirflow, running

from benchmarking import pipeline
from benchmarking.settings import ROOT, load_settings
from sources.fake_limesurvey import PASSWORD, FakeLimeSurvey
from sources.real_servers import free_port
from sources.rigs import FIRST, answers, as_csv

pytestmark = pytest.mark.airflow
DAG = "collect_submissions"
INBOX, SURVEY = 0, 1


@pytest.fixture
def place(tmp_path) -> tuple[Path, int]:
    """Copy the programme, with an inbox that holds one answer and a survey server at whose port nobody listens."""
    port, folder = free_port(), tmp_path / "programme"
    for part in ("expectations", "reference", "sql"):
        shutil.copytree(ROOT / part, folder / part)
    entry = yaml.safe_load((ROOT / "programme.yaml").read_text("utf-8"))
    server = {"name": "limesurvey", "kind": "limesurvey", "url": f"http://127.0.0.1:{port}/rpc", "survey": "budget",
              "survey_id": 4711, "credentials": {"username": "LS_USER", "password": "LS_PASSWORD"}}  # fmt: skip
    entry["sources"] = [{"name": "inbox", "kind": "folder", "url": ""}, server]
    (folder / "programme.yaml").write_text(yaml.safe_dump(entry, sort_keys=False), "utf-8")
    inbox = tmp_path / "data" / "inbox" / entry["name"] / "budget"
    inbox.mkdir(parents=True)
    (inbox / "A001.csv").write_bytes(as_csv(answers("A001")))
    return folder, port


@pytest.fixture
def environment(place, tmp_path) -> dict[str, str]:
    return {
        "BENCHMARKING_DATA": str(tmp_path / "data"),
        "BENCHMARKING_PROGRAMMES": str(place[0]),
        "BENCHMARKING_COLLECT_SCHEDULE": "",
        "BENCHMARKING_PUBLISH_SCHEDULE": "",
        "LS_USER": "organiser",
        "LS_PASSWORD": PASSWORD,
        "PYTHONPATH": str(ROOT / "plugins"),
    }


def mapped(airflow: LocalAirflow, run: str) -> dict[int, dict]:
    tasks = [task for task in airflow.tasks(DAG, run) if task["task_id"] == "collect_source"]
    return {task["map_index"]: task for task in tasks}


def agencies(environment: dict[str, str], folder: Path) -> list[str]:
    warehouse = pipeline.open_warehouse(folder, load_settings(environment))
    rows = warehouse.connect().sql("SELECT agency_id FROM raw.submission WHERE verdict = 'accepted' ORDER BY agency_id")
    return [agency for (agency,) in rows.fetchall()]


def test_a_source_that_is_down_fails_alone_and_catches_up(place, environment, tmp_path):
    folder, port = place
    with running(tmp_path / "home", environment=environment) as airflow:
        run = airflow.trigger(DAG)

        def settled() -> bool:
            states = {index: task["state"] for index, task in mapped(airflow, run).items()}
            return states == {INBOX: "success", SURVEY: "up_for_retry"}

        airflow._wait_for("the first tries", settled, 300)
        assert agencies(environment, folder) == ["A001"]
        text = airflow.task_log(DAG, run, mapped(airflow, run)[SURVEY])
        assert f"limesurvey: http://127.0.0.1:{port}/rpc cannot be reached. Nothing is lost" in text
        server = FakeLimeSurvey(port)
        server.put(1, answers("A002"), FIRST)
        try:
            assert airflow.wait(DAG, run, 300) == "success"
        finally:
            server.stop()
    assert agencies(environment, folder) == ["A001", "A002"]
