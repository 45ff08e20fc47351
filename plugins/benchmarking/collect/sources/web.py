"""HTTP with patience: waits when asked to, tries again when an answer breaks off, and says what went wrong."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from benchmarking.collect.source import CHUNK_BYTES, SourceDown
from benchmarking.errors import DefinitionError

# To connect, and between two pieces of an answer.
TIMEOUT_SECONDS = (10, 120)
# A server that sends a byte now and then passes every other limit.
LONGEST_ANSWER_SECONDS = 900
# A list of 200,000 submissions takes 90 MB in ODK Central; pages are far smaller.
LARGEST_ANSWER_BYTES = 256 * CHUNK_BYTES
ATTEMPTS = 4
LONGEST_WAIT_SECONDS = 120
FIRST_PAUSE_SECONDS = 0.2
BUSY = (429, 500, 502, 503, 504)
REFUSED = (401, 403)
DEFAULT_PORTS = {"https": 443, "http": 80}
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
BROKEN_OFF = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
)
log = logging.getLogger("benchmarking")


class _Patience(Retry):
    """Waits as long as the server asks in Retry-After, up to a limit."""

    def get_retry_after(self, response: Any) -> float | None:
        seconds = seconds_asked(response.headers.get("Retry-After"))
        raise_if_too_long("", seconds or 0)
        if seconds:
            log.info("a busy server asks to wait %.0f s", seconds)
        return seconds


class _TimedAdapter(HTTPAdapter):
    """Never waits for ever."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        options["timeout"] = options.get("timeout") or TIMEOUT_SECONDS
        return super().send(request, **options)


class PatientSession(requests.Session):
    """A session whose requests are all safe to repeat, and are repeated when the answer breaks off.

    No redirect is followed: it could take the credentials to another place.
    """

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
        """Send one request; try again when its answer does not arrive whole.

        Raises:
            SourceDown: the answer is a redirect, or goes beyond the limits of size and time.
        """
        options |= {"stream": True, "allow_redirects": False}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return _whole(super().request(*positional, **options))
            except BROKEN_OFF:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")


def _whole(response: requests.Response) -> requests.Response:
    """Read an answer to its end, within its limits."""
    try:
        if response.is_redirect:
            what = f"{_place(response.url)} sends on to {_place(response.headers['location'])}; it was not followed."
            raise SourceDown(what, "", "If that is the server's own address, give it as url.")
        # What requests itself keeps once an answer was read.
        response._content, response._content_consumed = _bounded(response), True
    except urllib3.exceptions.ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    except urllib3.exceptions.DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ConnectionError(error) from error
    finally:
        response.close()
    return response


def _bounded(response: requests.Response) -> bytes:
    ends, content = time.monotonic() + LONGEST_ANSWER_SECONDS, bytearray()
    while piece := response.raw.read1(CHUNK_BYTES, decode_content=True):
        content += piece
        if len(content) > LARGEST_ANSWER_BYTES:
            what = f"an answer of {_place(response.url)} is larger than {LARGEST_ANSWER_BYTES:,} bytes."
            raise SourceDown(what, "", "Nothing of it was kept; ask for smaller pages with page_size.")
        if time.monotonic() > ends:
            what = f"an answer of {_place(response.url)} takes longer than {LONGEST_ANSWER_SECONDS:,} seconds."
            raise SourceDown(what, "", "Nothing of it was kept; the next run asks again.")
    return bytes(content)


def _place(address: str) -> str:
    """Give an address as far as it may be told: no path, query or credentials."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else "another path"


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

    def authorise(self, words: str) -> None:
        """Send these words as Authorization from now on; a .netrc of the machine does not replace them."""

        def signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
            request.headers["Authorization"] = words
            return request

        self.session.auth = signed

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> tuple[bytes, Any]:
        """Give an answer's bytes as received, and the JSON in them.

        Args:
            path: below the server's address, or a next link as the server gave it.

        Raises:
            SourceDown: no whole answer came, the credentials are refused, or the link leads to another server.
        """
        return self._json("GET", path, params=dict(query or {}) or None)

    def post(self, path: str, body: Mapping[str, str]) -> Any:
        """Send JSON; give the JSON of the answer.

        Raises:
            SourceDown: as for `get`.
        """
        return self._json("POST", path, json=dict(body))[1]

    def delete(self, path: str) -> None:
        """Remove something at the server that is this client's own, such as its session.

        Raises:
            SourceDown: as for `get`.
        """
        self._sent("DELETE", self._address(path))

    def _json(self, method: str, path: str, **options: Any) -> tuple[bytes, Any]:
        for attempt in range(1, ATTEMPTS + 1):
            content = self._sent(method, self._address(path), **options).content
            try:
                return content, json.loads(content)
            except (ValueError, RecursionError) as error:
                if attempt == ATTEMPTS:
                    raise self._no_json(path.split("?")[0], content) from error
                time.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _no_json(self, path: str, content: bytes) -> SourceDown:
        if content.lstrip()[:1] == b"<":
            what = f"{self.url} answers with a web page where data should be."
            return SourceDown(what, self.where, "Check the url; a login page or a proxy may stand in between.")
        what = f"the answer to {path} breaks off after {len(content):,} bytes."
        return SourceDown(what, self.where, "Nothing of it was kept; the next run asks again.")

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
        own, asked = urlsplit(self.url), urlsplit(urljoin(f"{self.url}/", path))
        if _server(asked) != _server(own):
            # The credentials go with every request: no answer may send them to another host.
            raise SourceDown(
                f"a next link leads to {asked.netloc}; it was not followed.",
                self.where,
                f"Ask who runs {self.url}.",
            )
        # A server behind a proxy may call itself http: it is asked as it was given.
        return asked._replace(scheme=own.scheme, netloc=own.netloc).geturl()


def _server(parts: SplitResult) -> tuple[str | None, int | None]:
    """Give the host and the port that are meant, the same for http and https at their usual ports."""
    try:
        port = parts.port
    except ValueError:
        return None, None
    return parts.hostname, None if port == DEFAULT_PORTS.get(parts.scheme) else port


def seconds_asked(text: str | None) -> float | None:
    """Read Retry-After: whole seconds or a date; text that is neither asks for nothing.

    Source:
        https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    words = (text or "").strip()
    if words.isascii() and words.isdecimal():
        return float(words)
    try:
        return max(parsedate_to_datetime(words).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def raise_if_too_long(where: str, seconds: float) -> None:
    """Leave a wait that no run can sit out to the next run.

    Raises:
        SourceDown: the server asks for more than `LONGEST_WAIT_SECONDS`.
    """
    if seconds > LONGEST_WAIT_SECONDS:
        how_long = f"{seconds:,.0f} seconds" if math.isfinite(seconds) else "for ever"
        what = f"the server asks to wait {how_long}."
        raise SourceDown(what, where, "Nothing is lost; the next run catches up.")


def checked_url(where: str, url: str) -> str:
    """Give a server's address without its last slash.

    Raises:
        DefinitionError: it is not an https address (http is for this machine only).
    """
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)
    if not is_safe or not parts.hostname or parts.username or parts.password:
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
        do = f"Check the url, the form's id, and that {login} may see it."
        raise SourceDown(f"{url} knows no such form (404).", where, do)
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
