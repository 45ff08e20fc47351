"""The kinds of source that a programme can name, and the one place that opens them."""

from __future__ import annotations

from pathlib import Path

from benchmarking.collect.source import Source
from benchmarking.collect.sources.folder import FolderSource
from benchmarking.errors import DefinitionError


def open_source(name: str, kind: str, url: str, surveys: tuple[str, ...], inbox: Path) -> Source:
    """Open one source of a programme; an empty url means the programme's own inbox folder.

    Raises:
        DefinitionError: the kind is not known.
    """
    if kind == "folder":
        return FolderSource(name, Path(url) if url else inbox, surveys)
    raise DefinitionError(f"'{kind}' is no kind of source.", name, "Use folder, limesurvey or odk.")
