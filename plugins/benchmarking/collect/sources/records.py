"""What every survey server has in common: a sweep of ids finds what is new, edited and withdrawn; pages bring it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from benchmarking.collect.source import Delivery, SourceDown
from benchmarking.collect.sources.cursor import LONG_AGO, Cursor
from benchmarking.progress import track


@dataclass(frozen=True)
class Record:
    """One record in a sweep: the mark of its version, and its newest time, aware UTC."""

    mark: str
    changed_at: datetime


@dataclass(frozen=True)
class Page:
    """One page as received, and the records in it."""

    content: bytes
    records: Mapping[str, Record]


class RecordServer(Protocol):
    """A survey server that can be swept and paged."""

    profile: str

    def sweep(self) -> dict[str, Record]:
        """Give every record that the server holds now, by its lasting id."""

    def pages(self, wanted: Mapping[str, Record]) -> Iterator[Page]:
        """Give pages that hold the wanted records; others may be among them."""


@contextmanager
def shapes_told(where: str) -> Iterator[None]:
    """Turn an answer of an unknown shape into a sentence.

    Raises:
        SourceDown: a field that every answer has is missing.
    """
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SourceDown(
            f"an answer has not the shape known ({type(error).__name__}: {error}).",
            where,
            "Check that the url is the server's own, and its version; nothing of the answer was kept.",
        ) from error


def deliveries(server: RecordServer, survey: str, cursor: str | None, where: str) -> Iterator[Delivery]:
    """Give what changed since the cursor: pages first, then one delivery with withdrawals, total and next cursor.

    The cursor moves only with the last delivery: a run that ends before it starts from the same place again, and
    what it brought is known by its keys. A record that slipped between two pages keeps its old mark, so the next
    run asks for it again.

    Raises:
        SourceDown: a listed record is in no page; everything else was given, the cursor included.
    """
    before = Cursor.read(cursor)
    present = server.sweep()
    marks = {key: record.mark for key, record in present.items()}
    wanted = {key: present[key] for key in before.changed(marks)}
    held = {key: value for key, value in marks.items() if key not in wanted}
    newest = before.newest
    pages = track(server.pages(wanted) if wanted else (), f"{where}: pages")
    for number, page in enumerate(pages, start=1):
        held.update({key: record.mark for key, record in page.records.items() if key in present})
        newest = max([newest, *[record.changed_at for record in page.records.values()]])
        yield Delivery(
            name=f"{survey}-after-{stamp(before.newest)}{before.turn}-{number:04d}.json",
            content=page.content,
            survey=survey,
            delivered_at=max((record.changed_at for record in page.records.values()), default=before.newest),
            profile=server.profile,
        )
    # A record swept but not seen in a page keeps its old mark: it is neither gone nor up to date.
    missing = [key for key in wanted if key not in held]
    held |= {key: before.held[key] for key in missing if key in before.held}
    gone = before.gone(present)
    after = Cursor(newest, held, before.withdrawn + len(gone))
    yield Delivery(
        name=f"{survey}-after-{stamp(before.newest)}-end.json",
        content=b"",
        survey=survey,
        delivered_at=newest,
        cursor=after.write() if after != before else None,
        profile=server.profile,
        deletions=gone,
        control_total=len(present),
    )
    raise_if_missing(where, len(missing), len(wanted))


def raise_if_missing(where: str, missing: int, total: int) -> None:
    """Compare what a server lists with what it gave.

    Raises:
        SourceDown: it gave less.
    """
    if missing > 0:
        what = f"{missing} of {total} records are listed and were not given."
        raise SourceDown(what, where, "The others were received; the next run asks for these again.")


def stamp(moment: datetime) -> str:
    """Give a moment as it stands in a page's name."""
    return "start" if moment == LONG_AGO else moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S")


def moment(text: str | None, zone: str = "UTC") -> datetime:
    """Read a server's time; one without a zone is in `zone`, none at all is long ago."""
    if not text:
        return LONG_AGO
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return LONG_AGO
    return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
