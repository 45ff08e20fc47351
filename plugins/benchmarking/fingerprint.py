"""Know a step's work by its inputs, so that running it again with nothing new costs nothing and changes nothing.

A fingerprint covers the rows that the step reads, the programme's definitions, and the package's own code.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from benchmarking.settings import ROOT
from benchmarking.warehouse import Warehouse


@dataclass(frozen=True)
class Inputs:
    """What a step reads: schemas, how many years back (None for all up to the year), and whether the day matters.

    `knows_all` says that it reads every year and release, its own and later ones included.
    """

    schemas: tuple[str, ...]
    years_back: int | None
    is_dated: bool = False
    knows_all: bool = False


# validate compares with last year's answers and asks beside last year's release, aggregate compares with last year's
# figures; protect hides what is too young.
INPUTS = {
    "validate": Inputs(("raw", "ledger"), 1),
    "aggregate": Inputs(("staging",), 1),
    "protect": Inputs(("benchmark", "ledger", "staging"), None, is_dated=True),
    "audit": Inputs(("benchmark", "ledger", "published", "staging"), None, is_dated=True, knows_all=True),
}


def fingerprint(step: str, warehouse: Warehouse, year: int) -> str:
    """Give the hash of everything that a step's result depends on."""
    inputs = INPUTS[step]
    connection = warehouse.connect()
    tables = [name for name in warehouse.table_names() if name.split(".")[0] in inputs.schemas]
    # Of what was released, the years before: a year's own release and later ones were decided after it.
    last = {name: year - 1 if name.startswith("ledger.") else year for name in tables}
    found = {
        name: _hash(connection, name, "true", [])
        if inputs.knows_all
        else _rows(connection, name, last[name], inputs.years_back)
        for name in tables
    }
    connection.close()
    # A table without such rows is as good as one that was never written: a first release writes the ledger's.
    parts: dict[str, Any] = {name: rows for name, rows in found.items() if rows}
    parts["definitions"] = warehouse.programme.definition_sha256
    parts["code"] = code_sha256()
    parts["day"] = warehouse.settings.now().date().isoformat() if inputs.is_dated else ""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def recall(step: str, warehouse: Warehouse, year: int, mark: str) -> dict[str, Any] | None:
    """Give the summary of the step's last run if its inputs were the same, else None."""
    path = _path(step, warehouse, year)
    if not path.is_file():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    return kept["summary"] if kept["fingerprint"] == mark else None


def remember(step: str, warehouse: Warehouse, year: int, mark: str, summary: dict[str, Any]) -> None:
    """Keep a step's summary beside the fingerprint of its inputs."""
    path = _path(step, warehouse, year)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"fingerprint": mark, "summary": summary}, indent=2, default=str), encoding="utf-8")
    part.replace(path)


@cache
def code_sha256() -> str:
    """Give the hash of the package's Python and of the shared SQL."""
    digest = hashlib.sha256()
    for path in sorted([*Path(__file__).parent.rglob("*.py"), *(ROOT / "sql").rglob("*.sql")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _path(step: str, warehouse: Warehouse, year: int) -> Path:
    return warehouse.folder("builds") / f"{step}-{year}.json"


def _rows(connection: duckdb.DuckDBPyConnection, table: str, year: int, years_back: int | None) -> str:
    """Give the count and hash of a table's rows of these years; "" where it has none, or no years."""
    exists = connection.execute(
        "SELECT count(*) FROM duckdb_columns() "
        "WHERE schema_name || '.' || table_name = ? AND column_name = 'survey_year'",
        [table],
    ).fetchone()
    if not exists or not exists[0]:
        return ""
    since = 0 if years_back is None else year - years_back
    # A release's ledger holds rows of the year before too, those of its changes: the release's year counts.
    dated = _RELEASED if table == "ledger.cell" else _DATED
    return _hash(connection, table, dated, [since, year])


def _hash(connection: duckdb.DuckDBPyConnection, table: str, condition: str, parameters: list[int]) -> str:
    """Give the count and hash of the rows that meet a condition; "" where none does."""
    # A sum of row hashes does not depend on the order of rows or on the number of threads.
    row = connection.execute(
        f"SELECT count(*), sum(hash(t)::HUGEINT)::VARCHAR FROM {table} AS t WHERE {condition}", parameters
    ).fetchone()
    return f"{row[0]}:{row[1]}" if row and row[0] else ""


_DATED = "survey_year IS NULL OR survey_year BETWEEN ? AND ?"
_RELEASED = "release IN (SELECT release FROM ledger.release WHERE survey_year BETWEEN ? AND ?)"
