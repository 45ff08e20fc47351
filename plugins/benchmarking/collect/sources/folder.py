"""A drop folder: `inbox/<programme>/<survey>/` holds one folder a survey, each file in it one delivery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarking.collect.source import Delivery, SourceDown


class FolderSource:
    """Files in a folder, read where they lie and never moved or changed."""

    def __init__(self, name: str, folder: Path, surveys: tuple[str, ...]) -> None:
        self.name, self.folder, self.surveys = name, folder, surveys

    def fetch(self, cursor: str | None) -> Iterator[Delivery]:
        """Give every file of every survey's folder, oldest first; the whole folder each time, so no cursor is kept.

        Raises:
            SourceDown: the folder or a file in it cannot be read.
        """
        for _, name, survey, path in sorted(self._files()):
            try:
                content, changed = path.read_bytes(), path.stat().st_mtime
            except FileNotFoundError:
                continue  # taken away between the listing and the reading: it is somebody else's now
            except OSError as error:
                raise SourceDown(f"{path} cannot be read: {error.strerror}.", self.name, "Check its owner.") from error
            yield Delivery(name, content, survey, datetime.fromtimestamp(int(changed), UTC))

    def _files(self) -> Iterator[tuple[int, str, str, Path]]:
        for survey in self.surveys:
            folder = self.folder / survey
            for path in folder.rglob("*") if folder.is_dir() else ():
                name = path.relative_to(folder).as_posix()
                if path.is_file() and not path.name.startswith((".", "~$")):
                    yield int(path.stat().st_mtime), name, survey, path
