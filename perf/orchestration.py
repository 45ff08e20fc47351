"""What orchestration costs: the whole run on real Airflow against a Dag of as many empty tasks; Dag parse times.

The limit for the run is 1.5 times the empty Dag's wall time plus the steps' own time; for a warm parse, 50 ms a file.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from _bench import ROOT, ratio, table

sys.path.insert(0, str(ROOT / "scripts"))
from local_airflow import DAGS, LocalAirflow, run_everything, running

EMPTY_DAG = """
from datetime import datetime
from airflow.sdk import dag, task

@dag(schedule=None, start_date=datetime(2026, 1, 1), catchup=False)
def empty_{name}():
    @task
    def nothing():
        return None
    previous = None
    for number in range({count}):
        current = nothing.override(task_id=f"nothing_{{number}}")()
        if previous is not None:
            previous >> current
        previous = current

empty_{name}()
"""
PARSE = """
import sys, time, json
from pathlib import Path
sys.path.insert(0, "plugins")
from airflow.dag_processing.dagbag import DagBag
times = {}
for file in sys.argv[1:]:
    bag = DagBag(dag_folder="/nonexistent", bundle_path=Path(file).parent)
    bag.process_file(file, only_if_updated=False)
    rounds = []
    for _ in range(7):
        started = time.perf_counter()
        bag.process_file(file, only_if_updated=False)
        rounds.append(time.perf_counter() - started)
    times[Path(file).name] = sorted(rounds)[3] * 1000
print(json.dumps(times))
"""


def main() -> None:
    """Run both and print the tables and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wall, steps, tasks, chain = _whole_run(folder)
        empty = _empty_run(folder, tasks, chain)
    limit = 1.5 * empty + steps
    table(
        ["run", "wall s", "tasks"],
        [
            ["collect, build, publish", wall, tasks],
            ["as many empty tasks", empty, tasks],
            ["steps' own time", steps, 0],
        ],
    )
    _parse_times()
    print(f"limit: 1.5 x {empty:.1f} s + {steps:.1f} s of steps = {limit:.1f} s")
    ratio("orchestration", wall, limit, 1.0)


def _whole_run(folder: Path) -> tuple[float, float, int, int]:
    data = folder / "data"
    for script, programme in (("recruitment_marketing/generate.py", "recruitment_marketing"),
                              ("gender_pay_gap/deliver.py", "gender_pay_gap")):  # fmt: skip
        out = data / "inbox" / programme
        subprocess.run(
            [sys.executable, ROOT / "examples" / script, "--out", out], check=True, stdout=subprocess.DEVNULL
        )
    environment = {"BENCHMARKING_DATA": str(data), "BENCHMARKING_COLLECT_SCHEDULE": "",
                   "BENCHMARKING_PUBLISH_SCHEDULE": "", "PYTHONPATH": str(ROOT / "plugins")}  # fmt: skip
    with running(folder / "home", environment=environment) as airflow:
        started = time.perf_counter()
        run_everything(airflow, "benchmark")
        wall = time.perf_counter() - started
        tasks = [task for dag in DAGS for run in airflow.runs(dag) for task in airflow.tasks(dag, run["dag_run_id"])]
    return wall, _busy_seconds(tasks), len(tasks), len(tasks)


def _busy_seconds(tasks: list[dict]) -> float:
    """Give the time in which at least one task that does work was running."""
    spans = sorted(
        (_moment(t["start_date"]), _moment(t["end_date"])) for t in tasks if t["start_date"] and t["end_date"]
    )
    busy, reached = 0.0, 0.0
    for start, end in spans:
        busy += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return busy


def _moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _empty_run(folder: Path, tasks: int, chain: int) -> float:
    dags = folder / "dags"
    dags.mkdir()
    (dags / "empty.py").write_text(EMPTY_DAG.format(name="chain", count=tasks))
    airflow = _with_dags(folder / "home2", dags)
    try:
        airflow.start(("empty_chain",))
        started = time.perf_counter()
        airflow.wait("empty_chain", airflow.trigger("empty_chain"))
        return time.perf_counter() - started
    finally:
        airflow.stop()


def _with_dags(home: Path, dags: Path) -> LocalAirflow:
    return LocalAirflow(home, environment={"AIRFLOW__CORE__DAGS_FOLDER": str(dags)})


def _parse_times() -> None:
    with tempfile.TemporaryDirectory() as name:
        empty = Path(name) / "empty.py"
        empty.write_text(EMPTY_DAG.format(name="file", count=1))
        files = [*(str(path) for path in sorted((ROOT / "dags").glob("*.py"))), str(empty)]
        environment = {**os.environ, "AIRFLOW_HOME": name, "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"}
        subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"], env=environment, check=True, capture_output=True
        )
        done = subprocess.run(
            [sys.executable, "-c", PARSE, *files], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
    times = json.loads(done.stdout.strip().splitlines()[-1])
    table(["Dag file", "warm parse ms (median of 7)"], [[name, float(value)] for name, value in times.items()])
    print(f"slowest of ours: {max(v for n, v in times.items() if n != 'empty.py'):.1f} ms, limit 50 ms; "
          f"median {statistics.median(times.values()):.1f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
