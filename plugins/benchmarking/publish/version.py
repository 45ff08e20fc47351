"""Which version comes next, whether its time has come, and what changed since the one before."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import total_ordering
from pathlib import Path
from typing import Any

from benchmarking.catalog import Programme
from benchmarking.errors import BenchmarkingError
from benchmarking.publish.content import REVISED, Cell, Content
from benchmarking.tables import CELL_KEYS

TEXT = re.compile(r"(\d{4})\.(\d+)\.(\d+)\Z")
MANIFEST = "manifest.json"
TOMBSTONE = "RETRACTED.json"


class NotYet(BenchmarkingError):
    """The release calendar names a later time."""


@total_ordering
@dataclass(frozen=True)
class Version:
    """year.release.revision, such as 2026.1.0."""

    year: int
    release: int
    revision: int

    def __str__(self) -> str:
        return f"{self.year}.{self.release}.{self.revision}"

    def __lt__(self, other: Version) -> bool:
        return (self.year, self.release, self.revision) < (other.year, other.release, other.revision)

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """Read "2026.1.0"; None for anything else."""
        match = TEXT.match(text)
        return cls(*(int(part) for part in match.groups())) if match else None


def versions_in(releases: Path) -> list[Version]:
    """Give the versions that lie in a folder of releases, oldest first; retracted ones too."""
    found = [Version.parse(path.name) for path in releases.iterdir() if path.is_dir()] if releases.is_dir() else []
    return sorted(version for version in found if version is not None)


def newest_of_year(releases: Path, year: int, *, with_retracted: bool = True) -> Version | None:
    """Give a year's newest version, or None before its first."""
    of_year = [version for version in versions_in(releases) if version.year == year]
    standing = [version for version in of_year if not (releases / str(version) / TOMBSTONE).exists()]
    return max(of_year if with_retracted else standing, default=None)


def read_manifest(release: Path) -> dict[str, Any]:
    """Read a release's manifest.

    Raises:
        BenchmarkingError: the folder is no release.
    """
    path = release / MANIFEST
    if not path.is_file():
        raise BenchmarkingError("this folder has no manifest.", str(release), "Name a release's folder.")
    return json.loads(path.read_text(encoding="utf-8"))


def version_after(previous: Version | None, programme: Programme, year: int, now: datetime) -> Version:
    """Give the version that new figures get.

    The first of a year is year.1.0. After that, a release that the calendar announces and whose time has come,
    else a revision of the one before.
    """
    if previous is None:
        return Version(year, 1, 0)
    announced = [
        version
        for version, publish_at in calendar(programme)
        if version.year == year and version > previous and version.revision == 0 and publish_at <= now
    ]
    return max(announced, default=Version(year, previous.release, previous.revision + 1))


def calendar(programme: Programme) -> list[tuple[Version, datetime]]:
    """Give the announced releases in their order of time.

    Raises:
        BenchmarkingError: an entry's version or time cannot be read.
    """
    entries = []
    for entry in programme.calendar:
        version, publish_at = Version.parse(str(entry.get("version", ""))), entry.get("publish_at")
        if isinstance(publish_at, str):
            publish_at = datetime.fromisoformat(publish_at)
        if version is None or not isinstance(publish_at, datetime):
            raise BenchmarkingError(
                f"calendar entry {entry} has no version and publish_at.", programme.name, "Correct programme.yaml."
            )
        entries.append((version, publish_at if publish_at.tzinfo else publish_at.replace(tzinfo=UTC)))
    return sorted(entries, key=lambda entry: entry[1])


def check_time(version: Version, programme: Programme, now: datetime) -> None:
    """Let a version through whose announced time has come; a revision needs no announcement.

    Raises:
        NotYet: the version is announced for later, or is a first release that nobody announced.
    """
    where = f"{programme.name} {version}"
    times = dict(calendar(programme))
    if version in times and now < times[version]:
        raise NotYet(
            f"it is announced for {times[version]:%Y-%m-%d %H:%M} UTC, and it is {now:%Y-%m-%d %H:%M} UTC now.",
            where,
            "Publish it then, or change the release calendar in programme.yaml.",
        )
    if times and version not in times and version.revision == 0:
        raise NotYet(
            "the release calendar does not announce it.", where, "Add its date and time to programme.yaml first."
        )


def changes_since(
    before: Iterable[Mapping[str, Any]], content: Content, tag: str, methods: Collection[str] = ()
) -> list[dict[str, Any]]:
    """List the cells that differ from an earlier version of the year.

    Args:
        before: the earlier version's cells, as benchmarks.json has them.
        tag: what a changed figure is called, revision or correction; a figure that was hidden or came out of
            hiding is tagged disclosure, one that is new or gone or of a redefined measure method.
        methods: the measures that were redefined.
    """
    old = {_key(cell): cell for cell in before}
    new = {_key(vars(cell)): cell for cell in content.cells}
    rows = []
    for key in sorted({*old, *new}, key=str):
        was, now = old.get(key), new.get(key)
        before_text, after_text = (was["display"] if was else ""), (now.display if now else "")
        if was and now and before_text == after_text and _bare(was["status"]) == _bare(now.status):
            continue
        named = dict(zip(CELL_KEYS, key, strict=True))
        rows.append(
            {
                **named,
                "before": before_text,
                "after": after_text,
                "tag": _tag(was, now, "method" if named["measure"] in methods else tag),
            }
        )
    return rows


def _bare(status: str) -> str:
    # The mark of a revision belongs to one version, not to the figure.
    return status.replace(REVISED, "")


def _key(cell: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(cell[name] for name in CELL_KEYS)


def _tag(was: Mapping[str, Any] | None, now: Cell | None, tag: str) -> str:
    was_hidden = was is not None and was["value"] is None and bool(was["status"])
    is_hidden = now is not None and now.is_hidden
    if was is None or now is None:
        return "method"
    return "disclosure" if was_hidden != is_hidden else tag
