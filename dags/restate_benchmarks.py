"""Backfill: rebuild past survey years by Airflow's own backfill, one partition a year.

`airflow backfill create --dag-id restate_benchmarks --from-date 2024-01-01 --to-date 2026-12-31`
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import Asset, CronPartitionTimetable, dag, task

SUBMISSIONS = Asset("survey-submissions")


@dag(
    schedule=CronPartitionTimetable("0 0 1 1 *", timezone="UTC", key_format="%Y"),
    start_date=datetime(2015, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["benchmarking"],
    doc_md=__doc__,
)
def restate_benchmarks():
    @task(outlets=[SUBMISSIONS])
    def announce_year(dag_run=None, outlet_events=None) -> str:
        outlet_events[SUBMISSIONS].add_partitions([dag_run.partition_key])
        return dag_run.partition_key

    announce_year()


restate_benchmarks()
