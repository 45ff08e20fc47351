"""LimeSurvey through RemoteControl 2: every response of one survey, partial ones included.

RemoteControl has no filter by time and no notice of deletions. So each run exports all responses in blocks of ids
and hands over only the blocks in which something changed; a deletion is an id that is no longer there.

Source:
    https://manual.limesurvey.org/RemoteControl_2_API
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from citric import Client
from citric.exceptions import (
    InvalidJSONResponseError,
    LimeSurveyError,
    LimeSurveyStatusError,
    ResponseMismatchError,
    RPCInterfaceNotEnabledError,
)

from benchmarking.collect.source import Delivery, SourceDown
from benchmarking.collect.sources.credentials import read_credentials, told
from benchmarking.collect.sources.cursor import Cursor, mark
from benchmarking.collect.sources.records import moment, raise_if_missing, shapes_told, stamp
from benchmarking.collect.sources.web import ATTEMPTS, PatientSession, checked_url, raise_for_answer, unreachable
from benchmarking.progress import track

PAGE_SIZE = 500
# What a status begins with: later versions put a code of their own behind it.
NO_RESPONSES = "No Data, could not get max id."
NOT_ACTIVE = "No Data, survey table does not exist."
REFUSALS = ("No permission", "Invalid session key")
CUT_SHORT = (binascii.Error, ValueError, KeyError, TypeError, RecursionError, InvalidJSONResponseError)
TIMES = ("datestamp", "submitdate", "startdate")


class LimeSurveySource:
    """One survey of a LimeSurvey server; `zone` is the server's, since its times have none."""

    def __init__(
        self,
        name: str,
        url: str,
        survey: str,
        survey_id: int,
        credentials: Mapping[str, str],
        page_size: int = PAGE_SIZE,
        zone: str = "UTC",
    ) -> None:
        self.name, self.survey, self.survey_id = name, survey, survey_id
        self.url, self.page_size, self.zone = checked_url(name, url), page_size, zone
        self.names = dict(credentials)

    def fetch(self, cursor: str | None) -> Iterator[Delivery]:
        """Give every block of responses in which something changed, then the deletions and the next cursor.

        Raises:
            SourceDown: the server is away, refuses the credentials, or its answer broke off.
        """
        before = Cursor.read(cursor)
        with shapes_told(self.name), self._spoken(), self._client() as client:
            yield from self._deliveries(client, before)

    def _deliveries(self, client: Client, before: Cursor) -> Iterator[Delivery]:
        ids = self._ids(client, before)
        held: dict[str, str] = {}
        newest = before.newest
        for first, last in track(list(self._blocks(ids)), f"{self.name}: blocks"):
            content, rows = self._export(client, from_response_id=first, to_response_id=last)
            marks = {str(row["id"]): mark(json.dumps(row, sort_keys=True)) for row in rows}
            times = [self._time(row) for row in rows]
            held |= marks
            newest = max([newest, *times])
            if before.changed(marks):
                name = f"responses-{first:07d}-{last:07d}{before.turn}.json"
                yield Delivery(name, content, self.survey, max(times), profile="limesurvey")
        # An id that was listed and then not exported is decided by the next run.
        held |= {key: before.held[key] for key in map(str, ids) if key not in held and key in before.held}
        gone = before.gone(held)
        after, total = Cursor(newest, held, before.withdrawn + len(gone)), self._total(client)
        if after == before and total is None:
            return  # a survey that was never active has nothing to say
        yield Delivery(
            name=f"responses-after-{stamp(before.newest)}-end.json",
            content=b"",
            survey=self.survey,
            delivered_at=newest,
            cursor=after.write() if after != before else None,
            profile="limesurvey",
            deletions=gone,
            control_total=total,
        )
        raise_if_missing(self.name, (total or 0) - len(held), total or 0)

    def _ids(self, client: Client, before: Cursor) -> list[int]:
        try:
            _, rows = self._export(client, fields=["id"])
        except LimeSurveyStatusError as error:
            if not str(error).startswith(NOT_ACTIVE):
                raise
            if before.held:
                what = f"the survey is no longer active; its {len(before.held):,} responses known are out of reach."
                do = "Nothing was withdrawn. Activate it again, or take the source out of programme.yaml."
                raise SourceDown(what, self.name, do) from error
            return []
        return sorted(int(row["id"]) for row in rows)

    def _blocks(self, ids: list[int]) -> Iterator[tuple[int, int]]:
        # Blocks lie at fixed ids, so that a block without a change has the same bytes at every run.
        for number in sorted({(key - 1) // self.page_size for key in ids}):
            yield number * self.page_size + 1, (number + 1) * self.page_size

    def _export(self, client: Client, **options: Any) -> tuple[bytes, list[dict[str, Any]]]:
        for _ in range(ATTEMPTS):
            try:
                content = client.export_responses(self.survey_id, file_format="json", **options)
                return content, json.loads(content)["responses"]
            except LimeSurveyStatusError as error:
                if str(error).startswith(NO_RESPONSES):
                    return b"", []
                raise
            except (*CUT_SHORT, ResponseMismatchError):
                continue  # cut short on its way: ask again
        raise SourceDown("an export breaks off.", self.name, "Nothing of it was kept; the next run asks again.")

    def _total(self, client: Client) -> int | None:
        summary = client.get_summary(self.survey_id) or {}
        total = summary.get("full_responses")
        return None if total is None else int(total)

    def _time(self, row: Mapping[str, Any]) -> Any:
        return max(moment(row.get(name), self.zone) for name in TIMES)

    @contextmanager
    def _client(self) -> Iterator[Client]:
        values = read_credentials(self.name, self.names, ("username", "password"))
        try:
            client = Client(self.url, values["username"], values["password"], requests_session=PatientSession())
        except LimeSurveyStatusError as error:
            # Whatever words it has for it: a wrong password, or too many tries.
            what = f"{self.url} refuses the credentials ('{error}')."
            raise SourceDown(what, self.name, f"Check {told(self.names)}.") from error
        yield client
        # A server in trouble is not asked again; it forgets the key by itself.
        self._close(client)

    def _close(self, client: Client) -> None:
        try:
            client.close()
        except (LimeSurveyError, SourceDown, ResponseMismatchError, requests.exceptions.RequestException):
            # A failed good-bye must not hide that all was read.
            return

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        """Turn what the client raises into a sentence."""
        try:
            yield
        except SourceDown as error:
            raise SourceDown(error.what, self.name, error.do) from error
        except requests.exceptions.HTTPError as error:
            status = 0 if error.response is None else error.response.status_code
            raise_for_answer(self.name, self.url, told(self.names), status)
            raise
        except requests.exceptions.RequestException as error:
            raise unreachable(self.name, self.url, error) from error
        except (RPCInterfaceNotEnabledError, InvalidJSONResponseError) as error:
            what = f"{self.url} does not answer in JSON-RPC."
            do = "Check the url, and that JSON-RPC is chosen among the interfaces of LimeSurvey's global settings."
            raise SourceDown(what, self.name, do) from error
        except ResponseMismatchError as error:
            what = f"{self.url} answers another question than the one asked."
            raise SourceDown(what, self.name, "A proxy may keep answers; the next run asks again.") from error
        except LimeSurveyError as error:
            is_refusal = any(text in str(error) for text in REFUSALS)
            do = f"Check {told(self.names)}, and that the user may export." if is_refusal else "See the server's log."
            raise SourceDown(f"{self.url} answers '{error}'.", self.name, do) from error
