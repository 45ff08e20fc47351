"""Files in an S3 bucket, or in anything that speaks S3."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import fsspec
from aiohttp import ClientError as ConnectionFault
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from fsspec import AbstractFileSystem

from benchmarking.collect.sources.credentials import read_credentials, told
from benchmarking.collect.sources.files import FileSource
from benchmarking.collect.sources.web import BUSY, checked_url, raise_if_too_long, seconds_asked

ATTEMPTS = 3
SECONDS_TO_CONNECT = 10
SECONDS_TO_ANSWER = 60
BROKEN_READS = 2


def open_s3(
    name: str,
    url: str,
    surveys: tuple[str, ...],
    largest: int,
    credentials: Mapping[str, str] | None = None,
    endpoint: str = "",
    region: str = "",
    may_erase: bool = False,
) -> FileSource:
    """Open s3://bucket/prefix; without named credentials the machine's own role or profile is used.

    Args:
        endpoint: address of a server other than Amazon's, https (http on this machine only).

    Raises:
        DefinitionError: the endpoint is no https address.
    """
    names, parts = dict(credentials or {}), urlsplit(url)
    if endpoint:
        checked_url(name, endpoint)

    def connect() -> AbstractFileSystem:
        values = read_credentials(name, names, ("key", "secret")) if names else {}
        client = {"endpoint_url": endpoint or None, "region_name": region or None}
        place = fsspec.filesystem(
            "s3",
            **values,
            client_kwargs={key: value for key, value in client.items() if value},
            config_kwargs={
                "retries": {"max_attempts": ATTEMPTS, "mode": "standard"},
                "connect_timeout": SECONDS_TO_CONNECT,
                "read_timeout": SECONDS_TO_ANSWER,
            },
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        # The client below tries again by itself; here only what breaks off in the middle is asked for once more.
        place.retries = BROKEN_READS
        place.connect()
        place.s3.meta.events.register_first("needs-retry.s3", partial(_time_asked_for, name))
        return place

    return FileSource(
        name,
        connect,
        f"{parts.netloc}{parts.path}",
        surveys,
        url,
        largest,
        is_remote=True,
        login=told(names),
        refusals=(PermissionError, NoCredentialsError),
        failures=(OSError, BotoCoreError, ClientError, ConnectionFault),
        may_erase=may_erase,
    )


def _time_asked_for(
    name: str, attempts: int, response: tuple[Any, Mapping[str, Any]] | None = None, **_: Any
) -> float | None:
    """Give the seconds that a busy server asks for in Retry-After; the client itself has a pace of its own.

    Raises:
        SourceDown: it asks for more than a run can wait.
    """
    told = response[1].get("ResponseMetadata", {}) if response else {}
    asked = seconds_asked(told.get("HTTPHeaders", {}).get("retry-after"))
    if told.get("HTTPStatusCode") not in BUSY or asked is None or attempts > ATTEMPTS:
        return None
    raise_if_too_long(name, asked)
    return asked
