"""A small industry in a real warehouse, released as files, for tests of protection, ledger and audit."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarking.catalog import load_programme
from benchmarking.protect import audit_candidate, protect, record_release
from benchmarking.settings import Settings
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse

PROGRAMME = """
name: made_up_trade
title: A made-up trade
is_made_up: true
years: [2024, 2025, 2026]
surveys: []
peer_groups: [size, size x sector]
headlines:
  - {measure: budget, statistic: p50, peer_group: all, text: "Half set aside {value} or less"}
"""
MEASURE = """/*
title: {title}
kind: {kind}
unit: {unit}
rounds_to: {base}
format: {format}
definition: made up
*/
SELECT 1
"""
CELLS = ("programme", "survey_year", "measure", "category", "statistic", "peer_group", "peer_value", "value", "display",
         "unit", "status", "contributors")  # fmt: skip


@dataclass(frozen=True)
class Agency:
    """One agency of the made-up trade: its budget, its people, what it answered."""

    agency_id: str
    holding_id: str
    size: str
    sector: str
    budget: float
    people: int
    decider: str


def make_agencies(count: int = 60, seed: int = 7) -> list[Agency]:
    """Draw agencies of mildly skewed budgets, a tenth of them in holding groups of two."""
    random = np.random.default_rng(seed)
    return [
        Agency(
            f"a{i:03d}",
            f"h{i // 2}" if i < count // 10 else f"a{i:03d}",
            str(random.choice(["small", "medium", "large"], p=[0.5, 0.3, 0.2])),
            str(random.choice(["north", "south"])),
            float(np.round(np.exp(random.normal(8, 0.5)))),
            int(random.integers(2, 12)),
            str(random.choice(["own", "shared"])),
        )
        for i in range(count)
    ]


def make_warehouse(folder: Path, disclosure: str = "") -> Warehouse:
    """Open the made-up trade's warehouse in a folder; `disclosure` is YAML added to the programme."""
    home = folder / "programme"
    (home / "sql" / "measures").mkdir(parents=True, exist_ok=True)
    (home / "sql" / "staging").mkdir(parents=True, exist_ok=True)
    (home / "programme.yaml").write_text(PROGRAMME + disclosure, encoding="utf-8")
    (home / "sql" / "staging" / "agency.sql").write_text("/*\ntitle: Agency\n*/\nSELECT 1\n", encoding="utf-8")
    for name, title, kind, unit, base, form in (
        ("budget", "Budget", "ratio", "GBP", 10, "money"),
        ("decider", "Decider", "share", "share", 0.001, "percent"),
    ):
        text = MEASURE.format(title=title, kind=kind, unit=unit, base=base, format=form)
        (home / "sql" / "measures" / f"{name}.sql").write_text(text, encoding="utf-8")
    settings = Settings(
        data=folder / "data",
        warehouse_url=str(folder / "data" / "warehouse"),
        programmes=(home,),
        fixed_now=datetime(2027, 2, 1, 9, tzinfo=UTC),
    )
    return Warehouse(settings, load_programme(home))


def fill(warehouse: Warehouse, year: int, agencies: list[Agency]) -> None:
    """Write a year's contributions and figures as the aggregate step would."""
    frame = [{"survey_year": year, "agency_id": a.agency_id, "holding_id": a.holding_id, "size": a.size,
              "sector": a.sector} for a in agencies]  # fmt: skip
    parts = [_part(year, a, "budget", None, a.budget) for a in agencies]
    parts += [_part(year, a, "decider", a.decider, 1.0) for a in agencies]
    warehouse.replace_year("staging.agency", year, pa.Table.from_pylist(frame))
    for table, rows in (("benchmark.contribution", parts), ("benchmark.estimate", _estimates(year, agencies))):
        warehouse.replace_year(table, year, pa.Table.from_pylist(rows, schema=TABLES[table].schema))


def release(warehouse: Warehouse, year: int, version: str) -> dict:
    """Protect, audit, write the files that the audit reads, and enter the release in the ledger."""
    protect(warehouse, year)
    audit = audit_candidate(warehouse, year)
    folder = warehouse.folder("releases") / version
    folder.mkdir()
    with (folder / "benchmarks.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, CELLS)
        writer.writeheader()
        writer.writerows(cells(warehouse, year))
    (folder / "disclosure_audit.json").write_text(json.dumps({"audit": audit}), encoding="utf-8")
    write_sums(folder)
    record_release(warehouse, version)
    return audit


def write_sums(folder: Path) -> None:
    """Write the checksums of a release's files."""
    names = ("benchmarks.csv", "disclosure_audit.json")
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def cells(warehouse: Warehouse, year: int) -> list[dict]:
    """Give a year's published cells."""
    found = warehouse.connect().execute(
        f"SELECT {', '.join(CELLS)} FROM published.cell WHERE survey_year = {year} ORDER BY ALL"
    )
    return [dict(zip(CELLS, row, strict=True)) for row in found.fetchall()]


def cell(warehouse: Warehouse, year: int, measure: str, statistic: str, group: str = "all", value: str = "all") -> dict:
    """Give one published cell; of a share the first category."""
    key = (measure, statistic, group, value)
    rows = cells(warehouse, year)
    return next(r for r in rows if (r["measure"], r["statistic"], r["peer_group"], r["peer_value"]) == key)


def reasons(warehouse: Warehouse, year: int) -> dict[tuple, str]:
    """Give why each figure is hidden, by measure, statistic, peer group and value."""
    rows = warehouse.connect().execute(
        "SELECT measure, statistic, peer_group, peer_value, reason FROM published.decision WHERE survey_year = ?",
        [year],
    )
    return {tuple(row[:4]): row[4] for row in rows.fetchall()}


def _part(year: int, agency: Agency, measure: str, category: str | None, figure: float) -> dict:
    return {
        "survey_year": year,
        "measure": measure,
        "agency_id": agency.agency_id,
        "holding_id": agency.holding_id,
        "category": category,
        "numerator": figure,
        "denominator": float(agency.people),
        "people": agency.people,
        "weight": 1,
    }


def _estimates(year: int, agencies: list[Agency]) -> list[dict]:
    groups = {("all", "all"): agencies}
    for a in agencies:
        groups.setdefault(("size", a.size), []).append(a)
        groups.setdefault(("size x sector", f"{a.size} x {a.sector}"), []).append(a)
    rows = []
    for (group, value), inside in groups.items():
        ratios = np.array([a.budget / a.people for a in inside])
        figures = [("budget", "", "pooled", sum(a.budget for a in inside) / sum(a.people for a in inside))]
        figures += [("budget", "", f"p{p}", float(np.quantile(ratios, p / 100))) for p in (10, 25, 50, 75, 90)]
        for decider in ("own", "shared"):
            figures.append(("decider", decider, "share", float(np.mean([a.decider == decider for a in inside]))))
        rows += [_estimate(year, group, value, inside, *figure) for figure in figures]
    return rows


def _estimate(
    year: int, group: str, value: str, inside: list[Agency], measure: str, category: str, statistic: str, figure: float
) -> dict:
    return {
        "survey_year": year,
        "measure": measure,
        "category": category,
        "statistic": statistic,
        "peer_group": group,
        "peer_value": value,
        "value": figure,
        "lower": figure * 0.9,
        "upper": figure * 1.1,
        "contributors": len(inside),
        "holdings": len({a.holding_id for a in inside}),
        "people": sum(a.people for a in inside),
    }
