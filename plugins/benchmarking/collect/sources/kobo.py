"""KoboToolbox: submissions of one project, read through its API v2.

An edit keeps `_id` and its submission time and changes `_uuid`; only a sweep finds it. Pages are asked for by id:
their own links count rows from the start, and a record deleted meanwhile would push another one out of sight.

Source:
    https://support.kobotoolbox.org/api.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from benchmarking.collect.source import Delivery
from benchmarking.collect.sources.credentials import read_credentials, told
from benchmarking.collect.sources.cursor import mark
from benchmarking.collect.sources.records import Page, Record, deliveries, moment, shapes_told
from benchmarking.collect.sources.web import WebApi
from benchmarking.progress import track

PAGE_SIZE = 250
SWEEP_SIZE = 1_000
SWEPT = ("_id", "_uuid", "_submission_time", "_validation_status")
SORTED = {"format": "json", "sort": '{"_id":1}'}
# So many ids fit into an address; beyond that, everything from the lowest one on is asked for.
LISTED_IDS = 50


class KoboSource:
    """One deployed project of KoboToolbox."""

    def __init__(
        self,
        name: str,
        url: str,
        survey: str,
        asset: str,
        credentials: Mapping[str, str],
        page_size: int = PAGE_SIZE,
    ) -> None:
        self.name, self.url, self.survey, self.page_size = name, url, survey, page_size
        self.path = f"api/v2/assets/{quote(asset, safe='')}/data/"
        self.names = dict(credentials)

    def fetch(self, cursor: str | None) -> Iterator[Delivery]:
        """Give what was submitted, edited, reviewed or deleted since the cursor.

        Raises:
            SourceDown: the server is away, refuses the token, or its answer broke off.
        """
        values = read_credentials(self.name, self.names, ("token",))
        with shapes_told(self.name), WebApi(self.name, self.url, told(self.names)) as api:
            api.authorise(f"Token {values['token']}")
            yield from deliveries(_Project(api, self.path, self.page_size), self.survey, cursor, self.name)


class _Project:
    profile = "kobo"

    def __init__(self, api: WebApi, path: str, page_size: int) -> None:
        self.api, self.path, self.page_size = api, path, page_size

    def sweep(self) -> dict[str, Record]:
        pages = track(self._pages({}, SWEEP_SIZE, {"fields": json.dumps(SWEPT)}), f"{self.api.where}: pages of ids")
        return {key: record for page in pages for key, record in page.records.items()}

    def pages(self, wanted: Mapping[str, Record]) -> Iterator[Page]:
        ids = sorted(int(key) for key in wanted)
        among: dict[str, Any] = {"$in": ids} if len(ids) <= LISTED_IDS else {"$gte": ids[0]}
        return self._pages(among, self.page_size, {})

    def _pages(self, among: Mapping[str, Any], limit: int, query: Mapping[str, Any]) -> Iterator[Page]:
        """Give pages, each from the last id of the one before on: what is deleted meanwhile moves nothing."""
        wanted, has_more = dict(among), True
        while has_more:
            asked = {"query": json.dumps({"_id": wanted})} if wanted else {}
            content, body = self.api.get(self.path, {**SORTED, **query, **asked, "limit": limit})
            rows = body["results"]
            if rows:
                yield Page(content, {str(row["_id"]): _record(row) for row in rows})
                wanted["$gt"] = max(row["_id"] for row in rows)
            has_more = bool(rows) and bool(body.get("next"))


def _record(row: Mapping[str, Any]) -> Record:
    review = (row.get("_validation_status") or {}).get("uid")
    # The submission time has no zone and is in UTC.
    return Record(mark(row.get("_uuid"), review), moment(row.get("_submission_time")))
