"""A Slack of a few lines for tests: it speaks chat.postMessage and keeps what it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "xoxb-made-up"


class Sink(ThreadingHTTPServer):
    """Takes messages on a loopback port; a channel it does not know is refused as Slack refuses it."""

    daemon_threads = True

    def __init__(self, channels: tuple[str, ...] = ("#benchmarks",)) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.channels, self.messages = channels, []

    @property
    def address(self) -> str:
        """Give what a client takes as its base URL."""
        return f"http://127.0.0.1:{self.server_port}/api/"


class Conversation(BaseHTTPRequestHandler):
    """One request."""

    server: Sink

    def do_POST(self) -> None:
        """Answer as Slack does: status 200, and what went wrong in the body."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/api/chat.postMessage" or self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._answer({"ok": False, "error": "invalid_auth"})
        elif body["channel"] not in self.server.channels:
            self._answer({"ok": False, "error": "channel_not_found"})
        else:
            self.server.messages.append(body)
            self._answer({"ok": True, "channel": body["channel"], "ts": "1.1", "message": {"text": body["text"]}})

    def _answer(self, said: dict) -> None:
        content = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the requests out of the test's output."""


@contextmanager
def running() -> Iterator[Sink]:
    """Serve for a while."""
    with Sink() as sink:
        threading.Thread(target=sink.serve_forever, daemon=True).start()
        yield sink
        sink.shutdown()
