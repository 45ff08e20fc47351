"""The audit of a release: before it is approved from the tables, and at any time later from the ledger."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import duckdb

from benchmarking.catalog import Disclosure, Programme
from benchmarking.errors import BenchmarkingError
from benchmarking.protect import write
from benchmarking.protect.cells import Row, Unit, fetch_rows, load_populations
from benchmarking.protect.inspect import Inspection, inspect
from benchmarking.protect.ledger import BESIDE, HELD, Ledger, read_ledger, record, row_id
from benchmarking.protect.private import audit_reports
from benchmarking.protect.step import HIDDEN, YOUNG, rows_behind, shown_keys
from benchmarking.tables import CELL_KEYS
from benchmarking.warehouse import Warehouse

Record = dict[str, Any]
VERSION = re.compile(r"\d{4}\.\d+\.\d+\Z")
SUMS = "SHA256SUMS"
# A larger value of these protects more; of the others a smaller one does.
MORE_IS_STRICTER = ("minimum_contributors", "minimum_quartiles", "minimum_tails", "minimum_unanimous", "p_percent",
                    "minimum_age_months", "interval_width", "contributors_round_to")  # fmt: skip


class AuditRefused(BenchmarkingError):
    """A release, the ledger or the parameters are not what they should be; nothing is published."""


def audit_candidate(warehouse: Warehouse, year: int) -> Record:
    """Attack what is about to be published of a year together with everything ever published.

    Returns:
        The content of disclosure_audit.json: `holds`, `reason`, parameters, counts by reason, the attack's findings.

    Raises:
        AuditRefused: a release stands that the ledger does not know, so that the attack would not see it.
    """
    _check_ledger_is_whole(warehouse)
    connection = warehouse.connect()
    try:
        ledger = read_ledger(connection)
        shown, hidden = _candidate_rows(connection, warehouse.programme, year)
        decisions = _of_year(connection, "published.decision", year)
    finally:
        connection.close()
    found = inspect(ledger.rows, shown, [*hidden, *ledger.hidden], warehouse.programme.disclosure)
    return _report(warehouse.programme, found, decisions, len(ledger.releases))


def record_release(warehouse: Warehouse, version: str) -> int:
    """Enter a promoted release in the ledger from the published tables; doing it again adds nothing.

    Returns:
        The number of figures entered.

    Raises:
        AuditRefused: the published tables are not those that the release was made from.
    """
    year = int(version.split(".")[0])
    connection = warehouse.connect()
    try:
        ledger = read_ledger(connection)
        if version in ledger.releases:
            return 0
        rows = _rows_by_key(connection, warehouse.programme, year)
        cells = _ledger_cells(connection, warehouse.programme, year, version, rows, ledger)
    finally:
        connection.close()
    _check_cells(warehouse, version, cells)
    audit = _read_audit(warehouse, version)
    return record(warehouse, version, year, cells, rows.values(), warehouse.programme.disclosure, audit)


def audit_release(warehouse: Warehouse, version: str) -> Record:
    """Repeat the whole audit of a release from the ledger, its files checked first.

    Raises:
        AuditRefused: a file was changed, the ledger misses the release or says otherwise, the parameters are weaker
            than the programme's, or something is exposed.
        ReportRefused: a private report is not as the ledger has it, or shows what its release does not.
    """
    folder = warehouse.folder("releases") / version
    _check_files(folder)
    connection = warehouse.connect()
    try:
        ledger = read_ledger(connection, version)
        before = read_ledger(connection, ledger.releases[-2]) if len(ledger.releases) > 1 else Ledger()
        if version not in ledger.releases:
            raise AuditRefused(
                "the ledger does not know it.", _where(warehouse, version), "Restore the ledger's tables."
            )
        cells = fetch_rows(connection, "SELECT * FROM ledger.cell WHERE release = ?", [version])
        entry = fetch_rows(connection, "SELECT * FROM ledger.release WHERE release = ?", [version])[0]
    finally:
        connection.close()
    _check_cells(warehouse, version, cells)
    audit = _read_audit(warehouse, version)
    for parameters in (audit.get("parameters", {}), json.loads(entry["parameters"])):
        _check_parameters(parameters, warehouse.programme.disclosure, _where(warehouse, version))
    # As when it was approved: what earlier releases told by themselves can no longer be kept.
    known = {(row.unit, row.family, row_id(row)) for row in before.rows}
    fresh = [row for row in ledger.rows if (row.unit, row.family, row_id(row)) not in known]
    found = inspect(before.rows, fresh, ledger.hidden, warehouse.programme.disclosure)
    if not found.holds:
        raise AuditRefused(f"the audit does not hold: {found.reason}.", _where(warehouse, version), _RETRACT)
    reports = audit_reports(warehouse, ledger.releases)
    counts = {"releases_known": len(ledger.releases), "private_reports": reports}
    return {"release": version, "holds": True, **counts, **asdict(found)}


_RETRACT = "Retract the release, and report this."


def weaker_parameters(given: Mapping[str, Any], asked: Disclosure) -> list[str]:
    """Give the parameters of which `given` protects less than `asked`, missing ones included."""
    weaker = []
    for name in (f.name for f in fields(Disclosure)):
        value, limit = given.get(name), getattr(asked, name)
        is_weaker = value is None or (value < limit if name in MORE_IS_STRICTER else value > limit)
        weaker += [name] if is_weaker else []
    return weaker


def _report(programme: Programme, found: Inspection, decisions: Sequence[Record], releases: int) -> Record:
    reasons = Counter(decision["reason"] for decision in decisions if decision["reason"])
    shown = sum(not decision["reason"] or decision["reason"] == "revision" for decision in decisions)
    held_back = [
        {**{name: decision[name] for name in CELL_KEYS}, "why": decision["detail"]}
        for decision in decisions
        if decision["reason"] == "revision"
    ]
    return {
        "holds": found.holds,
        "reason": found.reason,
        "command": "python -m benchmarking audit RELEASE",
        "parameters": asdict(programme.disclosure),
        "cells": len(decisions),
        "cells_shown": shown,
        "cells_hidden": len(decisions) - shown,
        "hidden_by_reason": dict(sorted(reasons.items())),
        **{name: value for name, value in asdict(found).items()},
        "earlier_releases_attacked_with": releases,
        "restatements_held_back": held_back,
    }


def _candidate_rows(
    connection: duckdb.DuckDBPyConnection, programme: Programme, year: int
) -> tuple[list[Row], list[Row]]:
    """Give the rows of figures that the published tables show, and of those that they hide."""
    rows = _rows_by_key(connection, programme, year)
    shown = shown_keys(connection, programme, year)
    return [row for key, row in rows.items() if key in shown], [row for key, row in rows.items() if key not in shown]


def _rows_by_key(connection: duckdb.DuckDBPyConnection, programme: Programme, year: int) -> dict[tuple[Unit, str], Row]:
    populations = {y: load_populations(connection, programme, y) for y in (year - 1, year)}
    return rows_behind(connection, programme, populations, year)


def _ledger_cells(
    connection: duckdb.DuckDBPyConnection,
    programme: Programme,
    year: int,
    version: str,
    rows: Mapping[tuple[Unit, str], Row],
    ledger: Ledger,
) -> list[Record]:
    """Give the ledger's rows of a release: its figures, the people behind them, its matched panels."""
    ids = {key: row_id(row) for key, row in rows.items()}
    shown = shown_keys(connection, programme, year)
    decisions = {
        tuple(decision[name] for name in CELL_KEYS): decision
        for decision in _of_year(connection, "published.decision", year)
    }
    cells: list[Record] = []
    held: dict[tuple[Unit, str], Record] = {}
    for cell in _of_year(connection, "published.cell", year):
        unit, key = write.unit_of(cell), tuple(cell[name] for name in CELL_KEYS)
        family = write.family_of(programme.measures[unit.measure], cell["statistic"])
        reason = decisions[key]["reason"] if key in decisions else ""
        before = ledger.newest.get((*key, "")) if reason == "revision" else None
        identity = before["row_id"] if before else ids.get((unit, family), "")
        kept = "" if before or cell["status"] not in HIDDEN else reason or "unavailable"
        cells.append({**cell, "release": version, "basis": "", "family": family, "row_id": identity, "reason": kept})
        # Too young data grows older, so that what is held back for its age is weighed anew.
        if before and (unit, family) in ids and not decisions[key]["detail"].endswith(YOUNG.detail):
            restated = _bare_cell(version, unit, family, ids[unit, family], False)
            held[unit, family] = {**restated, "basis": HELD, "reason": HELD}
    known = {(write.unit_of(cell), cell["family"]) for cell in cells}
    for (unit, family), identity in ids.items():
        if (unit, family) not in known:
            cells.append(_bare_cell(version, unit, family, identity, (unit, family) in shown))
    return [*cells, *held.values()]


def _bare_cell(version: str, unit: Unit, family: str, identity: str, is_shown: bool) -> Record:
    """Give the ledger's row of what is told beside the figures: people counted, a matched panel's contributors."""
    return {
        "release": version,
        "survey_year": unit.survey_year,
        "measure": unit.measure,
        "category": "",
        "peer_group": unit.peer_group,
        "peer_value": unit.peer_value,
        "statistic": family,
        "basis": unit.basis,
        "family": family,
        "row_id": identity,
        "reason": "" if is_shown else BESIDE,
        "status": "" if is_shown else write.CONFIDENTIAL,
    }


def _check_ledger_is_whole(warehouse: Warehouse) -> None:
    connection = warehouse.connect()
    known = {release for (release,) in connection.execute("SELECT release FROM ledger.release").fetchall()}
    connection.close()
    there = {path.name for path in warehouse.folder("releases").iterdir() if VERSION.match(path.name)}
    if there - known:
        raise AuditRefused(
            f"the ledger does not know {', '.join(sorted(there - known))}.",
            warehouse.programme.name,
            "Restore the ledger's tables, or run `python -m benchmarking record RELEASE`, then publish.",
        )


def _check_files(folder: Path) -> None:
    if not (folder / SUMS).is_file():
        raise AuditRefused(f"there is no {SUMS}.", str(folder), "Name a release that was published.")
    listed = {}
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition(" ")
        listed[name.strip().lstrip("*")] = digest
    for name, digest in sorted(listed.items()):
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise AuditRefused(f"'{name}' is not as it was published.", str(folder), "Restore it, and find who did it.")


def _check_cells(warehouse: Warehouse, version: str, cells: Sequence[Record]) -> None:
    """Compare a release's table with what the ledger holds, or will hold, of it."""
    path = warehouse.folder("releases") / version / "benchmarks.csv"
    if not path.is_file():
        raise AuditRefused("the release has no benchmarks.csv.", str(path.parent), "Restore it.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        said = {_text_key(row): (row["display"], _number(row["value"])) for row in csv.DictReader(file)}
    held = {
        _text_key(cell): (cell["display"], _number(cell["value"]))
        for cell in cells
        if not cell["basis"] and cell.get("display")
    }
    differing = sorted(key for key in said.keys() | held.keys() if said.get(key) != held.get(key))
    if differing:
        raise AuditRefused(
            f"{len(differing)} figures differ from the ledger's, the first is {' '.join(differing[0])}.",
            _where(warehouse, version),
            "Restore the release's files and the ledger's tables from the same backup.",
        )


def _text_key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name] or "") for name in CELL_KEYS)


def _number(value: Any) -> float | None:
    return None if value in (None, "") else round(float(value), 9)


def _read_audit(warehouse: Warehouse, version: str) -> Record:
    path = warehouse.folder("releases") / version / "disclosure_audit.json"
    if not path.is_file():
        raise AuditRefused("there is no disclosure_audit.json.", str(path.parent), "Restore the release.")
    content = json.loads(path.read_text(encoding="utf-8"))
    return dict(content.get("audit", content))


def _check_parameters(given: Mapping[str, Any], asked: Disclosure, where: str) -> None:
    weaker = weaker_parameters(given, asked)
    if weaker:
        raise AuditRefused(
            f"it was protected by weaker parameters than the programme's: {', '.join(weaker)}.", where, _RETRACT
        )


def _of_year(connection: duckdb.DuckDBPyConnection, table: str, year: int) -> list[Record]:
    return fetch_rows(connection, f"SELECT * FROM {table} WHERE survey_year = ? ORDER BY ALL", [year])


def _where(warehouse: Warehouse, version: str) -> str:
    return f"{warehouse.programme.name} {version}"
