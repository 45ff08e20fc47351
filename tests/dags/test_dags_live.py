"""The Dags on a real scheduler: from dropped files to promoted releases, twice, and a backfill."""

from __future__ import annotations

import csv
import email
import json
import subprocess
import sys
from pathlib import Path

import httpx
import mail_sink
import pytest
import slack_sink
from local_airflow import LocalAirflow, run_everything, running, wait_for_builds

from benchmarking import pipeline
from benchmarking.publish.reports import folder_name
from benchmarking.settings import ROOT, load_settings

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("live") / "data"
    for script, programme in (
        ("recruitment_marketing/generate.py", "recruitment_marketing"),
        ("gender_pay_gap/deliver.py", "gender_pay_gap"),
    ):
        out = folder / "inbox" / programme
        subprocess.run([sys.executable, str(ROOT / "examples" / script), "--out", str(out)], check=True)
    return folder


@pytest.fixture(scope="module")
def mail():
    with mail_sink.running() as sink:
        yield sink


@pytest.fixture(scope="module")
def slack():
    with slack_sink.running() as sink:
        yield sink


@pytest.fixture(scope="module")
def airflow(data, mail, slack, tmp_path_factory):
    environment = {
        "AIRFLOW_CONN_SLACK_API_DEFAULT": json.dumps(
            {"conn_type": "slack", "password": slack_sink.TOKEN, "extra": {"base_url": slack.address}}
        ),
        "AIRFLOW_CONN_SMTP_DEFAULT": json.dumps(
            {
                "conn_type": "smtp",
                "host": "127.0.0.1",
                "port": mail.server_address[1],
                "extra": {"disable_ssl": True, "disable_tls": True, "from_email": "benchmarks@example.org"},
            }
        ),
        "BENCHMARKING_ANNOUNCE_SLACK": "#benchmarks",
        "BENCHMARKING_ANNOUNCE_TO": "press@example.org",
        "BENCHMARKING_DATA": str(data),
        "BENCHMARKING_COLLECT_SCHEDULE": "",
        "BENCHMARKING_PUBLISH_SCHEDULE": "",
        "PYTHONPATH": str(ROOT / "plugins"),
    }
    with running(tmp_path_factory.mktemp("home"), environment=environment) as started:
        yield started


@pytest.fixture(scope="module")
def first(airflow: LocalAirflow) -> list[dict]:
    return run_everything(airflow, "dag-test")


def cells(data: Path, programme: str) -> list[dict]:
    with (data / "releases" / programme / "latest" / "benchmarks.csv").open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_both_programmes_are_released(first, data):
    assert sorted(release["version"] for release in first) == ["2019.1.0", "2026.1.0"]
    assert {row["survey_year"] for row in cells(data, "recruitment_marketing")} == {"2026"}
    assert {row["survey_year"] for row in cells(data, "gender_pay_gap")} == {"2019"}


def test_every_year_was_built_once_and_in_three_steps(first, airflow):
    runs = airflow.runs("build_benchmarks")
    assert sorted(run["partition_key"] for run in runs) == ["2019", "2024", "2025", "2026"]
    run = next(run for run in runs if run["partition_key"] == "2026")
    states = {
        task["task_id"].split(".")[-1]: task["state"] for task in airflow.tasks("build_benchmarks", run["dag_run_id"])
    }
    assert states == {name: "success" for name in ("list_builds", "validate", "aggregate", "protect")}


def test_received_balances_in_every_source(first, airflow):
    run = airflow.runs("collect_submissions")[-1]["dag_run_id"]
    sources = [task for task in airflow.tasks("collect_submissions", run) if task["task_id"] == "collect_source"]
    for task in sources:
        counts = airflow.result("collect_submissions", run, "collect_source", task["map_index"])
        parts = [counts[name] for name in ("accepted", "parked", "rejected", "duplicate")]
        assert counts["received"] == sum(parts) > 100
    assert len(sources) == 2


def test_the_approval_stands_in_the_release(first, data):
    for programme in ("recruitment_marketing", "gender_pay_gap"):
        text = (data / "releases" / programme / "latest" / "manifest.json").read_text()
        assert "flag --approve-as dag-test" in text


def test_each_release_is_announced_by_mail(first, mail):
    subjects = sorted(email.message_from_string(message)["Subject"] for message in mail.messages)
    released = [subject.split("version ")[1] for subject in subjects]
    assert released == ["2019.1.0 is out", "2026.1.0 is out"]


def test_each_release_is_announced_on_slack_with_its_first_sentence(first, slack):
    texts = sorted(message["text"] for message in slack.messages)
    assert sorted(text.split("version ")[1].split(" is out")[0] for text in texts) == ["2019.1.0", "2026.1.0"]
    assert any("Half of agencies set aside" in text and "made up" in text for text in texts)


@pytest.mark.parametrize(
    ("folder", "survey", "release"),
    [
        pytest.param(ROOT, ("budget", "attrition"), "2026.1.0", id="recruitment"),
        pytest.param(ROOT / "examples" / "gender_pay_gap", ("filing",), "2019.1.0", id="pay-gap"),
    ],
)
def test_everybody_who_took_part_has_a_private_report_of_the_release(first, data, folder, survey, release):
    warehouse = pipeline.open_warehouse(folder, load_settings({"BENCHMARKING_DATA": str(data)}))
    connection = warehouse.connect()
    answered = connection.execute(
        "SELECT DISTINCT agency_id FROM staging.verdict "
        "WHERE survey_year = ? AND agency_id IS NOT NULL AND list_contains(?, survey)",
        [int(release[:4]), survey],
    ).fetchall()
    entered = connection.execute("SELECT agency_id FROM ledger.report WHERE release = ?", [release]).fetchall()
    connection.close()
    top = data / "reports" / warehouse.programme.name / release
    assert len(answered) > 150 and set(entered) == set(answered)
    assert {path.name for path in top.iterdir()} == {folder_name(agency) for (agency,) in answered}
    files = sorted(path for path in top.rglob("*") if path.is_file())
    assert {path.name for path in files} == {"report.html", "report.pdf"} and len(files) == 2 * len(answered)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert top.stat().st_mode & 0o777 == 0o700


def test_no_private_report_lies_where_releases_or_previews_are_served_from(first, data):
    served = [data / "releases", data / "drafts"]
    assert not [path for folder in served for path in folder.rglob("report.html")]


def test_a_preview_is_read_behind_the_login_and_logged(first, airflow, data):
    path = "/benchmarks/preview/recruitment_marketing/2026/index.html"
    assert httpx.get(airflow.url + path).status_code in (401, 403)
    assert "Example data, made up" in airflow.client.get(path).text
    log = (data / "drafts" / "recruitment_marketing" / "access.jsonl").read_text()
    assert [json.loads(line)["reader"] for line in log.splitlines()] == ["admin"]


@pytest.mark.parametrize("page", ["", "year", "coverage", "draft", "audit"])
def test_a_page_inside_airflow_needs_a_login(first, airflow, page):
    path = f"/benchmarks/recruitment_marketing/2026/{page}" if page else "/benchmarks/"
    assert httpx.get(airflow.url + path).status_code in (401, 403)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param("year", ["Micro (1 to 9 staff)", "Response", "budget"], id="year-at-a-glance"),
        pytest.param("coverage", ["publishable today", "development_budget_gbp_per_marketer"], id="coverage"),
        pytest.param("draft", ["Nothing new to publish"], id="draft"),
        pytest.param("audit", ["agencies exposed", "narrowest interval"], id="audit"),
    ],
)
def test_a_page_shows_the_year_to_who_is_logged_in(first, airflow, page, expected):
    answer = airflow.client.get(f"/benchmarks/recruitment_marketing/2026/{page}", timeout=120)
    assert answer.status_code == 200
    assert "Example data, made up" in answer.text
    for words in expected:
        assert words in answer.text


def test_a_second_run_with_nothing_new_publishes_nothing(first, airflow, data):
    before = sorted(path.name for path in (data / "releases").glob("*/*"))
    assert run_everything(airflow, "dag-test") == []
    assert sorted(path.name for path in (data / "releases").glob("*/*")) == before


def test_a_backfill_rebuilds_the_same_tables(first, airflow, data):
    before = cells(data, "recruitment_marketing")
    known = {run["dag_run_id"] for run in airflow.runs("build_benchmarks")}
    airflow.unpause("restate_benchmarks")
    airflow._airflow("backfill", "create", "--dag-id", "restate_benchmarks", "--from-date", "2024-01-01",
                     "--to-date", "2026-12-31")  # fmt: skip

    def rebuilt() -> bool:
        new = [run for run in airflow.runs("build_benchmarks") if run["dag_run_id"] not in known]
        return {"2024", "2025", "2026"} <= {run["partition_key"] for run in new if run["state"] == "success"}

    assert airflow._wait_for("the backfill", rebuilt, 900)
    wait_for_builds(airflow, ["2024", "2025", "2026"])
    assert run_everything(airflow, "dag-test") == []
    assert cells(data, "recruitment_marketing") == before
