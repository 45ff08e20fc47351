"""Retract a release by a tombstone: its figures go, its version stays taken, and readers are told why."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from benchmarking.errors import BenchmarkingError
from benchmarking.publish.formats.plain import write_json, write_text
from benchmarking.publish.promote import SUMS, exchange, point_latest, sha256_of, staging, write_sums
from benchmarking.publish.release import standing_release
from benchmarking.publish.targets import retract_at_targets
from benchmarking.publish.version import MANIFEST, TOMBSTONE, read_manifest
from benchmarking.warehouse import Warehouse


def retract(warehouse: Warehouse, version: str, by: str, why: str) -> Path:
    """Put a tombstone in place of a release; its files move to `data/retracted`, which nobody is shown.

    `latest` turns to the newest release that stands, then tombstone and files trade places in one step: a reader
    meets the release or its tombstone, never a gap and never a mixture.

    Raises:
        BenchmarkingError: there is no such release, it is retracted already, or nobody says who and why.
    """
    releases, where = warehouse.folder("releases"), f"{warehouse.programme.name} {version}"
    folder = releases / version
    if not (folder / MANIFEST).is_file():
        raise BenchmarkingError("there is no such release.", where, f"Name a folder of {releases}.")
    if (folder / TOMBSTONE).exists():
        raise BenchmarkingError("it is retracted already.", where, "Nothing was done.")
    if not by.strip() or not why.strip():
        raise BenchmarkingError("a retraction says who and why.", where, "Give --by NAME and --why TEXT.")
    with staging(releases, version) as staged:
        _write_tombstone(warehouse, folder, staged, by, why)
        point_latest(releases, but=version)
        _swap(folder, staged, warehouse.folder("retracted") / version)
    point_latest(releases)
    retract_at_targets(warehouse, folder, standing_release(warehouse))
    return folder


def _swap(folder: Path, tombstone: Path, kept: Path) -> None:
    exchange(tombstone, folder)
    try:
        # Under the tombstone's old name now lie the release's files, which the staging folder would remove.
        tombstone.rename(kept)
    except OSError:
        exchange(tombstone, folder)
        raise


def _write_tombstone(warehouse: Warehouse, folder: Path, staged: Path, by: str, why: str) -> None:
    manifest = read_manifest(folder)
    said = {
        "programme": manifest["programme"],
        "version": manifest["version"],
        "published_at": manifest["published_at"],
        "retracted_at": warehouse.settings.now().replace(microsecond=0).isoformat(),
        "retracted_by": by,
        "why": why,
        "sums_sha256_of_what_was_retracted": sha256_of(folder / SUMS),
        "notice": manifest["notice"],
    }
    write_json(staged / TOMBSTONE, said)
    write_json(staged / MANIFEST, {**manifest, "retracted_at": said["retracted_at"]})
    write_text(staged / "index.html", _page(warehouse, said))
    write_sums(staged)
    staged.chmod(0o755)


def _page(warehouse: Warehouse, said: dict[str, str]) -> str:
    title = f"{warehouse.programme.title} {said['version']} was retracted"
    lines = [
        f"Published {said['published_at']}, retracted {said['retracted_at']}.",
        f"Why: {said['why']}",
        "Please do not use or quote its figures.",
        said["notice"],
    ]
    body = "\n".join(f"<p>{escape(line)}</p>" for line in lines if line)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"></head>\n'
        f"<body><main><h1>{escape(title)}</h1>\n{body}\n</main></body>\n</html>\n"
    )


def tombstone_of(release: Path) -> dict[str, str] | None:
    """Give a release's tombstone, or None where it stands."""
    path = release / TOMBSTONE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
