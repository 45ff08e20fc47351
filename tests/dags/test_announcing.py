"""What the publishing Dag says to mail and Slack, and what it leaves alone when one of them is down."""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys

import mail_sink
import pytest
import slack_sink

from benchmarking.settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.airflow]
SAID = {
    "subject": "Benchmarks 2026: version 2026.1.0 is out",
    "html": "<p>Half of agencies set aside £480 or less.</p>",
    "short": "Benchmarks 2026: version 2026.1.0 is out. Half of agencies set aside £480 or less.",
}
# One process tells every case: loading Airflow is what takes the time.
SCRIPT = """
import json, os, sys
import publish_benchmarks as told
said, answers = json.loads(sys.argv[1]), {}
for case, environment in json.loads(sys.argv[2]).items():
    os.environ.update(environment)
    answers[case] = {}
    for name, tell in (("mail", told._send_mail), ("slack", told._post_to_slack)):
        try:
            answers[case][name] = tell(said)
        except Exception as error:
            answers[case][name] = f"{type(error).__name__}: {error}"
dag = told.publish_benchmarks()
tasks = [dag.get_task(f"release_programme.{name}") for name in ("mail_announcement", "post_announcement")]
answers["waits for them"] = [name for task in tasks for name in task.downstream_task_ids]
print(json.dumps(answers))
"""


def setting(mail: str = "", slack: str = "", channel: str = "#benchmarks") -> dict[str, str]:
    """Give the environment of one case: where mail and Slack are, '' for neither."""
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "benchmarks@example.org", "retry_limit": 1}
    port = int(mail or 0)
    smtp = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    api = {"conn_type": "slack", "password": slack_sink.TOKEN, "extra": {"base_url": slack, "timeout": "5"}}
    return {
        "AIRFLOW_CONN_SMTP_DEFAULT": json.dumps(smtp),
        "AIRFLOW_CONN_SLACK_API_DEFAULT": json.dumps(api),
        "BENCHMARKING_ANNOUNCE_TO": "press@example.org" if mail else "",
        "BENCHMARKING_ANNOUNCE_SLACK": channel if slack else "",
    }


@pytest.fixture(scope="module")
def mail():
    with mail_sink.running() as sink:
        yield sink


@pytest.fixture(scope="module")
def slack():
    with slack_sink.running() as sink:
        yield sink


@pytest.fixture(scope="module")
def answers(mail, slack, tmp_path_factory) -> dict:
    with slack_sink.running() as gone:
        nobody = gone.address
    port, home = str(mail.server_address[1]), tmp_path_factory.mktemp("airflow")
    cases = {
        "both are there": setting(port, slack.address),
        "slack is down": setting(port, nobody),
        "no such channel": setting("", slack.address, "#nowhere"),
        "nobody is configured": setting(),
    }
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "PYTHONPATH": f"{ROOT / 'plugins'}{os.pathsep}{ROOT / 'dags'}",
    }
    command = [sys.executable, "-c", SCRIPT, json.dumps(SAID), json.dumps(cases)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout.splitlines()[-1])


def test_mail_and_slack_are_told_in_the_release_s_own_words(answers, mail, slack):
    assert answers["both are there"] == {"mail": ["mail to press@example.org"], "slack": ["Slack #benchmarks"]}
    message = email.message_from_string(mail.messages[0])
    html = [part.get_payload(decode=True).decode() for part in message.walk() if part.get_content_subtype() == "html"]
    assert (message["Subject"], html) == (SAID["subject"], [SAID["html"]])
    assert slack.messages == [{"channel": "#benchmarks", "text": SAID["short"]}]


def test_a_slack_that_is_down_keeps_nothing_from_mail_and_no_task_waits_for_it(answers, mail):
    assert answers["slack is down"]["mail"] == ["mail to press@example.org"] and len(mail.messages) == 2
    assert "Connection refused" in answers["slack is down"]["slack"]
    assert answers["waits for them"] == []


def test_slack_s_own_refusal_is_told(answers):
    assert "channel_not_found" in answers["no such channel"]["slack"]


def test_without_an_address_nobody_is_told(answers):
    assert answers["nobody is configured"] == {
        "mail": ["no address is configured"],
        "slack": ["no channel is configured"],
    }
