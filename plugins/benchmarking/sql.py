"""The one reading of SQL files: one SELECT a file, under a header comment that is YAML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from benchmarking.errors import DefinitionError
from benchmarking.settings import ROOT

HEADER = re.compile(r"\A\s*/\*(.*?)\*/", re.DOTALL)


def read(name: str, root: Path = ROOT) -> str:
    """Give the text of `sql/<name>.sql` under `root`.

    Raises:
        DefinitionError: there is no such file.
    """
    path = root / "sql" / f"{name}.sql"
    if not path.is_file():
        raise DefinitionError("there is no such SQL file.", str(path), "Add it, or correct the name.")
    return path.read_text(encoding="utf-8")


def header(path: Path) -> dict[str, Any]:
    """Give the YAML header of one SQL file.

    Raises:
        DefinitionError: the file has no header, or it is not a YAML mapping.
    """
    match = HEADER.match(path.read_text(encoding="utf-8"))
    try:
        fields = yaml.safe_load(match.group(1)) if match else None
    except yaml.YAMLError as error:
        raise DefinitionError(f"the header is not YAML: {error}", str(path), "Correct the comment.") from error
    if not isinstance(fields, dict):
        raise DefinitionError("no header was found.", str(path), "Begin with /* title: ... */.")
    return fields
