"""A file server that falls silent in the middle is given up, and the next run catches up."""

from __future__ import annotations

import socket
import threading

import pytest

from benchmarking.collect.source import SourceDown
from benchmarking.collect.sources import s3, sftp
from sources.rigs import S3Rig, SftpRig

pytestmark = pytest.mark.slow
# More than a login takes, less than the file below.
BYTES_BEFORE_SILENCE = 100_000


class FallsSilent:
    """Passes TCP on to a port of this machine until so many bytes came back, then keeps the line and says nothing."""

    def __init__(self, port: int) -> None:
        self.port, self.left = port, BYTES_BEFORE_SILENCE
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.sockets: list[socket.socket] = [self.listener]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.port))
            self.sockets += [client, server]
            for source, target, is_back in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass, args=(source, target, is_back), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_back: bool) -> None:
        try:
            while piece := source.recv(4096):
                self.left -= len(piece) if is_back else 0
                if self.left > 0:
                    target.sendall(piece)
        except OSError:
            return

    def stop(self) -> None:
        for each in self.sockets:
            each.close()


def test_an_sftp_server_that_falls_silent_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(sftp, "SECONDS_TO_ANSWER", 1)
    rig = SftpRig(tmp_path, monkeypatch.setenv)
    rig.put("A001")
    (rig.place / "budget" / "large.csv").write_bytes(b"x" * 4 * BYTES_BEFORE_SILENCE)
    silent = FallsSilent(rig.server.port)
    url = rig.entry()["url"].replace(str(rig.server.port), str(silent.listener.getsockname()[1]))
    with pytest.raises(SourceDown, match=r"sftp: .* cannot be read \(.*\)\. Nothing is lost; the next run catches up"):
        rig.fetched(url=url)
    silent.stop()
    assert len(rig.fetched()) == 3
    rig.stop()


def test_an_s3_server_that_falls_silent_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(s3, "SECONDS_TO_ANSWER", 0.5)
    rig = S3Rig(tmp_path, monkeypatch.setenv)
    rig.put("A001")
    rig.fault("silent", 0, times=200)
    with pytest.raises(
        SourceDown, match=r"bucket: .* cannot be read \(.*\)\. Nothing is lost; the next run catches up"
    ):
        rig.fetched()
    rig.proxy.faults = []
    assert rig.seen(rig.fetched()) == {"A001": "500"}
    rig.stop()
