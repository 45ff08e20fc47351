"""The kinds of source that a programme can name, and the one place that opens them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarking.collect.source import Source
from benchmarking.collect.sources.files import FileSource, open_folder
from benchmarking.errors import DefinitionError
from benchmarking.settings import Limits

# Each is imported when it is first used: nobody with a folder pays for the clients of the others.
SERVERS = {
    "limesurvey": "limesurvey.LimeSurveySource",
    "odk": "odk.OdkSource",
    "kobo": "kobo.KoboSource",
}
PLACES = {"s3": "s3.open_s3", "sftp": "sftp.open_sftp"}
KINDS = ("folder", *SERVERS)


def open_source(
    name: str,
    kind: str,
    url: str,
    surveys: tuple[str, ...],
    inbox: Path,
    limits: Limits | None = None,
    spool: Path | None = None,
    **options: Any,
) -> Source:
    """Open one source of a programme.

    Args:
        url: of a server, a bucket (s3://), an SFTP folder (sftp://) or a path; empty: the programme's inbox.
        surveys: the programme's surveys; a file source has one folder for each.
        spool: a folder for the bytes of big files on their way; without one they are held in memory.
        options: the other keys of the source's entry in programme.yaml; see docs/sources.md.

    Raises:
        DefinitionError: the kind is not known, or an option is missing or unknown.
    """
    if kind not in KINDS:
        raise DefinitionError(f"'{kind}' is no kind of source.", name, f"Use {', '.join(KINDS)}.")
    try:
        if kind == "folder":
            files = _files(name, url, surveys, inbox, (limits or Limits()).file_bytes, options)
            files.spool = spool
            return files
        survey = options.get("survey")
        if survey not in surveys:
            raise DefinitionError(f"there is no survey '{survey}'.", name, f"Give survey: {' or '.join(surveys)}.")
        return _named(SERVERS[kind])(name=name, url=url, **options)
    except TypeError as error:
        said = str(error).split("() ")[-1]
        raise DefinitionError(f"its entry does not fit: {said}.", name, "See docs/sources.md.") from error


def _files(
    name: str, url: str, surveys: tuple[str, ...], inbox: Path, largest: int, options: dict[str, Any]
) -> FileSource:
    scheme = urlsplit(url).scheme
    if scheme in PLACES:
        return _named(PLACES[scheme])(name, url, surveys, largest, **options)
    if scheme not in ("", "file"):
        raise DefinitionError(f"files are not read from '{scheme}://'.", name, "Use s3://, sftp:// or a path.")
    return open_folder(name, url, surveys, inbox, largest, **options)


def _named(place: str) -> Callable[..., Any]:
    module, attribute = place.split(".")
    return getattr(import_module(f"{__name__}.{module}"), attribute)
