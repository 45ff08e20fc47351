"""docker-compose.yml: accepted whole, stopped by a missing secret, and each service's own command run natively."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from benchmarking.settings import ROOT

SECRETS = ("AIRFLOW_FERNET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "AIRFLOW_API_SECRET_KEY", "AIRFLOW_JWT_SECRET")
SERVICES = ("api-server", "scheduler", "dag-processor", "triggerer", "worker")
CODE = ("dags", "plugins", "sql", "expectations", "reference", "programme.yaml", "examples")


def compose(values: dict[str, str]) -> subprocess.CompletedProcess[str]:
    plain = {key: value for key, value in os.environ.items() if key not in SECRETS}
    return subprocess.run(
        ["docker-compose", "config"], cwd=ROOT, env={**plain, **values}, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def values() -> dict[str, str]:
    made = {name: secrets.token_hex(40) for name in SECRETS}
    return {**made, "AIRFLOW_FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}


@pytest.fixture(scope="module")
def config(values) -> dict:
    done = compose(values)
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_stops_it_with_a_message(values, missing):
    done = compose({name: value for name, value in values.items() if name != missing})
    assert done.returncode != 0
    assert f"set {missing}" in done.stderr


def test_every_service_has_a_health_check_and_code_is_mounted_read_only(config):
    for name in ("postgres", "redis", *SERVICES):
        assert config["services"][name]["healthcheck"]["test"][0] == "CMD"
    for name in SERVICES:
        mounts = {str(m).split(":")[1]: str(m).split(":")[-1] for m in config["services"][name]["volumes"]}
        assert all(mounts[f"/opt/benchmarking/{part}"] == "ro" for part in CODE)


def test_no_password_stands_in_the_file():
    text = (ROOT / "docker-compose.yml").read_text()
    for line in re.findall(r".*(?:PASSWORD|SECRET|KEY)[A-Z_]*:.*", text):
        assert "${" in line, line


class Native:
    """The compose file's services as processes of this machine, its host names replaced by loopback ports."""

    def __init__(self, config: dict, values: dict[str, str], folder: Path) -> None:
        self.config, self.values, self.folder = config, values, folder
        self.ports = {name: free_port() for name in ("postgres", "redis", "api-server")}
        self.processes: dict[str, subprocess.Popen] = {}

    def start_postgres(self) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        cluster = self.folder / "postgres"
        cluster.mkdir()
        password = self.folder / "password"
        password.write_text(self.values["POSTGRES_PASSWORD"])
        for path in (self.folder, cluster, password):
            shutil.chown(path, "postgres")
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        subprocess.run(
            [
                *as_postgres,
                binaries / "initdb",
                "-D",
                cluster,
                "-U",
                "airflow",
                "-A",
                "scram-sha-256",
                "--pwfile",
                password,
            ],
            check=True,
            capture_output=True,
        )
        self._spawn(
            "postgres",
            [
                *as_postgres,
                binaries / "postgres",
                "-D",
                cluster,
                "-p",
                self.ports["postgres"],
                "-k",
                cluster,
                "-h",
                "127.0.0.1",
            ],
            dict(os.environ),
        )
        wait_for("PostgreSQL", lambda: can_connect(self.ports["postgres"]))
        subprocess.run(
            [
                "psql",
                "-h",
                "127.0.0.1",
                "-p",
                str(self.ports["postgres"]),
                "-U",
                "airflow",
                "postgres",
                "-c",
                "CREATE DATABASE airflow",
            ],
            env={**os.environ, "PGPASSWORD": self.values["POSTGRES_PASSWORD"]},
            check=True,
            capture_output=True,
        )

    def start_redis(self) -> None:
        command = self.config["services"]["redis"]["command"]
        self._spawn("redis", [*command, "--port", self.ports["redis"], "--bind", "127.0.0.1"], dict(os.environ))
        wait_for("Redis", lambda: can_connect(self.ports["redis"]))

    def environment(self, service: str) -> dict[str, str]:
        text = json.dumps(self.config["services"][service]["environment"])
        text = text.replace("@postgres/", f"@127.0.0.1:{self.ports['postgres']}/")
        text = text.replace("@redis:6379", f"@127.0.0.1:{self.ports['redis']}")
        text = text.replace("http://api-server:8080", f"http://127.0.0.1:{self.ports['api-server']}")
        text = text.replace("/opt/benchmarking/data", str(self.folder / "data"))
        local = {
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "AIRFLOW__API__PORT": str(self.ports["api-server"]),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "PYTHONPATH": str(ROOT / "plugins"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            # Ports of this test's own for what Airflow would otherwise serve on fixed ones.
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        }
        return {**os.environ, **{k: str(v) for k, v in json.loads(text).items() if v is not None}, **local}

    def run(self, service: str) -> None:
        done = subprocess.run(
            ["airflow", *self.config["services"][service]["command"]],
            env=self.environment(service),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def start(self, service: str) -> None:
        self._spawn(service, ["airflow", *self.config["services"][service]["command"]], self.environment(service))

    def healthy(self, service: str) -> bool:
        test = [
            part.replace("localhost:8080", f"localhost:{self.ports['api-server']}") for part in self.health(service)
        ]
        done = subprocess.run(test, env=self.environment(service), capture_output=True)
        return done.returncode == 0

    def health(self, service: str) -> list[str]:
        return list(self.config["services"][service]["healthcheck"]["test"][1:])

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text(errors="replace")[-3000:]

    def _spawn(self, name: str, command: list, environment: dict[str, str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as output:
            self.processes[name] = subprocess.Popen(
                [str(part) for part in command],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=self.folder,
            )

    def stop(self) -> None:
        for process in reversed(list(self.processes.values())):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def can_connect(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(label: str, ready, seconds: float = 180):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = ready()
        if found:
            return found
        time.sleep(1)
    raise AssertionError(f"{label} was not ready within {seconds:.0f} s")


@pytest.fixture(scope="module")
def native(config, values, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compose", numbered=True)
    # PostgreSQL runs as its own user and must be able to walk down to its cluster.
    for parent in (folder, *folder.parents):
        if parent == Path("/tmp") or parent == parent.parent:
            break
        parent.chmod(0o755)
    services = Native(config, values, folder)
    try:
        services.start_postgres()
        services.start_redis()
        services.run("setup")
        for service in SERVICES:
            services.start(service)
        yield services
    finally:
        services.stop()


@pytest.mark.slow
@pytest.mark.airflow
@pytest.mark.parametrize("service", SERVICES)
def test_each_service_runs_by_its_own_command_and_passes_its_own_health_check(native, service):
    try:
        wait_for(service, lambda: native.healthy(service))
    except AssertionError as error:
        raise AssertionError(native.log(service)) from error
    assert native.processes[service].poll() is None, native.log(service)


@pytest.mark.slow
@pytest.mark.airflow
def test_a_celery_worker_runs_a_dag_against_postgresql_and_redis(native):
    environment = native.environment("scheduler")
    url = f"http://127.0.0.1:{native.ports['api-server']}/api/v2/monitor/health"
    wait_for("health", lambda: json.load(urllib.request.urlopen(url))["scheduler"]["status"] == "healthy")

    def rows(output: str) -> list[dict]:
        # Log lines stand before the table.
        return json.loads(output.strip().splitlines()[-1])

    def airflow(*arguments: str) -> str:
        done = subprocess.run(["airflow", *arguments], env=environment, capture_output=True, text=True)
        return done.stdout

    wait_for("the Dags", lambda: "collect_submissions" in airflow("dags", "list", "--output", "plain"))
    airflow("dags", "unpause", "collect_submissions")
    airflow("dags", "trigger", "collect_submissions", "--run-id", "compose")

    def ended() -> str:
        runs = rows(airflow("dags", "list-runs", "collect_submissions", "--output", "json"))
        states = [run["state"] for run in runs if run["run_id"] == "compose"]
        return states[0] if states and states[0] in ("success", "failed") else ""

    assert wait_for("the run", ended) == "success", native.log("worker")
    states = rows(airflow("tasks", "states-for-dag-run", "collect_submissions", "compose", "--output", "json"))
    assert {row["task_id"]: row["state"] for row in states} == {
        "list_sources": "success",
        "collect_source": "success",
        "announce_years": "skipped",
    }
