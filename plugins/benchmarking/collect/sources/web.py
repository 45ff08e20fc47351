"""HTTP with patience: waits when asked to, tries again when an answer breaks off, and says what went wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from benchmarking.collect.source import SourceDown
from benchmarking.errors import DefinitionError

TIMEOUT_SECONDS = (10, 120)
ATTEMPTS = 4
LONGEST_WAIT_SECONDS = 120
FIRST_PAUSE_SECONDS = 0.2
BUSY = (429, 500, 502, 503, 504)
REFUSED = (401, 403)
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
BROKEN_OFF = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
)


class _Patience(Retry):
    """Waits as long as the server asks in Retry-After, up to a limit."""

    def get_retry_after(self, response: Any) -> float | None:
        seconds = super().get_retry_after(response)
        raise_if_too_long("", seconds or 0)
        return seconds


class _TimedAdapter(HTTPAdapter):
    """Never waits for ever."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        options["timeout"] = options.get("timeout") or TIMEOUT_SECONDS
        return super().send(request, **options)


class PatientSession(requests.Session):
    """A session whose requests are all safe to repeat, and are repeated when the answer breaks off."""

    def __init__(self) -> None:
        super().__init__()
        patience = _Patience(
            total=ATTEMPTS,
            connect=1,
            read=0,
            status_forcelist=BUSY,
            allowed_methods=None,
            backoff_factor=FIRST_PAUSE_SECONDS,
            raise_on_status=False,
        )
        for scheme in ("https://", "http://"):
            self.mount(scheme, _TimedAdapter(max_retries=patience))

    def request(self, *positional: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send one request; try again when its answer does not arrive whole."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return super().request(*positional, **options)
            except BROKEN_OFF:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")


class WebApi:
    """JSON over HTTP from one server, whose address no answer can change.

    Args:
        where: the source's name, for sentences.
        login: the environment variables that hold the credentials, for sentences.
    """

    def __init__(self, where: str, url: str, login: str) -> None:
        self.where, self.url, self.login = where, checked_url(where, url), login
        self.session = PatientSession()

    def __enter__(self) -> WebApi:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> tuple[bytes, Any]:
        """Give an answer's bytes as received, and the JSON in them.

        Args:
            path: below the server's address, or a next link as the server gave it.

        Raises:
            SourceDown: no whole answer came, the credentials are refused, or the link leads to another server.
        """
        for attempt in range(1, ATTEMPTS + 1):
            content = self._sent("GET", self._address(path), params=dict(query or {}) or None).content
            try:
                return content, json.loads(content)
            except ValueError as error:
                if attempt == ATTEMPTS:
                    raise SourceDown(
                        f"the answer to {path.split('?')[0]} breaks off after {len(content):,} bytes.",
                        self.where,
                        "Nothing of it was kept; the next run asks again.",
                    ) from error
                time.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def post(self, path: str, body: Mapping[str, str]) -> Any:
        """Send JSON; give the JSON of the answer.

        Raises:
            SourceDown: as for `get`.
        """
        return self._sent("POST", self._address(path), json=dict(body)).json()

    def _sent(self, method: str, address: str, **options: Any) -> requests.Response:
        try:
            response = self.session.request(method, address, **options)
        except SourceDown as error:
            raise SourceDown(error.what, self.where, error.do) from error
        except requests.exceptions.RequestException as error:
            raise unreachable(self.where, self.url, error) from error
        raise_for_answer(self.where, self.url, self.login, response.status_code)
        return response

    def _address(self, path: str) -> str:
        address = urljoin(f"{self.url}/", path)
        if urlsplit(address)[:2] != urlsplit(self.url)[:2]:
            # The credentials go with every request: no answer may send them to another host.
            raise SourceDown(
                f"a next link leads to {urlsplit(address).netloc}; it was not followed.",
                self.where,
                f"Ask who runs {self.url}.",
            )
        return address


def raise_if_too_long(where: str, seconds: float) -> None:
    """Leave a wait that no run can sit out to the next run.

    Raises:
        SourceDown: the server asks for more than `LONGEST_WAIT_SECONDS`.
    """
    if seconds > LONGEST_WAIT_SECONDS:
        what = f"the server asks to wait {seconds:,.0f} seconds."
        raise SourceDown(what, where, "Nothing is lost; the next run catches up.")


def checked_url(where: str, url: str) -> str:
    """Give a server's address without its last slash.

    Raises:
        DefinitionError: it is not an https address (http is for this machine only).
    """
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)
    if not is_safe or not parts.hostname or parts.password:
        raise DefinitionError(
            f"'{parts.scheme}://{parts.hostname}' is no https address, or holds credentials.",
            where,
            "Give url: https://... and name the credentials' variables.",
        )
    return url.rstrip("/")


def raise_for_answer(where: str, url: str, login: str, status: int) -> None:
    """Turn a refusal into a sentence.

    Raises:
        SourceDown: the status is not a success.
    """
    if status in REFUSED:
        do = f"Check {login}, and that the account may read."
        raise SourceDown(f"{url} refuses the credentials ({status}).", where, do)
    if status == 404:
        raise SourceDown(f"{url} knows no such form (404).", where, "Check the url and the form's id.")
    if status in BUSY:
        raise SourceDown(f"{url} is busy or broken ({status}).", where, "The next run catches up.")
    if status >= 400:
        raise SourceDown(f"{url} answers {status}.", where, "See its log; the next run asks again.")


def unreachable(where: str, url: str, error: Exception) -> SourceDown:
    """Give the sentence for a server that does not answer, or not to the end."""
    is_cut = isinstance(error, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError))
    what = f"{url} broke off in the middle of its answer." if is_cut else f"{url} cannot be reached."
    do = "Nothing is lost; the next run catches up. If it stays away, check the url and the network."
    return SourceDown(what, where, do)
