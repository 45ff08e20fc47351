"""Text that strangers send: its encoding is found and declared, and the text given in UTF-8, however much there is."""

from __future__ import annotations

import codecs
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from benchmarking.collect.source import Content, Spooled, chunks_of, head_of, opened

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"))
MARKS_16 = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
MARK_IN_UTF8 = "\ufeff".encode()
# Bytes that Windows code page 1252 does not define: text holding them is in another one.
UNDEFINED_1252 = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
# Letters with accents, signs and quotation marks in UTF-8; in text of code page 1252 hardly anything looks so.
UTF8_LETTER = re.compile(rb"\xC3[\x80-\xBF]|\xC2[\xA0-\xBF]|\xE2\x80[\x90-\xBF]|\xE2\x82\xAC")
LOOKED_AT, LOOKED_UP = 65536, 262144


@dataclass(frozen=True)
class Text:
    """Text in UTF-8; `start` and `size` in bytes: where it begins, and the length of all that is there."""

    source: Callable[[], BinaryIO]
    size: int
    start: int = 0

    def open(self) -> BinaryIO:
        """Open it at its first character; one at a time."""
        stream = self.source()
        stream.seek(self.start)
        return stream

    def head(self, count: int = LOOKED_AT) -> str:
        """Give so many of its first characters."""
        with self.open() as stream:
            return stream.read(4 * count).decode("utf-8", "ignore")[:count]

    def chunks(self) -> Iterator[bytes]:
        """Give it in pieces of bounded size."""
        with self.open() as stream:
            yield from chunks_of(stream)

    def after(self, beginning: str) -> Text:
        """Give what follows its first characters."""
        return replace(self, start=self.start + len(beginning.encode()))


def is_blank(content: Content) -> bool:
    """Say whether there is nothing but white space."""
    with opened(content) as stream:
        return not any(chunk.strip() for chunk in chunks_of(stream))


def text_of(content: Content, encoding: str) -> Text:
    """Give the text of bytes in a certain encoding, without the mark that may stand before it."""
    if encoding in ("utf-8", "utf-8-sig"):
        text = Text(lambda: opened(content), len(content))
    elif isinstance(content, bytes):
        plain = content.decode(encoding).encode("utf-8", "replace")
        text = Text(lambda: io.BytesIO(plain), len(plain))
    else:
        text = _copied(content, encoding)
    with text.open() as stream:
        start = 0
        while stream.read(len(MARK_IN_UTF8)) == MARK_IN_UTF8:
            start += len(MARK_IN_UTF8)
    return replace(text, start=start)


def _copied(content: Spooled, encoding: str) -> Text:
    """Write a big text anew in UTF-8, into a file without a name."""
    copy = tempfile.TemporaryFile(dir=content.path.parent)  # noqa: SIM115 (the text keeps it open)
    decoder = codecs.getincrementaldecoder(encoding)()
    with opened(content) as stream:
        for chunk in chunks_of(stream):
            copy.write(decoder.decode(chunk).encode("utf-8", "replace"))
    copy.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
    copy.flush()
    return Text(lambda: os.fdopen(os.dup(copy.fileno()), "rb"), copy.tell())


def translated(text: Text, table: bytes) -> Text:
    """Give text with each byte as a table of 256 has it; characters beyond ASCII must stay as they are."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 (the text keeps it open)
    for chunk in text.chunks():
        copy.write(chunk.translate(table))
    copy.flush()
    return Text(lambda: os.fdopen(os.dup(copy.fileno()), "rb"), copy.tell())


def decode(content: bytes) -> tuple[str | None, str]:
    """Give the text of bytes and their encoding's name; None where it cannot be recognised."""
    encoding = find_encoding(content)
    return (content.decode(encoding) if encoding else None), encoding


def find_encoding(content: Content) -> str:
    """Try a mark, then strict UTF-8, then UTF-16 without mark, then cp1252, then what the bytes look like.

    Returns:
        The encoding's name, in which all of the bytes can be decoded; empty where there is none.
    """
    head = head_of(content, LOOKED_UP)
    marked = next((encoding for mark, encoding in (*MARKS, *MARKS_16) if head.startswith(mark)), "")
    if marked:
        return _checked(content, marked)
    has_zeros = _holds(content, b"\x00")
    is_utf8 = bool(_checked(content, "utf-8"))
    if is_utf8 and not has_zeros:
        return "utf-8"
    wide = _without_mark(content) if has_zeros else ""
    if wide or is_utf8:
        return _checked(content, wide) if wide else "utf-8"
    is_defined = not any(_holds(content, bytes([byte])) for byte in UNDEFINED_1252)
    if is_defined and not _looks_other(head[:LOOKED_AT]):
        return "" if mixed_line(content) else _checked(content, "cp1252")
    return _looked_up(content, head)


def mixed_line(content: Content) -> int:
    """Give the first line that is no UTF-8 in text some of whose other lines are; 0 where there is none."""
    odd, is_mixed = 0, False
    with opened(content) as stream:
        for number, line in enumerate(stream, start=1):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                is_mixed = is_mixed or UTF8_LETTER.search(line) is not None
            except UnicodeDecodeError:
                odd = odd or number
    return odd if is_mixed else 0


def _checked(content: Content, encoding: str) -> str:
    """Give the encoding's name where all bytes can be decoded by it, else nothing."""
    decoder = codecs.getincrementaldecoder(encoding)()
    is_clean = encoding == "utf-8"
    try:
        with opened(content) as stream:
            for chunk in chunks_of(stream):
                if is_clean and chunk.isascii():
                    continue
                decoder.decode(chunk)
                is_clean = encoding == "utf-8" and decoder.getstate()[0] == b""
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return ""
    return encoding


def _holds(content: Content, byte: bytes) -> bool:
    with opened(content) as stream:
        return any(byte in chunk for chunk in chunks_of(stream))


def _without_mark(content: Content) -> str:
    """Say which order of bytes text in UTF-16 would have: every other byte of western text is zero."""
    if len(content) % 2:
        return ""
    zeros = [0, 0]
    with opened(content) as stream:
        for chunk in chunks_of(stream):
            zeros = [zeros[0] + chunk[1::2].count(0), zeros[1] + chunk[::2].count(0)]
    enough = len(content) // 2 * 0.4
    return "utf-16-le" if zeros[0] > enough else "utf-16-be" if zeros[1] > enough else ""


def _looks_other(head: bytes) -> bool:
    """Say whether letters above ASCII come in runs, as in Cyrillic or Greek, and not singly, as in western names."""
    high = [byte >= 0xC0 for byte in head]
    pairs = sum(1 for first, second in zip(high, high[1:], strict=False) if first and second)
    return pairs > 0.5 * max(1, sum(high))


def _looked_up(content: Content, head: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(head).best()
    return _checked(content, best.encoding) if best is not None else ""
