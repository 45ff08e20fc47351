"""ODK Central: submissions of one published form, with their version chain, review state and withdrawals.

The feed is read in its own order, newest first: Central refuses (501) a next link together with an order of ours. Its
skip tokens name the last record given, so that what arrives or is deleted meanwhile moves nothing between pages.

Source:
    https://docs.getodk.org/central-api-odata-endpoints and -submission-management
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from benchmarking.collect.source import Delivery, SourceDown
from benchmarking.collect.sources.credentials import read_credentials, told
from benchmarking.collect.sources.cursor import mark
from benchmarking.collect.sources.records import Page, Record, deliveries, moment, shapes_told
from benchmarking.collect.sources.web import WebApi

PAGE_SIZE = 250
# Times are filtered to the second below: Central keeps finer times than it shows.
OVERLAP = timedelta(seconds=1)


class OdkSource:
    """One form of ODK Central. Test answers lie in its draft, which is never read."""

    def __init__(
        self,
        name: str,
        url: str,
        survey: str,
        project: int,
        form: str,
        credentials: Mapping[str, str],
        page_size: int = PAGE_SIZE,
    ) -> None:
        self.name, self.url, self.survey, self.page_size = name, url, survey, page_size
        self.form = f"v1/projects/{project}/forms/{quote(form, safe='')}"
        self.names = dict(credentials)

    def fetch(self, cursor: str | None) -> Iterator[Delivery]:
        """Give what was submitted, edited, reviewed or withdrawn since the cursor.

        Raises:
            SourceDown: the server is away, refuses the credentials, or its answer broke off.
        """
        values = read_credentials(self.name, self.names, ("username", "password"))
        with (
            shapes_told(self.name),
            WebApi(self.name, self.url, told(self.names)) as api,
            _session(api, values["username"], values["password"]),
        ):
            yield from deliveries(_Form(api, self.form, self.page_size), self.survey, cursor, self.name)


@contextmanager
def _session(api: WebApi, email: str, password: str) -> Iterator[None]:
    """Log in, and out once all is read; a server in trouble is not asked again, and forgets the session in a day."""
    answer = api.post("v1/sessions", {"email": email, "password": password})
    api.authorise(f"Bearer {answer['token']}")
    yield
    # A failed good-bye must not hide that all was read.
    with suppress(SourceDown):
        api.delete("v1/sessions/current")


class _Form:
    profile = "odk"

    def __init__(self, api: WebApi, form: str, page_size: int) -> None:
        self.api, self.form, self.page_size = api, form, page_size

    def sweep(self) -> dict[str, Record]:
        _, listed = self.api.get(f"{self.form}/submissions")
        if not isinstance(listed, list):
            raise SourceDown("the list of submissions is not a list.", self.api.where, "Check the url.")
        return {entry["instanceId"]: _listed(entry) for entry in listed if not entry.get("deletedAt")}

    def pages(self, wanted: Mapping[str, Record]) -> Iterator[Page]:
        since = min(record.changed_at for record in wanted.values()) - OVERLAP
        text = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        query: dict[str, Any] | None = {
            "$top": self.page_size,
            "$expand": "*",
            "$filter": f"__system/submissionDate ge {text} or __system/updatedAt ge {text}",
        }
        path: str | None = f"{self.form}.svc/Submissions"
        while path:
            content, body = self.api.get(path, query)
            rows = body["value"]
            if rows:
                yield Page(content, {row["__id"]: _paged(row) for row in rows})
            path, query = body.get("@odata.nextLink"), None


def _listed(entry: Mapping[str, Any]) -> Record:
    times = (entry.get("createdAt"), entry.get("updatedAt"))
    return _record(times, entry.get("reviewState"))


def _paged(row: Mapping[str, Any]) -> Record:
    system = row["__system"]
    times = (system.get("submissionDate"), system.get("updatedAt"))
    return _record(times, system.get("reviewState"))


def _record(times: tuple[str | None, ...], review_state: str | None) -> Record:
    # Only what both the list and the pages tell: an edit and a review each move updatedAt.
    moments = [moment(text) for text in times]
    return Record(mark(*[m.isoformat() for m in moments], review_state), max(moments))
