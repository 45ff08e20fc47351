"""Files in a folder, an S3 bucket or on an SFTP server: one source, since fsspec reads them all alike.

Under the source's url lies one folder a survey; each file in it is one delivery. A file beside them is handed over to
be refused with a sentence. Files are read where they lie and
never moved or changed; only erasing an agency removes files, where the source allows it. A file that is taken away
withdraws nothing: what was received stays received.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
from fsspec import AbstractFileSystem

from benchmarking.collect.source import (
    MISPLACED,
    MOST_IN_MEMORY,
    Content,
    Delivery,
    SourceDown,
    Spooled,
    chunks_of,
)
from benchmarking.collect.sources.cursor import LONG_AGO, Cursor, mark
from benchmarking.collect.store import part_of
from benchmarking.progress import track

UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".tmp", ".swp")
HIDDEN = (".", "~$")
# A server's time stamp may be coarse: what changed this shortly before the newest file is read again.
OVERLAP = timedelta(seconds=120)


@dataclass(frozen=True)
class _File:
    changed_at: datetime
    survey: str
    name: str
    path: str
    size: int
    tag: str

    @property
    def key(self) -> str:
        return mark(self.survey, self.name)

    @property
    def mark(self) -> str:
        return mark(self.changed_at.isoformat(), self.size, self.tag)


class FileSource:
    """A drop folder somewhere.

    Args:
        connect: opens the file system; called at each fetch, so that no connection outlives it.
        root: the path on that file system under which the surveys' folders lie.
        address: how people know the place, without credentials.
        largest: bytes that a file may have; of a larger one only one byte more is read, and the reader refuses it.
        is_remote: unchanged files are not transferred again; a local folder is read whole each time.
        must_exist: a root that is missing is an error (an unmounted share) and not an empty inbox.
        login: the variables that hold the credentials, for sentences.
        refusals, failures: what this kind of file system raises when access is refused, and when it is away.
        may_erase: files of an agency that is erased may be removed; nothing else ever is.
    """

    # A folder for the bytes of big files; without one all are held in memory.
    spool: Path | None = None

    def __init__(
        self,
        name: str,
        connect: Callable[[], AbstractFileSystem],
        root: str,
        surveys: tuple[str, ...],
        address: str,
        largest: int,
        is_remote: bool = False,
        must_exist: bool = True,
        login: str = "the credentials",
        refusals: tuple[type[Exception], ...] = (PermissionError,),
        failures: tuple[type[Exception], ...] = (OSError,),
        may_erase: bool = False,
    ) -> None:
        self.name, self.connect, self.root, self.surveys = name, connect, root.rstrip("/"), surveys
        self.address, self.largest, self.login = address, largest, login
        self.is_remote, self.must_exist = is_remote, must_exist
        self.refusals, self.failures, self.may_erase = refusals, failures, may_erase

    def fetch(self, cursor: str | None) -> Iterator[Delivery]:
        """Give new and changed files, oldest first; a remote place's cursor comes last, in a delivery of its own.

        Raises:
            SourceDown: the place is away, refuses the credentials, or a file cannot be read.
        """
        before = Cursor.read(cursor) if self.is_remote else Cursor()
        with self._told():
            place = self.connect()
            files = sorted(self._listing(place), key=lambda file: (file.changed_at, file.survey, file.name))
        held: dict[str, str] = {}
        for file in track(files, f"{self.name}: files", len(files)):
            is_settled = file.changed_at < before.newest - OVERLAP
            if is_settled and before.held.get(file.key) == file.mark:
                held[file.key] = file.mark
                continue
            with self._told():
                content = self._content(place, file)
            if content is not None:
                held[file.key] = file.mark
                yield self._delivery(file, content)
        newest = max([before.newest, *[file.changed_at for file in files if file.key in held]])
        after = Cursor(newest, held)
        if self.is_remote and after != before:
            yield Delivery(f"{self.name}-end", b"", self.surveys[0], newest, cursor=after.write())

    def _delivery(self, file: _File, content: Content) -> Delivery:
        """Give a file as it is handed over; one in no survey's folder is answered too, and never read."""
        if file.survey:
            return Delivery(file.name, content, file.survey, file.changed_at)
        return Delivery(file.name, content, self.surveys[0], file.changed_at, profile=MISPLACED)

    def originals(self, hashes: Set[str], sizes: Set[int]) -> Iterator[str]:
        """Give the paths of files with certain bytes, whatever they are called now.

        Args:
            hashes: SHA-256 of the bytes looked for.  sizes: theirs; files of another size are not read.

        Raises:
            SourceDown: the place is away, refuses the credentials, or a file cannot be read.
        """
        with self._told():
            place = self.connect()
            files = [file for file in self._listing(place) if file.size in sizes and file.size <= self.largest]
        for file in files:
            with self._told():
                content = self._content(place, file)
            if isinstance(content, bytes) and hashlib.sha256(content).hexdigest() in hashes:
                yield file.path

    def remove(self, path: str) -> None:
        """Remove one file, for good.

        Raises:
            SourceDown: the place is away, or the account may not remove files.
        """
        with self._told():
            self.connect().rm_file(path)

    def _listing(self, place: AbstractFileSystem) -> Iterator[_File]:
        if self.must_exist and not place.isdir(self.root):
            raise FileNotFoundError(self.root)
        top = PurePosixPath(place._strip_protocol(self.root))
        found = place.find(self.root, detail=True) if place.isdir(self.root) else {}
        for path, entry in found.items():
            name = PurePosixPath(path).relative_to(top)
            if not _is_sent(name.as_posix()):
                continue
            is_placed = len(name.parts) > 1 and name.parts[0] in self.surveys
            survey = name.parts[0] if is_placed else ""
            within = name.relative_to(survey).as_posix() if survey else name.as_posix()
            yield _File(_changed_at(entry), survey, within, path, int(entry["size"]), str(entry.get("ETag", "")))

    def _content(self, place: AbstractFileSystem, file: _File) -> Content | None:
        """Give a file's bytes, or None where it went away or is still being written; the next run sees it again."""
        content: Content
        try:
            if self.spool is not None and file.size > MOST_IN_MEMORY:
                content = self._spooled(place, file, self.spool)
            else:
                is_too_big = file.size > self.largest
                content = place.cat_file(file.path, **({"start": 0, "end": self.largest + 1} if is_too_big else {}))
            size = int(place.info(file.path)["size"])
        except FileNotFoundError:
            return None
        if len(content) == min(size, self.largest + 1) and size == file.size:
            return content
        if isinstance(content, Spooled):
            content.path.unlink()
        return None

    def _spooled(self, place: AbstractFileSystem, file: _File, folder: Path) -> Spooled:
        """Copy a big file onto this machine's disk."""
        path, told, size = part_of(folder, "arriving"), hashlib.sha256(), 0
        try:
            with place.open(file.path, "rb", cache_type="readahead") as source, path.open("wb") as target:
                for chunk in chunks_of(source, self.largest + 1):
                    told.update(chunk)
                    size += target.write(chunk)
                os.fsync(target.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Spooled(path, told.hexdigest(), size)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what a file system raises into a sentence."""
        try:
            yield
        except FileNotFoundError as error:
            raise SourceDown(
                f"{self.address} is not there.", self.name, "Check the url, or mount the share."
            ) from error
        except self.refusals as error:
            do = f"Check {self.login}, and that the account may list and read."
            raise SourceDown(f"{self.address} refuses access ({type(error).__name__}).", self.name, do) from error
        except self.failures as error:
            what = f"{self.address} cannot be read ({type(error).__name__}: {error})."
            raise SourceDown(what, self.name, "Nothing is lost; the next run catches up.") from error


def open_folder(
    name: str, url: str, surveys: tuple[str, ...], inbox: Path, largest: int, may_erase: bool = False
) -> FileSource:
    """Open a folder of this machine; an empty url is the programme's own inbox, which need not exist yet."""
    folder = str(Path(url.removeprefix("file://")) if url else inbox)
    must_exist = bool(url)
    return FileSource(
        name,
        lambda: fsspec.filesystem("file"),
        folder,
        surveys,
        folder,
        largest,
        must_exist=must_exist,
        may_erase=may_erase,
    )


def _is_sent(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not any(part.startswith(HIDDEN) for part in parts) and not name.lower().endswith(UNFINISHED)


def _changed_at(entry: Mapping[str, Any]) -> datetime:
    """Give a listing entry's time stamp in whole seconds, as the coarsest of the servers gives it."""
    found = entry.get("LastModified") or entry.get("mtime")
    if isinstance(found, datetime):
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    return datetime.fromtimestamp(int(found), UTC) if found is not None else LONG_AGO
