"""What a source is: something that hands over deliveries, each with the cursor to go on from.

A source never parses and never writes a table. It gives bytes exactly as they came; `collect` keeps them by content
hash, reads them and commits the cursor together with the rows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from benchmarking.errors import BenchmarkingError

# The profile of a file that lies in no survey's folder: it is refused unread.
MISPLACED = "misplaced"
CHUNK_BYTES = 1024 * 1024
# Bytes beyond which a file is handed over on disk.
MOST_IN_MEMORY = 4 * CHUNK_BYTES


class SourceDown(BenchmarkingError):
    """A source cannot be reached or refuses to answer; nothing was lost, and the next run catches up."""


@dataclass(frozen=True)
class Spooled:
    """Bytes too many to hold in memory: a file that nobody else writes; `sha256` and `size` are those of its bytes."""

    path: Path
    sha256: str
    size: int

    def __len__(self) -> int:
        """Give the number of bytes."""
        return self.size


Content = bytes | Spooled


def opened(content: Content) -> BinaryIO:
    """Open bytes for reading, wherever they are."""
    return content.path.open("rb") if isinstance(content, Spooled) else io.BytesIO(content)


def chunks_of(stream: BinaryIO, most: int | None = None) -> Iterator[bytes]:
    """Read a stream to its end, or its first bytes, in pieces of bounded and, but for the last, even size."""
    left = most
    while chunk := stream.read(CHUNK_BYTES if left is None else min(CHUNK_BYTES, left)):
        left = None if left is None else left - len(chunk)
        yield chunk


def head_of(content: Content, count: int) -> bytes:
    """Give so many of the first bytes."""
    with opened(content) as stream:
        return stream.read(count)


def whole_of(content: Content) -> bytes:
    """Give all the bytes, for readers that cannot do with less."""
    return content if isinstance(content, bytes) else content.path.read_bytes()


@dataclass(frozen=True)
class Delivery:
    """One file, or one page of records from an API, as it arrived.

    name: file name (its ending chooses the reader: .csv .tsv .txt .xlsx .json), or a name for a page that is the same
        at every replay, such as `responses-0001.json`. It stands in the locator and on the receipt.
    content: the bytes as received, a big file's on disk, to be taken from there; empty for a delivery that carries
        only deletions or a new cursor.
    survey: name of the survey in the programme.
    delivered_at: when it arrived, aware UTC; the same at every replay (a file's time stamp, the newest record's time).
    cursor: where the source would go on after this delivery; committed with its rows. None: the source keeps none.
    profile: name of the file profile ("limesurvey", "odk", "kobo", ...); empty: found from the content.
    deletions: record ids that the source no longer holds; each leaves a tombstone version.
    control_total: number of records that the source says it holds; compared with what was received.
    """

    name: str
    content: Content
    survey: str
    delivered_at: datetime
    cursor: str | None = None
    profile: str = ""
    deletions: tuple[str, ...] = ()
    control_total: int | None = None


class Source(Protocol):
    """A place that submissions come from; `name` is unique in the programme."""

    name: str

    def fetch(self, cursor: str | None) -> Iterator[Delivery]:
        """Give everything from `cursor` on; a closed lower bound, so that nothing slips between pages.

        Files come oldest first, records as their server orders them: which version is newer, their times say. What
        was given before may come again: collect knows it by its keys.

        Raises:
            SourceDown: the source is away, refuses the credentials, or its answer broke off.
        """
