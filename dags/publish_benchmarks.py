"""Publish of each programme the newest year, or the year given, once a person has approved its draft."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag, task, task_group

DRAFT = "ti.xcom_pull(task_ids='release_programme.audit_draft', map_indexes=ti.map_index)"


@dag(
    schedule=os.environ.get("BENCHMARKING_PUBLISH_SCHEDULE", "30 9 2 11 *") or None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["benchmarking"],
    doc_md=__doc__,
    params={"year": Param(None, type=["null", "integer"], description="Survey year; empty for the newest built.")},
)
def publish_benchmarks():
    @task
    def list_drafts(params=None) -> list[dict]:
        from airflow.sdk.exceptions import AirflowSkipException

        from benchmarking import pipeline

        drafts = pipeline.drafts(params["year"])
        if not drafts:
            raise AirflowSkipException("Nothing new to publish: every programme's figures equal its latest release.")
        return drafts

    @task(map_index_template="{{ draft_label }}")
    def audit_draft(draft: dict) -> dict:
        from airflow.sdk import get_current_context

        from benchmarking import pipeline

        warehouse = pipeline.open_warehouse(draft["programme"])
        get_current_context()["draft_label"] = f"{warehouse.programme.name} {draft['version']}"
        return pipeline.draft_for_approval(warehouse, draft["year"])

    @task(map_index_template="{{ draft_label }}")
    def publish_release(draft: dict, approval: dict) -> dict:
        from airflow.sdk import get_current_context

        from benchmarking import pipeline

        warehouse = pipeline.open_warehouse(draft["programme"])
        get_current_context()["draft_label"] = f"{warehouse.programme.name} {draft['version']}"
        by = (approval["responded_by_user"] or {}).get("name") or "unknown"
        how = approval["params_input"].get("how") or "Airflow approval page"
        return pipeline.publish(warehouse, draft["year"], by, how)

    @task(map_index_template="{{ draft_label }}", retries=2, retry_delay=timedelta(minutes=2))
    def write_reports(draft: dict, published: dict) -> dict:
        from airflow.sdk import get_current_context

        from benchmarking import pipeline

        warehouse = pipeline.open_warehouse(draft["programme"])
        get_current_context()["draft_label"] = f"{warehouse.programme.name} {published['version']}"
        return pipeline.agency_reports(warehouse, draft["year"])

    # A task each: a channel that is down is tried again without telling the other one twice.
    @task(map_index_template="{{ draft_label }}", retries=2, retry_delay=timedelta(minutes=2))
    def mail_announcement(published: dict) -> list[str]:
        return _send_mail(_announcement(published))

    @task(map_index_template="{{ draft_label }}", retries=2, retry_delay=timedelta(minutes=2))
    def post_announcement(published: dict) -> list[str]:
        return _post_to_slack(_announcement(published))

    @task_group
    def release_programme(draft: dict):
        audited = audit_draft(draft)
        approve = ApprovalOperator(
            task_id="approve_release",
            subject="{{ " + DRAFT + "['title'] }}",
            body="{{ " + DRAFT + "['body'] }}",
            params={"how": Param("Airflow approval page", type="string", description="How the approval was given.")},
            response_timeout=timedelta(days=14),
            # An answer that arrives within moments of the question can be lost by the scheduler: then it asks again.
            retries=1,
            retry_delay=timedelta(seconds=10),
        )
        audited >> approve
        published = publish_release(draft, approve.output)
        mail_announcement(published)
        post_announcement(published)
        # Private reports go nowhere by themselves: an organiser sends them, whenever they are there.
        write_reports(draft, published)

    release_programme.expand(draft=list_drafts())


def _announcement(published: dict) -> dict:
    """Give what is said of a release, and label the task by it."""
    from airflow.sdk import get_current_context

    from benchmarking import pipeline

    said = pipeline.announcement(Path(published["path"]))
    get_current_context()["draft_label"] = said["subject"]
    return said


def _send_mail(said: dict) -> list[str]:
    """Mail the announcement to BENCHMARKING_ANNOUNCE_TO through the connection smtp_default."""
    to = [address for address in os.environ.get("BENCHMARKING_ANNOUNCE_TO", "").split(",") if address]
    if to:
        from airflow.providers.smtp.hooks.smtp import SmtpHook

        with SmtpHook() as hook:
            hook.send_email_smtp(to=to, subject=said["subject"], html_content=said["html"])
    return [f"mail to {address}" for address in to] or ["no address is configured"]


def _post_to_slack(said: dict) -> list[str]:
    """Post the announcement to BENCHMARKING_ANNOUNCE_SLACK, a channel, through the connection slack_api_default."""
    channel = os.environ.get("BENCHMARKING_ANNOUNCE_SLACK", "")
    if channel:
        from airflow.providers.slack.hooks.slack import SlackHook

        SlackHook().call("chat.postMessage", json={"channel": channel, "text": said["short"]})
    return [f"Slack {channel}"] if channel else ["no channel is configured"]


publish_benchmarks()
