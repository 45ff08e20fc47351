"""Take in what was sent: one mapped task a source, never one a submission; announce the years that changed."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from airflow.sdk import Asset, dag, task

SUBMISSIONS = Asset("survey-submissions")


@dag(
    schedule=os.environ.get("BENCHMARKING_COLLECT_SCHEDULE", "15 * * * *") or None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["benchmarking"],
    doc_md=__doc__,
)
def collect_submissions():
    @task
    def list_sources() -> list[dict[str, str]]:
        from benchmarking import pipeline

        return [
            {"programme": str(warehouse.programme.directory), "source": name}
            for warehouse in pipeline.open_all()
            for name in pipeline.source_names(warehouse.programme)
        ]

    @task(retries=2, retry_delay=timedelta(minutes=1), map_index_template="{{ source_label }}")
    def collect_source(source: dict[str, str]) -> dict:
        from airflow.sdk import get_current_context

        from benchmarking import pipeline

        warehouse = pipeline.open_warehouse(source["programme"])
        get_current_context()["source_label"] = f"{warehouse.programme.name}: {source['source']}"
        return pipeline.collect(warehouse, source["source"])

    # A source that is down must not hold back the years of the others.
    @task(outlets=[SUBMISSIONS], trigger_rule="all_done")
    def announce_years(summaries, outlet_events=None) -> list[str]:
        from airflow.sdk.exceptions import AirflowSkipException

        years = sorted({str(year) for summary in summaries if summary for year in summary["years"]})
        if not years:
            raise AirflowSkipException("Nothing new was received; no year is rebuilt.")
        outlet_events[SUBMISSIONS].add_partitions(years)
        return years

    announce_years(collect_source.expand(source=list_sources()))


collect_submissions()
