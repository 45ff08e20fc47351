"""What is said when a release is out: one subject and one message for e-mail, and a short line for a chat channel."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from html import escape
from pathlib import Path

from benchmarking.publish.version import read_manifest

SITE_SETTING = "BENCHMARKING_SITE_URL"


@dataclass(frozen=True)
class Announcement:
    """A subject, the message as plain text and as HTML for e-mail, and one short text for chat."""

    subject: str
    text: str
    html: str
    short: str


def announcement(release: Path, address: str = "") -> Announcement:
    """Say that a release is out, in the words of its own files.

    Args:
        release: a release's folder.
        address: where readers find it; unless given, its place under BENCHMARKING_SITE_URL, which serves the
            releases of all programmes as they lie in `data/releases`.

    Raises:
        BenchmarkingError: the folder is no release.
    """
    manifest = read_manifest(release)
    told = json.loads((release / "api" / "headlines.json").read_text(encoding="utf-8"))
    shown = [row for row in told["headlines"] if not row["status"]]
    sentences = [(row["sentence"].rstrip(".") + ".", _rests_on(row)) for row in shown]
    subject = f"{told['title']} {manifest['survey_year']}: version {manifest['version']} is out"
    address = address or site_address(manifest["programme"], manifest["version"])
    text = _text(manifest["notice"], sentences, address, release.name, told["citation"])
    html = _html(manifest["notice"], sentences, address, release.name, told["citation"])
    first = f" {sentences[0][0]}" if sentences else ""
    notice = f" {manifest['notice']}" if manifest["notice"] else ""
    where = f" {address}" if address else ""
    return Announcement(subject, text, html, f"{subject}.{first}{where}{notice}")


def site_address(programme: str, version: str) -> str:
    """Give a release's address under BENCHMARKING_SITE_URL; '' where that is not set."""
    site = os.environ.get(SITE_SETTING, "").rstrip("/")
    return f"{site}/{programme}/{version}/" if site else ""


def _rests_on(row: dict[str, str]) -> str:
    return "; ".join(part for part in (row["detail"], row.get("change", "")) if part)


def _found(version: str) -> str:
    return f"The pages, slides, workbook, PDF and data are in the folder of release {version}."


def _text(notice: str, sentences: list[tuple[str, str]], address: str, version: str, citation: str) -> str:
    said = [f"* {sentence}" + (f"\n  {rests_on}" if rests_on else "") for sentence, rests_on in sentences]
    where = f"The pages, with slides, workbook, PDF and data to take along:\n{address}" if address else _found(version)
    parts = [notice, "\n\n".join(said), where, f"To quote it: {citation}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(notice: str, sentences: list[tuple[str, str]], address: str, version: str, citation: str) -> str:
    said = "".join(
        f"<li><strong>{escape(sentence)}</strong>" + (f"<br>{escape(rests_on)}" if rests_on else "") + "</li>"
        for sentence, rests_on in sentences
    )
    link = f'<a href="{escape(address)}">{escape(address)}</a>'
    where = f"The pages, with slides, workbook, PDF and data to take along: {link}" if address else _found(version)
    parts = [
        f"<p><strong>{escape(notice)}</strong></p>" if notice else "",
        f"<ul>{said}</ul>" if said else "",
        f"<p>{where}</p>",
        f"<p>To quote it: {escape(citation)}</p>",
    ]
    return "\n".join(part for part in parts if part) + "\n"
