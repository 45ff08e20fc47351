"""Real Airflow on one machine: start its components, run the three Dags once, stop everything.

`run` collects, builds and publishes with the approval given by a flag; `up` serves the UI until Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
COMPONENTS = ("api-server", "scheduler", "dag-processor")
DAGS = ("collect_submissions", "build_benchmarks", "publish_benchmarks", "restate_benchmarks")
ENDED = ("success", "failed")
PARKED = ("awaiting_input", "deferred")
log = logging.getLogger("local_airflow")


class AirflowFailed(Exception):
    """Airflow did not come up, or a Dag run failed; the sentence says where to look."""


class LocalAirflow:
    """One Airflow with SQLite metadata and the LocalExecutor, in a home of its own."""

    def __init__(self, home: Path, port: int = 0, environment: dict[str, str] | None = None) -> None:
        self.home, self.port = home, port or _free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = {**os.environ, **self._settings(), **(environment or {})}
        self.processes: dict[str, subprocess.Popen] = {}
        self.client = httpx.Client(base_url=self.url, timeout=30)

    def _settings(self) -> dict[str, str]:
        settings = {
            "AIRFLOW_HOME": self.home,
            "AIRFLOW__CORE__DAGS_FOLDER": ROOT / "dags",
            "AIRFLOW__CORE__PLUGINS_FOLDER": ROOT / "plugins",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": self.home / "passwords.json",
            "AIRFLOW__API__PORT": self.port,
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__SECRET_KEY": self._secret("api"),
            "AIRFLOW__API_AUTH__JWT_SECRET": self._secret("jwt"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.home / 'airflow.db'}",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        }
        return {name: str(value) for name, value in settings.items()}

    def _secret(self, name: str) -> str:
        self.home.mkdir(parents=True, exist_ok=True)
        path = self.home / f"{name}.secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(64))
        return path.read_text()

    def start(self, dags: tuple[str, ...] = DAGS) -> None:
        """Migrate the database, start each component and wait until the Dags are known.

        Raises:
            AirflowFailed: a component ended, or did not answer in time.
        """
        self._airflow("db", "migrate")
        for component in COMPONENTS:
            self._start(component)
        self._wait_for("the API server", lambda: self._healthy(), 120)
        self._log_in()
        self._wait_for("the Dags", lambda: all(self._known(dag) for dag in dags), 120)

    def stop(self) -> None:
        """End every component, each with its children."""
        for process in reversed(list(self.processes.values())):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def trigger(self, dag: str, **body: Any) -> str:
        """Unpause a Dag and start a run; give the run's id."""
        self.unpause(dag)
        answer = self._call("POST", f"/dags/{dag}/dagRuns", json={"logical_date": None, **body})
        return str(answer["dag_run_id"])

    def unpause(self, dag: str) -> None:
        """Let the scheduler run a Dag."""
        self._call("PATCH", f"/dags/{dag}", json={"is_paused": False})

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """Give a Dag's runs, newest first."""
        return list(self._call("GET", f"/dags/{dag}/dagRuns?order_by=-run_after&limit=100")["dag_runs"])

    def wait(self, dag: str, run: str, seconds: float = 900) -> str:
        """Wait for a run to end and give its state."""
        return str(self._wait_for(f"{dag} {run}", lambda: self._ended(dag, run), seconds))

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        """Give a run's task instances."""
        return list(self._call("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances?limit=1000")["task_instances"])

    def result(self, dag: str, run: str, task: str, index: int = -1) -> Any:
        """Give what a task returned, or None."""
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value?map_index={index}"
        answer = self.client.get(f"/api/v2{path}")
        value = answer.json()["value"] if answer.status_code == 200 else None
        return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value

    def waiting_approvals(self, dag: str) -> list[dict[str, Any]]:
        """Give the approvals that wait for a person, once their tasks are parked.

        An answer given while the task still runs up to its parking place would be kept, but never wake it.
        """
        details = self._call("GET", f"/dags/{dag}/dagRuns/~/hitlDetails?response_received=false")["hitl_details"]
        parked = [detail for detail in details if detail["task_instance"]["state"] in PARKED]
        return [detail for detail in parked if self._worker_has_left(detail["task_instance"]["id"])]

    def _worker_has_left(self, task_instance_id: str) -> bool:
        # A task that is woken before the scheduler took note of its first worker's end is taken for one that was
        # killed, and fails. The scheduler's log is the only place where that note can be seen.
        with (self.home / "scheduler.log").open(encoding="utf-8", errors="replace") as lines:
            return any("TaskInstance Finished" in line and f"ti_id={task_instance_id}," in line for line in lines)

    def answer(self, waiting: dict[str, Any], option: str, how: str) -> None:
        """Answer a waiting approval."""
        task = waiting["task_instance"]
        path = f"/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}"
        self._call(
            "PATCH",
            f"{path}/{task['map_index']}/hitlDetails",
            json={"chosen_options": [option], "params_input": {"how": how}},
        )

    def task_log(self, dag: str, run: str, task: dict[str, Any]) -> str:
        """Give the events of one task's last try as text."""
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task['task_id']}/logs/{max(task['try_number'], 1)}"
        answer = self._call("GET", f"{path}?map_index={task['map_index']}")
        return "\n".join(json.dumps(line) if isinstance(line, dict) else str(line) for line in answer["content"])

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = self.client.request(method, f"/api/v2{path}", **options)
        if answer.status_code >= 400:
            raise AirflowFailed(f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else {}

    def _ended(self, dag: str, run: str) -> str:
        state = self._call("GET", f"/dags/{dag}/dagRuns/{run}")["state"]
        return state if state in ENDED else ""

    def _known(self, dag: str) -> bool:
        return self.client.get(f"/api/v2/dags/{dag}").status_code == 200

    def _healthy(self) -> bool:
        try:
            health = self.client.get("/api/v2/monitor/health").json()
        except (httpx.HTTPError, ValueError):
            return False
        return health["scheduler"]["status"] == "healthy"

    def _log_in(self) -> None:
        passwords = json.loads((self.home / "passwords.json").read_text())
        answer = self.client.post("/auth/token", json={"username": "admin", "password": passwords["admin"]})
        self.client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"

    def _airflow(self, *arguments: str) -> None:
        log_file = self.home / "setup.log"
        with log_file.open("ab") as output:
            done = subprocess.run(
                [sys.executable, "-m", "airflow", *arguments],
                env=self.environment,
                stdout=output,
                stderr=output,
                check=False,
            )
        if done.returncode:
            raise AirflowFailed(f"'airflow {' '.join(arguments)}' ended with {done.returncode}; see {log_file}.")

    def _start(self, component: str) -> None:
        with (self.home / f"{component}.log").open("ab") as output:
            self.processes[component] = subprocess.Popen(
                [sys.executable, "-m", "airflow", component],
                env=self.environment,
                stdout=output,
                stderr=output,
                # A group of its own, so that its children end with it.
                start_new_session=True,
            )

    def _wait_for(self, label: str, ready: Callable[[], Any], seconds: float) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise AirflowFailed(f"{name} ended with {process.returncode}; see {self.home / name}.log.")
            found = ready()
            if found:
                return found
            time.sleep(0.3)
        raise AirflowFailed(f"{label} took more than {seconds:.0f} s; see the logs in {self.home}.")


@contextmanager
def running(home: Path, port: int = 0, environment: dict[str, str] | None = None) -> Iterator[LocalAirflow]:
    """Run Airflow for a while; everything is stopped at the end, come what may."""
    airflow = LocalAirflow(home, port, environment)
    try:
        airflow.start()
        yield airflow
    finally:
        airflow.stop()


def run_everything(airflow: LocalAirflow, approve_as: str) -> list[dict[str, Any]]:
    """Collect, build each year that changed, approve by the flag and publish; give what was published."""
    for dag in ("build_benchmarks", "publish_benchmarks"):
        airflow.unpause(dag)
    collected = airflow.trigger("collect_submissions")
    _require_success(airflow, "collect_submissions", collected)
    years = airflow.result("collect_submissions", collected, "announce_years") or []
    log.info("Collected: %s", f"survey years {', '.join(years)} changed" if years else "nothing new")
    wait_for_builds(airflow, years)
    return publish(airflow, approve_as)


def publish(airflow: LocalAirflow, approve_as: str) -> list[dict[str, Any]]:
    """Run the publishing Dag once, its approvals given by the flag; give what was published."""
    run = airflow.trigger("publish_benchmarks")
    approve_all(airflow, run, approve_as)
    _require_success(airflow, "publish_benchmarks", run)
    tasks = airflow.tasks("publish_benchmarks", run)
    done = [task for task in tasks if task["task_id"].endswith("publish_release") and task["state"] == "success"]
    return [airflow.result("publish_benchmarks", run, task["task_id"], task["map_index"]) for task in done]


def wait_for_builds(airflow: LocalAirflow, years: list[str]) -> None:
    """Wait until a build of each year has started and ended well."""

    def started() -> list[dict[str, Any]]:
        runs = airflow.runs("build_benchmarks")
        newest = {run["partition_key"]: run for run in reversed(runs)}
        return [newest[year] for year in years] if all(year in newest for year in years) else []

    if not years:
        return
    for run in airflow._wait_for(f"builds of {', '.join(years)}", started, 600):
        _require_success(airflow, "build_benchmarks", run["dag_run_id"])
        log.info("Built %s", run["partition_key"])


def approve_all(airflow: LocalAirflow, run: str, approve_as: str) -> None:
    """Answer each approval of a run until the run has ended; the flag is named in log and release."""
    how = f"flag --approve-as {approve_as}"
    while not airflow._ended("publish_benchmarks", run):
        for waiting in airflow.waiting_approvals("publish_benchmarks"):
            log.info("APPROVED BY FLAG (%s): %s", how, waiting["subject"])
            airflow.answer(waiting, "Approve", how)
        time.sleep(0.5)


def _require_success(airflow: LocalAirflow, dag: str, run: str) -> None:
    if airflow.wait(dag, run) == "success":
        return
    broken = [task for task in airflow.tasks(dag, run) if task["state"] == "failed"]
    for task in broken:
        log.error("%s %s failed:\n%s", dag, task["task_id"], airflow.task_log(dag, run, task)[-4000:])
    raise AirflowFailed(f"{dag}: {', '.join(task['task_id'] for task in broken)} failed; logs in {airflow.home}/logs.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(options: argparse.Namespace) -> None:
    started = time.monotonic()
    log.info("Starting Airflow (scheduler, LocalExecutor, SQLite) in %s", options.home)
    with running(options.home) as airflow:
        log.info("Airflow is up after %.0f s", time.monotonic() - started)
        published = run_everything(airflow, options.approve_as)
    for release in published:
        log.info("%s: %s", release["path"], release["message"])
    if not published:
        log.info("Nothing new: no release was published; the latest ones stand.")
    data = Path(os.environ.get("BENCHMARKING_DATA") or ROOT / "data")
    print(f"\nThe benchmarks (open in a browser), after {time.monotonic() - started:.0f} s:")
    for page in sorted(data.glob("releases/*/latest/index.html")):
        print(f"  {page}")


def _up(options: argparse.Namespace) -> None:
    with running(options.home, port=8080) as airflow:
        password = json.loads((options.home / "passwords.json").read_text())["admin"]
        print(f"Airflow: {airflow.url}  user admin  password {password}   (Ctrl-C stops it)")
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("Stopping.")


def main() -> int:
    """Run one command; give its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=ROOT / ".airflow", help="Airflow's own folder")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the three Dags once, then stop")
    run.add_argument("--approve-as", required=True, metavar="NAME", help="approve releases in this name; it is logged")
    run.set_defaults(call=_run)
    commands.add_parser("up", help="serve Airflow with its UI on localhost:8080").set_defaults(call=_up)
    options = parser.parse_args()
    options.home = options.home.resolve()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        options.call(options)
    except AirflowFailed as error:
        print(f"local_airflow: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
