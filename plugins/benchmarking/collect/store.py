"""Bytes as received, by content hash, and the private answers beside them: written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarking.collect.source import Content, Spooled

SYNCING_THREADS = 8
DAY_SECONDS = 86_400
REDACTED = ".redacted"


def sha256(content: bytes) -> str:
    """Give the hash under which bytes are kept."""
    return hashlib.sha256(content).hexdigest()


def path_of(folder: Path, sha: str, ending: str = "") -> Path:
    """Give where the bytes of a hash lie."""
    return folder / sha[:2] / f"{sha}{ending}"


def keep(folder: Path, contents: Iterable[Content]) -> list[str]:
    """Keep bytes by their hash, on disk before this returns; give the hashes in order.

    A big file's bytes are moved into their place, and not copied.

    Bytes that were erased stay erased: their redacted copy stands for them.
    """
    with ThreadPoolExecutor(SYNCING_THREADS) as threads:
        return list(threads.map(lambda content: _keep_one(folder, content), contents))


def _keep_one(folder: Path, content: Content) -> str:
    sha = content.sha256 if isinstance(content, Spooled) else sha256(content)
    path = path_of(folder, sha)
    is_known = path.exists() or path_of(folder, sha, REDACTED).exists()
    if isinstance(content, Spooled):
        _move(content.path, None if is_known else path)
    elif not is_known:
        write_whole(path, content)
    return sha


def _move(part: Path, path: Path | None) -> None:
    if path is None:
        part.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part.replace(path)
    sync_folder(path.parent)


def kept(folder: Path, sha: str, content: Content) -> Content:
    """Give bytes that were kept: a big file's from where they lie now."""
    return Spooled(path_of(folder, sha), sha, content.size) if isinstance(content, Spooled) else content


def part_of(folder: Path, name: str) -> Path:
    """Give a path beside the kept bytes for what is not whole yet; it begins with a full stop."""
    return folder / f".{name}.{os.getpid()}.{os.urandom(4).hex()}"


def forget_parts(folder: Path) -> None:
    """Remove big files on their way whose process died: nobody has written them for a day."""
    for path in folder.glob(".*"):
        with suppress(FileNotFoundError):
            if path.is_file() and time.time() - path.stat().st_mtime > DAY_SECONDS:
                path.unlink()


def erased(folder: Path, sha: str) -> bytes | None:
    """Give the redacted copy that stands for erased bytes, or None."""
    path = path_of(folder, sha, REDACTED)
    return path.read_bytes() if path.exists() else None


def write_whole(path: Path, content: bytes | Iterable[bytes], sync: bool = True) -> None:
    """Write a file so that a reader, or a rerun after a crash, sees all of it or none; its bytes may come in parts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = part_of(path.parent, path.name)
    with temporary.open("wb") as file:
        file.writelines([content] if isinstance(content, bytes) else content)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)
    if sync:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the folder's own entry on disk, so that a rename survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep_private(folder: Path, sha: str, chunk: int, answers: Iterable[dict[str, Any]]) -> None:
    """Keep one file's contact details and free text: one JSON line an answer, in a file that can be rewritten."""
    lines = [json.dumps(answer, ensure_ascii=False, sort_keys=True) for answer in answers]
    write_whole(path_of(folder, sha, f".{chunk}.jsonl"), ("\n".join(lines) + "\n").encode())
