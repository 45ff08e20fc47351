"""Files on an SFTP server whose key is written down."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import fsspec
from fsspec import AbstractFileSystem
from paramiko import HostKeys, MissingHostKeyPolicy, PKey, SSHClient
from paramiko.ssh_exception import AuthenticationException, SSHException

from benchmarking.collect.sources.credentials import read_credentials, told
from benchmarking.collect.sources.files import FileSource
from benchmarking.errors import DefinitionError

PORT = 22
SECONDS_TO_CONNECT = 20
SECONDS_TO_ANSWER = 60


class KnownHost(MissingHostKeyPolicy):
    """Trusts only a server whose key is written down; the library's own default trusts everybody."""

    def __init__(self, line: str, known_hosts: str) -> None:
        self.line = line.split()[:2]
        self.hosts = HostKeys(known_hosts) if known_hosts else HostKeys()

    def missing_host_key(self, client: SSHClient, hostname: str, key: PKey) -> None:
        """Accept the key that is written down.

        Raises:
            SSHException: the server shows another.
        """
        shown = [key.get_name(), key.get_base64()]
        if shown != self.line and not self.hosts.check(hostname, key):
            raise SSHException(f"the server shows {' '.join(shown)}, which is not the key written down")


def open_sftp(
    name: str,
    url: str,
    surveys: tuple[str, ...],
    largest: int,
    credentials: Mapping[str, str] | None = None,
    host_key: str = "",
    known_hosts: str = "",
    may_erase: bool = False,
) -> FileSource:
    """Open sftp://user@host:port/folder.

    Args:
        credentials: the variables of `password`, or of `key_filename` and its `passphrase`.
        host_key: the server's public key as in a known_hosts line, such as "ssh-ed25519 AAAA...".
        known_hosts: a file of such lines, instead.

    Raises:
        DefinitionError: the url holds a password, or the server's key is not written down.
    """
    parts, names = urlsplit(url), dict(credentials or {})
    if parts.password or not parts.hostname:
        raise DefinitionError("the url holds a password, or no host.", name, "Give sftp://user@host/folder.")
    if not host_key and not known_hosts:
        do = "Add host_key: ssh-ed25519 AAAA... or known_hosts: a file."
        raise DefinitionError("the server's key is not written down.", name, do)

    def connect() -> AbstractFileSystem:
        place = fsspec.filesystem(
            "sftp",
            host=parts.hostname,
            port=parts.port or PORT,
            username=unquote(parts.username or ""),
            host_key_policy=KnownHost(host_key, known_hosts),
            timeout=SECONDS_TO_CONNECT,
            banner_timeout=SECONDS_TO_CONNECT,
            allow_agent=False,
            look_for_keys=False,
            skip_instance_cache=True,
            **read_credentials(name, names, ()),
        )
        # The client's own limit ends with the greeting; a server that falls silent later would hold the run for ever.
        place.ftp.get_channel().settimeout(SECONDS_TO_ANSWER)
        return place

    return FileSource(
        name,
        connect,
        parts.path,
        surveys,
        f"sftp://{parts.hostname}{parts.path}",
        largest,
        is_remote=True,
        login=told(names),
        refusals=(PermissionError, AuthenticationException),
        failures=(OSError, EOFError, SSHException),
        may_erase=may_erase,
    )
