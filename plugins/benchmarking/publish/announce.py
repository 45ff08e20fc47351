"""What is said when a release is out: one subject and one text for e-mail, and a short line for a chat channel."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarking.publish.version import read_manifest


@dataclass(frozen=True)
class Announcement:
    """A subject, a plain text for e-mail, and one short text for chat."""

    subject: str
    text: str
    short: str


def announcement(release: Path, address: str = "") -> Announcement:
    """Say that a release is out, in the words of its own files.

    Args:
        release: a release's folder.
        address: where readers find it; its folder's name unless given.

    Raises:
        BenchmarkingError: the folder is no release.
    """
    manifest = read_manifest(release)
    headlines = json.loads((release / "api" / "headlines.json").read_text(encoding="utf-8"))
    sentences = [row["sentence"].rstrip(".") + "." for row in headlines["headlines"] if not row["status"]]
    subject = f"{headlines['title']} {manifest['survey_year']}: version {manifest['version']} is out"
    where = f"Read it at {address or release.name}."
    lines = [manifest["notice"], *sentences, where, headlines["citation"]]
    text = "\n\n".join(line for line in lines if line) + "\n"
    first = f" {sentences[0]}" if sentences else ""
    notice = f" {manifest['notice']}" if manifest["notice"] else ""
    return Announcement(subject, text, f"{subject}.{first} {where}{notice}")
