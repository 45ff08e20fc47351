"""Originals that lie where they were sent from: found again by their bytes, removed where the source allows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarking.collect.source import SourceDown
from benchmarking.collect.sources import open_source
from benchmarking.collect.sources.files import FileSource
from benchmarking.warehouse import Warehouse


def remote_originals(warehouse: Warehouse, agency_id: str, hashes: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Look for an agency's originals at every source but the drop folder.

    Args:
        hashes: of the originals' bytes.

    Returns:
        The addresses of files removed, and a sentence for each that is still there or could not be looked for.
    """
    removed: list[str] = []
    still: list[str] = []
    for entry in warehouse.programme.sources:
        if entry.get("kind", "folder") != "folder":
            still += _records(warehouse, agency_id, entry)
        elif entry.get("url"):
            _files(warehouse, entry, hashes, removed, still)
    return tuple(removed), tuple(still)


def _files(
    warehouse: Warehouse, entry: Mapping[str, Any], hashes: set[str], removed: list[str], still: list[str]
) -> None:
    source = _opened(warehouse, entry)
    rows = warehouse.connect().execute(
        "SELECT DISTINCT byte_count FROM raw.file WHERE list_contains(?, file_sha256)", [sorted(hashes)]
    )
    try:
        for path in source.originals(hashes, {size for (size,) in rows.fetchall()}):
            address = f"{source.name}: {path}"
            if source.may_erase:
                source.remove(path)
                removed.append(address)
            else:
                still.append(f"{address} still lies there; remove it, or set may_erase for the source.")
    except SourceDown as problem:
        still.append(f"{problem} Its files were not all looked at or removed; run erase again.")


def _opened(warehouse: Warehouse, entry: Mapping[str, Any]) -> FileSource:
    options = {key: value for key, value in entry.items() if key not in ("name", "kind", "url")}
    source = open_source(
        entry["name"],
        "folder",
        str(entry["url"]),
        tuple(warehouse.programme.surveys),
        warehouse.folder("inbox"),
        warehouse.settings.limits,
        **options,
    )
    assert isinstance(source, FileSource)
    return source


def _records(warehouse: Warehouse, agency_id: str, entry: Mapping[str, Any]) -> list[str]:
    rows = warehouse.connect().execute(
        "SELECT DISTINCT record_id FROM raw.submission WHERE source = ? AND agency_id = ? AND record_id <> ''"
        " AND NOT coalesce(is_deleted, FALSE) ORDER BY 1",
        [entry["name"], agency_id],
    )
    ids = [record_id for (record_id,) in rows.fetchall()]
    return (
        [f"{entry['name']}: delete {', '.join(ids)} at {entry['url']}; no record is deleted from here."] if ids else []
    )
