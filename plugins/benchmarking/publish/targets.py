"""Send a release elsewhere: a folder, or a bucket under an immutable prefix with `latest.json` put last.

A target never holds half a release that a reader could find: the version's checksums arrive after its files, every
file is read back and compared, and only then does `latest.json` name the version.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from pathlib import Path
from typing import Any

import fsspec

from benchmarking.errors import BenchmarkingError
from benchmarking.publish.promote import SUMS, AlreadyPublished, files_of, read_sums
from benchmarking.publish.version import Version
from benchmarking.warehouse import Warehouse, fsspec_options

log = logging.getLogger("benchmarking")
TARGETS_SETTING = "BENCHMARKING_TARGETS"
LATEST_JSON = "latest.json"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".xml": "application/atom+xml; charset=utf-8",
}


class TargetFailed(BenchmarkingError):
    """A target did not take the release as it was sent."""


def targets_configured() -> list[str]:
    """Give the URLs or folders that BENCHMARKING_TARGETS lists, apart by spaces."""
    return os.environ.get(TARGETS_SETTING, "").split()


def send_to_targets(warehouse: Warehouse, release: Path) -> list[str]:
    """Send a release to every configured target; give a sentence for each that failed.

    A target that is down does not undo the release: publishing again sends it again.
    """
    problems = []
    for url in targets_configured():
        try:
            send(release, url, warehouse.programme.name, fsspec_options(warehouse.settings.storage_options))
            log.info("%s: sent to %s", release.name, url)
        except (BenchmarkingError, OSError) as error:
            problems.append(f"Not sent to {url}: {error} Publish again to send it.")
            log.warning(problems[-1])
    return problems


def send(release: Path, url: str, programme: str, options: dict[str, Any] | None = None) -> str:
    """Put a release under `url/programme/version`, verify it there, then let `latest.json` name it.

    Sending what is there already changes nothing.

    Raises:
        AlreadyPublished: another release is there under the same version.
        TargetFailed: a file read back is not the file sent.
    """
    store, root = fsspec.core.url_to_fs(url, **({} if "://" not in url else options or {}))
    base = f"{root.rstrip('/')}/{programme}"
    prefix = f"{base}/{release.name}"
    if not _is_there(store, prefix, release):
        for name in files_of(release):
            _put(store, f"{prefix}/{name}", (release / name).read_bytes())
        _check(store, prefix, release)
        _put(store, f"{prefix}/{SUMS}", (release / SUMS).read_bytes())
    _point_latest(store, base, release)
    return prefix


def _is_there(store: Any, prefix: str, release: Path) -> bool:
    # The sums are put last: a prefix without them is an interrupted attempt, which is sent again.
    if not store.exists(f"{prefix}/{SUMS}"):
        return False
    if store.cat_file(f"{prefix}/{SUMS}") != (release / SUMS).read_bytes():
        raise AlreadyPublished(
            f"another release is there as {release.name}.", prefix, "Nothing is ever overwritten: publish a revision."
        )
    return True


def _check(store: Any, prefix: str, release: Path) -> None:
    for name, digest in read_sums(release).items():
        if hashlib.sha256(store.cat_file(f"{prefix}/{name}")).hexdigest() != digest:
            raise TargetFailed(f"{name} arrived changed.", prefix, "Send the release again.")


def _point_latest(store: Any, base: str, release: Path) -> None:
    path = f"{base}/{LATEST_JSON}"
    there = json.loads(store.cat_file(path)) if store.exists(path) else {}
    old, new = Version.parse(there.get("version", "")), Version.parse(release.name)
    if new is None or (old is not None and new <= old and there.get("is_retracted") is not True):
        return
    sums = hashlib.sha256((release / SUMS).read_bytes()).hexdigest()
    latest = {"version": release.name, "path": f"{release.name}/", "sums_sha256": sums}
    _put(store, path, (json.dumps(latest, indent=1) + "\n").encode())


def _put(store: Any, path: str, content: bytes) -> None:
    store.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    kind = TYPES.get(Path(path).suffix, "application/octet-stream")
    if "s3" in store.protocol:
        store.pipe_file(path, content, ContentType=kind)
    else:
        temporary = f"{path}.part"
        store.pipe_file(temporary, content)
        store.mv(temporary, path)


def retract_at_targets(warehouse: Warehouse, tombstone: Path, standing: Path | None) -> list[str]:
    """Replace a retracted version's front page at every target and let `latest.json` name what stands."""
    problems = []
    for url in targets_configured():
        try:
            options = {} if "://" not in url else fsspec_options(warehouse.settings.storage_options)
            _retract(url, options, warehouse.programme.name, tombstone, standing)
        except (BenchmarkingError, OSError) as error:
            problems.append(f"Not retracted at {url}: {error} Remove it there by hand.")
            log.warning(problems[-1])
    return problems


def _retract(url: str, options: dict[str, Any], programme: str, tombstone: Path, standing: Path | None) -> None:
    store, root = fsspec.core.url_to_fs(url, **options)
    base = f"{root.rstrip('/')}/{programme}"
    prefix = f"{base}/{tombstone.name}"
    if not store.exists(f"{prefix}/{SUMS}"):
        return
    _put(store, f"{base}/{LATEST_JSON}", b'{"is_retracted": true}\n')
    store.rm(prefix, recursive=True)
    for name in [*files_of(tombstone), SUMS]:
        _put(store, f"{prefix}/{name}", (tombstone / name).read_bytes())
    if standing is not None:
        send(standing, url, programme, options)
