"""Make a release again from its recorded table versions and definitions, and compare every byte."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarking.catalog import load_programme
from benchmarking.errors import BenchmarkingError
from benchmarking.publish.content import Content, read_content, with_release
from benchmarking.publish.formats.plain import unescaped
from benchmarking.publish.history import with_history
from benchmarking.publish.promote import check_sums, read_sums, staging
from benchmarking.publish.release import build, package_versions, writers_sha256
from benchmarking.publish.retract import tombstone_of
from benchmarking.publish.version import read_manifest
from benchmarking.warehouse import Warehouse


class RebuildDiffers(BenchmarkingError):
    """A file made again is not the file that was published."""


@dataclass(frozen=True)
class RebuildSummary:
    """What was compared: the release, the number of files, and that all were the same."""

    release: str
    files: int
    is_identical: bool


def rebuild(warehouse: Warehouse, release: Path) -> RebuildSummary:
    """Rebuild a release beside the others, compare it file by file, and remove the copy.

    Raises:
        RebuildDiffers: a file has other bytes; the sentence names it and the packages that changed.
        BenchmarkingError: the release is damaged, retracted, or its definitions were not kept.
    """
    manifest = read_manifest(release)
    if tombstone_of(release):
        raise BenchmarkingError("it was retracted; nothing is left to rebuild.", str(release), "Name another release.")
    check_sums(release)
    content = recorded_content(warehouse, release, manifest)
    with staging(warehouse.folder("rebuilt"), manifest["version"]) as folder:
        build(content, folder, manifest)
        wanted, found = read_sums(release), read_sums(folder)
    differing = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
    if differing:
        raise RebuildDiffers(
            f"{len(differing)} of {len(wanted)} files differ: {', '.join(differing[:5])}.{_changed_since(manifest)}",
            str(release),
            "Check out the revision and install the versions that published it, then try again.",
        )
    return RebuildSummary(str(release), len(wanted), True)


def recorded_content(warehouse: Warehouse, release: Path, manifest: dict[str, Any]) -> Content:
    """Read the content as it was: recorded table versions, definitions kept by their hash, recorded times.

    Erasing an agency removes older versions of raw and staging tables; of these a release holds counts alone.

    Raises:
        BenchmarkingError: the definitions of that time were not kept.
    """
    audit = json.loads((release / "disclosure_audit.json").read_text(encoding="utf-8"))["audit"]
    standing = warehouse.standing(manifest["tables"])
    content = read_content(
        _as_defined_then(warehouse, manifest),
        manifest["survey_year"],
        published_at=datetime.fromisoformat(manifest["published_at"]),
        audit=audit,
        table_versions=standing,
    )
    if len(standing) < len(manifest["tables"]):
        # An agency was erased: what was counted then stands in the release, and nowhere else.
        report = json.loads((release / "quality_report.json").read_text(encoding="utf-8"))
        content = replace(content, quality=report["quality"])
    with (release / "changes.csv").open(encoding="utf-8", newline="") as file:
        rows = [{name: unescaped(text) for name, text in row.items()} for row in csv.DictReader(file)]
    changes = [
        {**{name: text for name, text in row.items() if name != "notice"}, "survey_year": int(row["survey_year"])}
        for row in rows
    ]
    content = with_history(warehouse, content, manifest.get("earlier_versions", []))
    return with_release(content, manifest["version"], manifest["previous_version"] or "", changes)


def _as_defined_then(warehouse: Warehouse, manifest: dict[str, Any]) -> Warehouse:
    wanted = manifest["definition_sha256"]
    if warehouse.programme.definition_sha256 == wanted:
        return warehouse
    kept = warehouse.folder("definitions") / wanted
    if not kept.is_dir():
        raise BenchmarkingError(
            "the definitions of that time were not kept.", str(kept), "Check out the revision that published it."
        )
    return Warehouse(warehouse.settings, load_programme(kept))


def _changed_since(manifest: dict[str, Any]) -> str:
    now = package_versions()
    changed = [
        f"{name} {was} is now {now.get(name)}" for name, was in manifest["packages"].items() if now.get(name) != was
    ]
    if manifest.get("code_sha256") != writers_sha256():
        changed.append("the code that writes releases")
    return f" Changed since: {', '.join(changed)}." if changed else ""
