"""Descriptions that other people's tools read: Data Package v2 and CSV on the Web, both of benchmarks.csv."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from benchmarking.publish.content import Content
from benchmarking.publish.formats.cells import COLUMNS, COUNTS, NUMBERS
from benchmarking.publish.formats.plain import write_json
from benchmarking.publish.labels import STATUSES
from benchmarking.tables import CELL_KEYS

DATA_PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"
CSVW = "http://www.w3.org/ns/csvw"
REQUIRED = (*CELL_KEYS, "programme", "display", "unit")
EMPTY_KEY = ("category",)
MEANING = {
    "programme": "The benchmark programme.",
    "survey_year": "The year that the answers describe.",
    "measure": "The measure's name; its definition is in quality_report.json.",
    "category": "The answer whose share this is; empty for measures without categories.",
    "statistic": "pooled, share, a percentile (p10 to p90), or for survival a quartile or still_there_<months>.",
    "peer_group": "all, or what the figure is cut by.",
    "peer_value": "Which part of the peer group.",
    "value": "The rounded figure in the measure's unit, shares as fractions; empty when hidden.",
    "display": "The figure as it is to be quoted, or its status.",
    "unit": "The measure's unit.",
    "status": "Empty, or " + "; ".join(f"{code} {meaning}" for code, meaning in STATUSES.items()) + ".",
    "contributors": "Independent contributors behind the figure; empty when hidden.",
    "people": "People behind the figure, where the measure counts people; empty when hidden.",
    "lower": "Lower end of the 95 % interval.",
    "upper": "Upper end of the 95 % interval.",
    "lower_display": "Lower end as it is to be quoted.",
    "upper_display": "Upper end as it is to be quoted.",
    "notice": "What must be said wherever the figure is used.",
}


def write_datapackage(content: Content, folder: Path) -> Path:
    """Write datapackage.json (Data Package v2) with the hash of each data file beside it."""
    package = {
        "$schema": DATA_PACKAGE,
        "name": content.programme.name.replace("_", "-"),
        "title": f"{content.programme.title} {content.survey_year}",
        "description": f"{content.notice} {content.citation}".strip(),
        "version": content.version,
        "created": content.published_at.isoformat(),
        "resources": [_csv_resource(folder), _resource(folder, "benchmarks.parquet", "application/vnd.apache.parquet")],
    }
    return write_json(folder / "datapackage.json", package)


def write_csvw(content: Content, folder: Path) -> Path:
    """Write benchmarks.csv-metadata.json (CSV on the Web)."""
    described = {
        "@context": [CSVW, {"@language": "en"}],
        "url": "benchmarks.csv",
        "dc:title": f"{content.programme.title} {content.survey_year}",
        "dc:description": f"{content.notice} {content.citation}".strip(),
        "dc:issued": content.published_at.isoformat(),
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": ["\n"]},
        # No primary key: an empty category is a null to CSVW, and a null may not stand in one.
        "tableSchema": {"columns": [_csvw_column(name) for name in (*COLUMNS, "notice")]},
    }
    return write_json(folder / "benchmarks.csv-metadata.json", described)


def _csv_resource(folder: Path) -> dict[str, Any]:
    schema = {
        "fields": [_field(name) for name in (*COLUMNS, "notice")],
        "missingValues": [""],
    }
    return {
        **_resource(folder, "benchmarks.csv", "text/csv"),
        "type": "table",
        # frictionless counts the bytes of a table that it reads, but reports none for any other file.
        "bytes": (folder / "benchmarks.csv").stat().st_size,
        "encoding": "utf-8",
        "dialect": {"lineTerminator": "\n"},
        "schema": schema,
    }


def _resource(folder: Path, name: str, media_type: str) -> dict[str, Any]:
    content = (folder / name).read_bytes()
    stem, suffix = name.split(".")
    return {
        "name": stem if suffix == "csv" else f"{stem}-{suffix}",
        "path": name,
        "format": suffix,
        "mediatype": media_type,
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }


def _field(name: str) -> dict[str, Any]:
    kind = "integer" if name in COUNTS else "number" if name in NUMBERS else "string"
    field: dict[str, Any] = {"name": name, "type": kind, "description": MEANING[name]}
    constraints: dict[str, Any] = {}
    if name in REQUIRED and name not in EMPTY_KEY:
        constraints["required"] = True
    if name == "status":
        constraints["pattern"] = r"(\[[a-z]\])*"
    return {**field, "constraints": constraints} if constraints else field


def _csvw_column(name: str) -> dict[str, Any]:
    kind = "integer" if name in COUNTS else "number" if name in NUMBERS else "string"
    required = name in REQUIRED and name not in EMPTY_KEY
    column: dict[str, Any] = {"name": name, "titles": name, "dc:description": MEANING[name], "datatype": kind}
    return {**column, "required": True} if required else column
