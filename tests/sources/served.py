"""A small HTTP server that answers as told, and misbehaves as told: busy, cut short, refusing."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LONGEST_SILENCE = 30


@dataclass
class Asked:
    """One request; `query` has one value a name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    content: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


class Served:
    """Serves `answer(asked)` on this machine; `faults` are used up first, one a request.

    A fault is ("busy", seconds), ("cut", share), ("broken", share), ("status", number), ("silent", 0) or
    ("slow", pause): cut breaks the connection before the promised length, broken sends a shorter body as if it were
    whole, silent takes the request and never answers, slow sends byte by byte. `is_faulty` says which requests may be
    hit.
    """

    def __init__(self, port: int = 0) -> None:
        self.faults: list[tuple[str, float]] = []
        self.asked: list[Asked] = []
        self.has_stopped = threading.Event()
        handler = type("Handler", (_Handler,), {"served": self})
        self.server = _Server(("127.0.0.1", port), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def is_faulty(self, asked: Asked) -> bool:
        """Say whether a fault may hit this request."""
        return True

    def busy(self, seconds: float) -> Answer:
        """Answer that there is too much to do."""
        return Answer(b"slow down", 429, {"Retry-After": str(int(seconds))})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, asked: Asked) -> Answer:
        """Answer one request; each fake says how."""
        return Answer(b'{"message": "no such thing"}', 404)

    def stop(self) -> None:
        self.has_stopped.set()
        self.server.shutdown()
        self.server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up, which is what some tests are about."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    served: Served
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        asked = Asked(self.command, parts.path, query, dict(self.headers), body)
        asked.headers["raw-path"] = self.path
        self.served.asked.append(asked)
        is_hit = bool(self.served.faults) and self.served.is_faulty(asked)
        fault, size = self.served.faults.pop(0) if is_hit else ("", 0)
        if fault == "busy":
            self._send(self.served.busy(size))
        elif fault == "status":
            self._send(Answer(b"{}", int(size)))
        elif fault == "silent":
            self.served.has_stopped.wait(LONGEST_SILENCE)
            self.close_connection = True
        elif fault == "slow":
            self._drip(self.served.answer(asked).content, size)
        else:
            answer = self.served.answer(asked)
            keep = int(len(answer.content) * size) if fault else len(answer.content)
            self._send(answer, keep, promised=len(answer.content) if fault != "broken" else keep)

    def _send(self, answer: Answer, keep: int | None = None, promised: int | None = None) -> None:
        content = answer.content if keep is None else answer.content[:keep]
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = len(content) if promised is None else promised
        if "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(length))
        if length != len(content):
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _drip(self, content: bytes, pause: float) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.close_connection = True
        for byte in content:
            if self.served.has_stopped.wait(pause):
                return
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any

    def log_message(self, *_: object) -> None:
        """Say nothing on the test's output."""
