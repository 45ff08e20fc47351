"""Rebuild one survey year of every programme that has it: validate, aggregate, protect; collect nothing."""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import Asset, PartitionedAssetTimetable, dag, task, task_group

SUBMISSIONS = Asset("survey-submissions")


@dag(
    schedule=PartitionedAssetTimetable(assets=SUBMISSIONS),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["benchmarking"],
    doc_md=__doc__,
)
def build_benchmarks():
    @task
    def list_builds(dag_run=None) -> list[dict]:
        from airflow.sdk.exceptions import AirflowSkipException

        from benchmarking import pipeline

        builds = pipeline.builds_of_year(int(dag_run.partition_key))
        if not builds:
            raise AirflowSkipException(f"No programme received anything for {dag_run.partition_key}.")
        return builds

    @task(map_index_template="{{ build_label }}")
    def validate(build: dict) -> dict:
        return _step("validate", build)

    @task(map_index_template="{{ build_label }}")
    def aggregate(build: dict, checked: dict) -> dict:
        return _step("aggregate", build)

    @task(map_index_template="{{ build_label }}")
    def protect(build: dict, estimated: dict) -> dict:
        return _step("protect", build)

    @task_group
    def build_programme(build: dict):
        protect(build, aggregate(build, validate(build)))

    build_programme.expand(build=list_builds())


def _step(name: str, build: dict) -> dict:
    from airflow.sdk import get_current_context

    from benchmarking import pipeline

    warehouse = pipeline.open_warehouse(build["programme"])
    get_current_context()["build_label"] = f"{warehouse.programme.name} {build['year']}"
    return {str(year): summary for year, summary in pipeline.rebuild(name, warehouse, build["year"]).items()}


build_benchmarks()
