"""Publish each programme's newest year once a person has approved its draft."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

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

    @task_group
    def release_programme(draft: dict):
        audited = audit_draft(draft)
        approve = ApprovalOperator(
            task_id="approve_release",
            subject="Publish {{ " + DRAFT + "['title'] }}?",
            body="{{ " + DRAFT + "['body'] }}",
            params={"how": Param("Airflow approval page", type="string", description="How the approval was given.")},
            response_timeout=timedelta(days=14),
        )
        audited >> approve
        publish_release(draft, approve.output)

    release_programme.expand(draft=list_drafts())


publish_benchmarks()
