"""Real S3 and SFTP servers: rclone serves both from a folder, moto serves S3; a proxy can spoil S3 answers."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import paramiko

from sources.served import Answer, Asked, Served

USER, PASSWORD = "organiser", "correct-horse"
SECONDS_TO_START = 30
HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "raw-path"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> str:
    """Give the path of a program installed beside this Python."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.is_file() else str(shutil.which(name))


class Process:
    """A server of its own process; stopped by its own handle."""

    def __init__(self, arguments: list[str], port: int) -> None:
        self.port = port
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ends = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < ends and self.process.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(0.2)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{arguments[0]} did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def rclone_s3(folder: Path) -> Process:
    """Serve each folder under `folder` as a bucket."""
    port = free_port()
    keys = f"{USER},{PASSWORD}"
    return Process([program("rclone"), "serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}", "--auth-key", keys,
                    "--vfs-cache-mode", "off", "--dir-cache-time", "0s", "--poll-interval", "0"], port)  # fmt: skip


def moto_s3() -> Process:
    port = free_port()
    return Process([program("moto_server"), "-H", "127.0.0.1", "-p", str(port)], port)


def rclone_sftp(folder: Path, key_file: Path) -> tuple[Process, str]:
    """Serve a folder over SFTP; give the server and its public key as in a known_hosts line."""
    port = free_port()
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(key_file))
    server = Process([program("rclone"), "serve", "sftp", str(folder), "--addr", f"127.0.0.1:{port}", "--user", USER,
                      "--pass", PASSWORD, "--key", str(key_file), "--vfs-cache-mode", "off", "--dir-cache-time", "0s",
                      "--poll-interval", "0"], port)  # fmt: skip
    return server, f"{key.get_name()} {key.get_base64()}"


class S3Proxy(Served):
    """Passes every request on to a real S3 server, except for the objects' answers that are to be spoilt."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def is_faulty(self, asked: Asked) -> bool:
        return asked.method == "GET" and asked.path.endswith(".csv")

    def busy(self, seconds: float) -> Answer:
        body = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
        return Answer(body, 503, {"Content-Type": "application/xml", "Retry-After": str(int(seconds))})

    def answer(self, asked: Asked) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(asked.method, asked.headers["raw-path"], skip_host=True, skip_accept_encoding=True)
        for name, value in asked.headers.items():
            if name.lower() not in HOP_BY_HOP:
                connection.putheader(name, value)
        connection.endheaders(asked.body)
        got = connection.getresponse()
        content = got.read()
        headers = {name: value for name, value in got.getheaders() if name.lower() not in HOP_BY_HOP}
        connection.close()
        return Answer(content, got.status, headers)


def port_of(url: str) -> int:
    return int(urlsplit(url).port or 0)


def closed_url(url: str) -> str:
    """Give an address like `url` at which nobody listens."""
    return re.sub(r":\d+", f":{free_port()}", url, count=1)
