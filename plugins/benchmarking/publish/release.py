"""Publish one year: decide the version, write every format aside, read everything back, promote."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from benchmarking.catalog import definition_files
from benchmarking.errors import BenchmarkingError
from benchmarking.publish.content import Content, content_hash, measure_hashes, read_content, with_release
from benchmarking.publish.formats.plain import write_json
from benchmarking.publish.history import earlier_versions, with_history
from benchmarking.publish.promote import promote, staging, write_sums
from benchmarking.publish.scan import scan_release
from benchmarking.publish.signing import sign_sums
from benchmarking.publish.targets import send_to_targets
from benchmarking.publish.verify import verify_formats
from benchmarking.publish.version import (
    MANIFEST,
    TOMBSTONE,
    Version,
    changes_since,
    check_time,
    newest_of_year,
    read_manifest,
    version_after,
    versions_in,
)
from benchmarking.publish.write import write_formats
from benchmarking.settings import ROOT
from benchmarking.warehouse import Warehouse

PACKAGES = ("duckdb", "deltalake", "pyarrow", "gptables", "xlsxwriter", "python-pptx", "typst", "resvg-py", "jinja2")
# What a release says rests on these; the ledger and the decisions do not appear in it.
READ_SCHEMAS = ("reference", "raw", "staging", "benchmark", "published")


class NotApproved(BenchmarkingError):
    """Nobody approved the release."""


class AuditFailed(BenchmarkingError):
    """The disclosure audit does not hold."""


@dataclass(frozen=True)
class Approval:
    """Who approved a release, when (UTC), and how the approval was given."""

    by: str
    at: datetime
    how: str


@dataclass(frozen=True)
class PublishSummary:
    """What publishing did: the version that stands now, where it lies, and a sentence for people."""

    version: str
    path: str
    cells: int
    is_new: bool
    message: str


@dataclass(frozen=True)
class Draft:
    """A release as it would be: its content with version, and what its manifest needs."""

    content: Content
    version: Version
    sha256: str
    tables: dict[str, int]
    is_new: bool


def publish(warehouse: Warehouse, year: int, approval: Approval | None, audit: Mapping[str, Any]) -> PublishSummary:
    """Publish a year's figures as its next version, or say that nothing is new.

    Args:
        audit: what `protect.audit_candidate` found; its `holds` must be true.

    Raises:
        NotApproved, AuditFailed, NotYet: it may not be published now; the sentence says why.
        AlreadyPublished: another publisher was faster.
        FormatsDisagree, SecretInRelease: a file does not say what the table says, or says more.
    """
    releases = warehouse.folder("releases")
    draft = plan(warehouse, year, audit)
    name = warehouse.programme.name
    if not draft.is_new:
        path = releases / str(draft.version)
        said = [f"{name} {draft.version}: nothing new; its figures are those published already."]
        message = " ".join([*said, *send_to_targets(warehouse, path)])
        return PublishSummary(str(draft.version), str(path), len(draft.content.cells), False, message)
    where = f"{name} {draft.version}"
    check_approval(approval, where)
    check_audit(audit, where)
    check_time(draft.version, warehouse.programme, warehouse.settings.now())
    keep_definitions(warehouse)
    with staging(releases, draft.version) as folder:
        build(draft.content, folder, _manifest(draft, approval))
        scan_release(warehouse, draft.content, folder, draft.tables)
        path = promote(folder, releases, draft.version)
    cells = draft.content.cells
    said = [f"{where}: published {len(cells)} figures, {sum(cell.is_hidden for cell in cells)} of them hidden."]
    message = " ".join([*said, *send_to_targets(warehouse, path)])
    return PublishSummary(str(draft.version), str(path), len(cells), True, message)


def plan(warehouse: Warehouse, year: int, audit: Mapping[str, Any] | None = None) -> Draft:
    """Decide what publishing a year now would publish, without writing anything.

    Raises:
        NothingToPublish: the year has no published cells.
    """
    releases = warehouse.folder("releases")
    tables = {name: v for name, v in warehouse.versions().items() if name.split(".")[0] in READ_SCHEMAS}
    content = read_content(warehouse, year, audit=audit, table_versions=tables)
    content = with_history(warehouse, content, earlier_versions(warehouse, year))
    sha256, newest = content_hash(content), newest_of_year(releases, year)
    standing = newest_of_year(releases, year, with_retracted=False)
    if standing is not None and standing == newest and _still_says(releases, standing, sha256):
        return Draft(replace(content, version=str(standing)), standing, sha256, tables, False)
    version = version_after(newest, warehouse.programme, year, warehouse.settings.now())
    changes = _changes(warehouse, releases, standing, content)
    previous = str(standing) if standing else ""
    return Draft(with_release(content, str(version), previous, changes), version, sha256, tables, True)


def _still_says(releases: Path, version: Version, sha256: str) -> bool:
    """Say whether a release says what would be published now; one that quotes a retracted year does not."""
    manifest = read_manifest(releases / str(version))
    quoted = manifest.get("earlier_versions", [])
    return manifest["content_sha256"] == sha256 and not any((releases / v / TOMBSTONE).exists() for v in quoted)


def next_version(warehouse: Warehouse, year: int) -> str | None:
    """Give the version that publishing a year now would make, or None where nothing is new."""
    draft = plan(warehouse, year)
    return str(draft.version) if draft.is_new else None


def build(content: Content, folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write and verify every file of a release: formats, manifest, sums, and the signature where a key is set.

    Raises:
        FormatsDisagree: a format shows another text than the table, or misses a cell.
    """
    write_formats(content, folder)
    verify_formats(content, folder)
    write_json(folder / MANIFEST, manifest)
    write_sums(folder)
    sign_sums(folder)


def check_approval(approval: Approval | None, where: str) -> None:
    """Let an approved release through.

    Raises:
        NotApproved: no approval, or one without a name.
    """
    if approval is None or not approval.by.strip():
        raise NotApproved(
            "nobody approved it.", where, "Approve it in Airflow, or give --approved-by NAME on the command line."
        )


def check_audit(audit: Mapping[str, Any], where: str) -> None:
    """Let a release through whose disclosure audit holds.

    Raises:
        AuditFailed: the audit does not say that it holds.
    """
    if audit.get("holds") is not True:
        reason = audit.get("reason") or "a hidden figure or a contributor could be inferred too closely."
        raise AuditFailed(
            f"the disclosure audit does not hold: {str(reason).rstrip('.')}.", where, "Run protect again, then publish."
        )


def keep_definitions(warehouse: Warehouse) -> Path:
    """Keep a copy of the programme's definitions by their hash, so that a release can be rebuilt after they change."""
    programme = warehouse.programme
    kept = warehouse.folder("definitions") / programme.definition_sha256
    if kept.exists():
        return kept
    with staging(kept.parent, "definitions") as folder:
        for path in definition_files(programme.directory):
            target = folder / path.relative_to(programme.directory)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        folder.rename(kept)
    return kept


def package_versions() -> dict[str, str]:
    """Give the versions of the packages that a release's bytes depend on."""
    return {name: package_version(name) for name in PACKAGES}


@cache
def writers_sha256() -> str:
    """Give the hash of everything that writes a release: this folder's code, templates, fonts, and its SQL."""
    digest = hashlib.sha256()
    folders = (Path(__file__).parent, ROOT / "sql" / "release")
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        if "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _manifest(draft: Draft, approval: Approval | None) -> dict[str, Any]:
    content = draft.content
    return {
        "programme": content.programme.name,
        "version": content.version,
        "previous_version": content.previous_version or None,
        "earlier_versions": list(content.earlier_versions),
        "survey_year": content.survey_year,
        "published_at": content.published_at.isoformat(),
        "notice": content.notice,
        "approval": json.loads(json.dumps(asdict(approval), default=datetime.isoformat)) if approval else None,
        "content_sha256": draft.sha256,
        "definition_sha256": content.programme.definition_sha256,
        "measure_sha256": measure_hashes(content),
        "tables": draft.tables,
        "inputs": [one.record for one in content.programme.inputs.values()],
        "packages": package_versions(),
        "code_sha256": writers_sha256(),
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


def _changes(warehouse: Warehouse, releases: Path, previous: Version | None, content: Content) -> list[dict[str, Any]]:
    if previous is None:
        return []
    folder = releases / str(previous)
    before = json.loads((folder / "benchmarks.json").read_text(encoding="utf-8"))["cells"]
    manifest = read_manifest(folder)
    was, now = manifest.get("measure_sha256", {}), measure_hashes(content)
    methods = {name for name, digest in now.items() if was.get(name) != digest}
    tag = "correction" if _corrected_since(warehouse, content.survey_year, manifest["published_at"]) else "revision"
    return changes_since(before, content, tag, methods)


def _corrected_since(warehouse: Warehouse, year: int, moment: str) -> bool:
    with warehouse.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM raw.correction WHERE survey_year = $year AND corrected_at > $moment::TIMESTAMPTZ",
            {"year": year, "moment": moment},
        ).fetchone()
    return bool(row and row[0])


def standing_release(warehouse: Warehouse) -> Path | None:
    """Give the folder of the newest release that is not retracted, or None."""
    releases = warehouse.folder("releases")
    standing = [releases / str(v) for v in versions_in(releases) if not (releases / str(v) / TOMBSTONE).exists()]
    return standing[-1] if standing else None
