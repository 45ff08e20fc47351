"""What a private report says, read back from its files: its words, its numbers, and its figures of others."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

import pypdf

TOLD = re.compile(r'<data class="pub" value="([^"]*)">([^<]*)</data>')
# Drawings, styles and the head hold places and colours, not figures that somebody reads.
UNREAD = re.compile(r"<(svg|style|head)\b.*?</\1>", re.DOTALL)
# What is computed of its owner's answers alone, by programmes and curves: checked where it is made.
COMPUTED = re.compile(r'<table class="[a-z ]+"><caption id="(?:certificate|staying)">.*?</table>', re.DOTALL)
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
WORD = re.compile(r"[\w@.-]+")


@dataclass(frozen=True)
class Scanned:
    """One report: figures of others by key, its other text, what was computed of its owner, the PDF's text."""

    told: frozenset[tuple[str, str]]
    text: str
    computed: str
    pages: str

    @property
    def words(self) -> set[str]:
        """Give every word of page and PDF."""
        return {word.strip(".") for word in WORD.findall(f"{self.text} {self.computed} {self.pages}")}


def scan(folder: Path) -> Scanned:
    """Read a report's two files."""
    source = (folder / "report.html").read_text(encoding="utf-8")
    told = {(html.unescape(key), html.unescape(text)) for key, text in TOLD.findall(source)}
    # The nested drawing of a curve ends before the drawing around it does: twice takes both.
    page = UNREAD.sub(" ", UNREAD.sub(" ", TOLD.sub(" ", source)))
    computed = " ".join(COMPUTED.findall(page))
    pages = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(folder / "report.pdf").pages)
    return Scanned(frozenset(told), _plain(COMPUTED.sub(" ", page)), _plain(computed), pages)


def numbers(text: str) -> set[str]:
    """Give the numbers of a text without their commas and closing zeros, so that 377000.00 and 377,000 are one."""
    found = {match.replace(",", "") for match in NUMBER.findall(text)}
    return {number.rstrip("0").rstrip(".") if "." in number else number for number in found}


def _plain(source: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", source))
