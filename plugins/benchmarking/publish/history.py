"""What earlier years' releases already said of the headlines: read from their files, so nothing new is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from benchmarking.errors import BenchmarkingError
from benchmarking.publish.content import Cell, Content, measure_hashes
from benchmarking.publish.version import TOMBSTONE, newest_of_year, read_manifest, versions_in
from benchmarking.warehouse import Warehouse

COLUMNS = [item.name for item in fields(Cell)]
CELLS_FILE = "benchmarks.json"


def earlier_versions(warehouse: Warehouse, year: int) -> list[str]:
    """Give the newest standing release of each year before `year`, oldest first."""
    releases = warehouse.folder("releases")
    years = sorted({version.year for version in versions_in(releases) if version.year < year})
    found = [newest_of_year(releases, other, with_retracted=False) for other in years]
    return [str(version) for version in found if version is not None]


def with_history(warehouse: Warehouse, content: Content, versions: Sequence[str]) -> Content:
    """Give the content with what earlier releases showed of the headlines' figures.

    A year in which the measure was defined differently is left out: its figure is another figure.

    Raises:
        BenchmarkingError: a release named is neither among the releases nor among the retracted ones.
    """
    wanted = {(h.measure, h.category, h.peer_group, h.peer_value, h.statistic) for h in content.headlines}
    now = measure_hashes(content)
    cells: list[Cell] = []
    for version in versions:
        folder = _folder_of(warehouse, version)
        same = {name for name, digest in read_manifest(folder)["measure_sha256"].items() if now.get(name) == digest}
        rows = json.loads((folder / CELLS_FILE).read_text(encoding="utf-8"))["cells"]
        cells += [cell for cell in map(_cell, rows) if cell.measure in same and cell.key[1:] in wanted]
    return replace(content, earlier=tuple(sorted(cells, key=lambda cell: cell.key)), earlier_versions=tuple(versions))


def _folder_of(warehouse: Warehouse, version: str) -> Path:
    # A release that was retracted since keeps its files aside; one made before that still rests on them.
    for folder in (warehouse.folder("releases") / version, warehouse.folder("retracted") / version):
        if (folder / CELLS_FILE).is_file() and not (folder / TOMBSTONE).exists():
            return folder
    raise BenchmarkingError("the release it compares with is not there.", version, "Bring it back, then try again.")


def _cell(row: dict[str, Any]) -> Cell:
    return Cell(**{name: row[name] for name in COLUMNS})
