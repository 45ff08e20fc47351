"""Put a finished release where readers look, in one step that either happened or did not."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarking.errors import BenchmarkingError
from benchmarking.publish.version import TOMBSTONE, Version, versions_in

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
LATEST = "latest"
STAGING_PREFIX = ".staging-"
READ_ONLY = 0o444
AT_FDCWD, RENAME_EXCHANGE = -100, 2


class AlreadyPublished(BenchmarkingError):
    """A version is there already; nothing is ever overwritten."""


class DamagedRelease(BenchmarkingError):
    """A file of a release is missing, added or changed."""


@contextmanager
def staging(releases: Path, version: object) -> Iterator[Path]:
    """Give a fresh folder beside the releases; whatever is left of it afterwards is removed."""
    releases.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{STAGING_PREFIX}{version}-", dir=releases))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def files_of(folder: Path) -> list[str]:
    """Give the relative paths of a release's files that are summed, in order."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [path for path in paths if path not in (SUMS, SIGNATURE)]


def sha256_of(path: Path) -> str:
    """Give a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sums(folder: Path) -> Path:
    """Write SHA256SUMS over every file, as `sha256sum --check` reads it."""
    lines = [f"{sha256_of(folder / name)}  {name}\n" for name in files_of(folder)]
    path = folder / SUMS
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
    return path


def read_sums(folder: Path) -> dict[str, str]:
    """Give hashes by file name.

    Raises:
        DamagedRelease: there is no SHA256SUMS.
    """
    path = folder / SUMS
    if not path.is_file():
        raise DamagedRelease(f"there is no {SUMS}.", str(folder), "Take the release from its source again.")
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def check_sums(folder: Path) -> int:
    """Compare every file with SHA256SUMS; give their number.

    Raises:
        DamagedRelease: a file is missing, added or changed; the sentence names the first.
    """
    sums, there = read_sums(folder), files_of(folder)
    for name in sorted({*sums, *there}):
        if name not in sums or name not in there:
            problem = "is missing" if name in sums else "is not among the sums"
            raise DamagedRelease(f"{name} {problem}.", str(folder), "Take the release from its source again.")
        if sha256_of(folder / name) != sums[name]:
            raise DamagedRelease(f"{name} was changed.", str(folder), "Take the release from its source again.")
    return len(sums)


def promote(staged: Path, releases: Path, version: Version) -> Path:
    """Rename a staged release to its version, then let `latest` point to the newest that is not retracted.

    Raises:
        AlreadyPublished: the version is there.
    """
    target = releases / str(version)
    _make_durable(staged)
    try:
        # rename(2) refuses to replace a folder that holds files: of two publishers one wins, the other is told.
        staged.rename(target)
    except OSError as error:
        if not target.exists():
            raise
        raise AlreadyPublished(
            f"version {version} is there already.", str(target), "Nothing is ever overwritten: publish a revision."
        ) from error
    _sync(releases)
    point_latest(releases)
    return target


def point_latest(releases: Path, but: str = "") -> Path | None:
    """Point `latest` to the newest release that is not retracted; leave it away where there is none.

    Args:
        but: a version that is about to be retracted, and does not count any more.
    """
    link, newest = releases / LATEST, _newest_standing(releases, but)
    # A rival may have promoted a newer version meanwhile: whoever writes the link last has looked after writing.
    while newest is not None:
        _replace_link(link, newest)
        seen, newest = newest, _newest_standing(releases, but)
        if newest == seen:
            _sync(releases)
            return link
    link.unlink(missing_ok=True)
    return None


def _newest_standing(releases: Path, but: str = "") -> str | None:
    found = [version for version in versions_in(releases) if str(version) != but]
    standing = [version for version in found if not (releases / str(version) / TOMBSTONE).exists()]
    return str(standing[-1]) if standing else None


def exchange(one: Path, other: Path) -> None:
    """Let two folders of one file system trade names in a single step, so that no reader of either meets a gap.

    Source:
        renameat2(2), RENAME_EXCHANGE (Linux 3.15). Where a file system does not offer it, two renames follow one
        another, and a reader who comes between them finds nothing for that moment.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is not None and rename(AT_FDCWD, bytes(one), AT_FDCWD, bytes(other), RENAME_EXCHANGE) == 0:
        return
    problem = ctypes.get_errno() if rename is not None else errno.ENOSYS
    if problem not in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
        raise OSError(problem, os.strerror(problem), str(one), None, str(other))
    aside = one.with_name(f"{one.name}-aside")
    other.rename(aside)
    one.rename(other)
    aside.rename(one)


def _replace_link(link: Path, target: str) -> None:
    # A link is replaced in one step; unlink and symlink would leave a moment without one.
    temporary = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=link.parent)) / LATEST
    temporary.symlink_to(target)
    temporary.replace(link)
    temporary.parent.rmdir()


def _make_durable(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            path.chmod(READ_ONLY)
        _sync(path)
    folder.chmod(0o755)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
