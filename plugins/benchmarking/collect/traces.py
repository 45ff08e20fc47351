"""An agency's own words, and how they are found again in bytes, tables and file names."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

ERASED = "[erased]"
SHORTEST_TRACE = 6
# An e-mail address or a telephone number; in a name of a person no pattern can be told.
CONTACT = r"[^\s@]+@[^\s@]+\.[^\s@]+|(\+|\b0)\d[\d ()/.-]{6,}\d"
TAG = re.compile(r"<[^>]*>")
# Formats that nobody looks into here: what is rejected in one of them is not kept.
OPAQUE = (b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")
UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError, ValueError)


@dataclass(frozen=True)
class Traces:
    """What an agency told in private: its texts of at least six characters, longest first."""

    agency_id: str
    texts: tuple[str, ...]

    @classmethod
    def of(cls, agency_id: str, told: Iterable[str]) -> Traces:
        """Take what is long enough to be known again."""
        texts = {text.strip() for text in told if len(text.strip()) >= SHORTEST_TRACE and text.strip() != ERASED}
        return cls(agency_id, tuple(sorted(texts, key=lambda text: (-len(text), text))))

    @cached_property
    def _word(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![A-Za-z0-9]){re.escape(self.agency_id)}(?![A-Za-z0-9])", re.IGNORECASE)

    def are_in(self, text: str) -> bool:
        """Say whether a text holds one of the agency's."""
        return any(trace in text for trace in self.texts)

    def are_in_name(self, name: str) -> bool:
        """Say whether a file name holds one of them, however it is spelt there."""
        small = _squeezed(name)
        return any(len(_squeezed(trace)) >= SHORTEST_TRACE and _squeezed(trace) in small for trace in self.texts)

    def names_agency(self, text: str) -> bool:
        """Say whether the agency's id stands in a text as a word of its own."""
        return self._word.search(text) is not None

    def clean(self, text: str) -> str:
        """Give a text without them."""
        for trace in self.texts:
            text = text.replace(trace, ERASED)
        return text

    def mark_bytes(self, content: bytes, most_unzipped: int) -> bool:
        """Say whether bytes that belong to nobody may be the agency's: they hold its id or one of its texts.

        What cannot be looked into may be.
        """
        if content.startswith(OPAQUE):
            return True
        parts = [content]
        if content.startswith(b"PK"):
            try:
                parts = _unzipped(content, most_unzipped)
            except UNREADABLE:
                return True
        return any(self.are_in(text) or self.names_agency(text) for part in parts for text in _texts(part))


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _unzipped(content: bytes, most: int) -> list[bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > most:
            raise ValueError("too big to look into")
        names = "\n".join(entry.filename for entry in archive.infolist())
        return [names.encode(), *(archive.read(entry) for entry in archive.infolist())]


def _texts(content: bytes) -> Iterable[str]:
    """Give bytes as text in every encoding that they may be in; of XML what stands between the tags."""
    for encoding in ENCODINGS:
        text = content.decode(encoding, "ignore")
        yield TAG.sub("\n", text) if content.lstrip()[:1] == b"<" else text
