"""The ledger: every figure of every release, with who stood behind it, in the warehouse.

Contributors' rows are kept by the hash of their content, so that a figure that is released again adds nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarking.catalog import Disclosure
from benchmarking.errors import WarehouseError
from benchmarking.protect.cells import Row, Unit, fetch_rows
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse

CellKey = tuple[int, str, str, str, str, str, str]
FIGURES = ("value", "display", "unit", "status", "contributors", "people", "lower", "upper", "lower_display",
           "upper_display")  # fmt: skip
# The reason entered for what is hidden beside the figures: people counted, the halves of a change.
BESIDE = "hidden"
# The basis and the reason of a restatement held back: what was decided on, beside the figure that stands.
HELD = "held"


@dataclass(frozen=True)
class Ledger:
    """What past releases said: `rows` that were shown, `hidden` ones, and the figures of the newest release.

    `reasons` says why each hidden row was hidden, by its unit, family and the hash of who stands behind it; `held` are
    the restatements held back, by the same.
    """

    rows: tuple[Row, ...] = ()
    hidden: tuple[Row, ...] = ()
    reasons: dict[tuple[Unit, str, str], str] = field(default_factory=dict)
    held: frozenset[tuple[Unit, str, str]] = frozenset()
    newest: dict[CellKey, dict[str, Any]] = field(default_factory=dict)
    releases: tuple[str, ...] = ()


def row_id(row: Row) -> str:
    """Give the hash of who stands behind a figure: agencies, holdings, weights and answers."""
    content = [row.unit.survey_year, row.unit.measure, row.family, *_lists(row)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def read_ledger(connection: duckdb.DuckDBPyConnection, until: str | None = None) -> Ledger:
    """Read all releases, or those recorded up to one of them, the same one included.

    Raises:
        WarehouseError: contributors of a released figure are missing, so that no attack would see them.
    """
    releases = _releases(connection, until)
    if not releases:
        return Ledger()
    marks = ", ".join("?" for _ in releases)
    cells = fetch_rows(connection, f"SELECT * FROM ledger.cell WHERE release IN ({marks})", list(releases))
    turn = {release: n for n, release in enumerate(releases)}
    cells.sort(key=lambda cell: (turn[cell["release"]], *(str(cell[name]) for name in _KEYS)))
    content = _participations(connection)
    shown: dict[Any, Any] = {}
    hidden: dict[Any, Any] = {}
    reasons: dict[Any, str] = {}
    newest: dict[Any, Any] = {}
    held: set[Any] = set()
    for cell in cells:
        unit = Unit(cell["survey_year"], cell["measure"], cell["peer_group"], cell["peer_value"], cell["basis"])
        where = (unit, cell["family"], cell["row_id"])
        is_hidden = bool(cell["reason"])
        if cell["row_id"] and cell["row_id"] not in content:
            raise WarehouseError(
                f"the ledger misses who stood behind {cell['release']} {unit}.", "", "Restore ledger.participation."
            )
        if cell["basis"] == HELD:
            held.add((replace(unit, basis=""), cell["family"], cell["row_id"]))
            continue
        if cell["row_id"]:
            (hidden if is_hidden else shown)[where] = content[cell["row_id"]]
            reasons[where] = cell["reason"]
        if not is_hidden:
            newest[tuple(cell[name] for name in _KEYS)] = cell
    hidden = {where: row for where, row in hidden.items() if where not in shown}
    reasons = {where: reasons[where] for where in hidden}
    return Ledger(_rows(shown), _rows(hidden), reasons, frozenset(held - shown.keys()), newest, releases)


def record(
    warehouse: Warehouse,
    release: str,
    year: int,
    cells: Sequence[Mapping[str, Any]],
    rows: Iterable[Row],
    rules: Disclosure,
    audit: Mapping[str, Any],
) -> int:
    """Enter a release: its cells, who stood behind them, its parameters. Entering it again adds nothing.

    The release row goes last: a release without one was not fully entered, and is entered again.

    Returns:
        The number of cells entered.
    """
    entries = [entry for row in rows for entry in _entries(row)]
    warehouse.merge_new("ledger.participation", _table("ledger.participation", entries), ("row_id", "entry"))
    keys = TABLES["ledger.cell"].keys
    count = warehouse.merge_new("ledger.cell", _table("ledger.cell", cells), keys)
    parameters = json.dumps(asdict(rules), sort_keys=True)
    entry = {
        "release": release,
        "survey_year": year,
        "recorded_at": warehouse.settings.now(),
        "parameters": parameters,
        "audit": json.dumps(dict(audit), sort_keys=True),
    }
    warehouse.merge_new("ledger.release", _table("ledger.release", [entry]), ("release",))
    return count


def record_reports(
    warehouse: Warehouse, reports: Iterable[Mapping[str, Any]], figures: Iterable[Mapping[str, Any]]
) -> int:
    """Enter private reports and what each shows of others; entering one again adds nothing.

    The figures go first: a report without its row in ledger.report was not entered.

    Args:
        reports: rows of ledger.report. figures: rows of ledger.report_figure.

    Returns:
        The number of reports entered.
    """
    keys = TABLES["ledger.report_figure"].keys
    warehouse.merge_new("ledger.report_figure", _table("ledger.report_figure", figures), keys)
    return warehouse.merge_new("ledger.report", _table("ledger.report", reports), TABLES["ledger.report"].keys)


_KEYS = ("survey_year", "measure", "category", "peer_group", "peer_value", "statistic", "basis")


def _releases(connection: duckdb.DuckDBPyConnection, until: str | None) -> tuple[str, ...]:
    found = connection.execute("SELECT release FROM ledger.release ORDER BY recorded_at, release").fetchall()
    names = [name for (name,) in found]
    return tuple(names if until is None else names[: names.index(until) + 1] if until in names else [])


def _participations(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, np.ndarray]]:
    found = connection.execute("SELECT * FROM ledger.participation ORDER BY row_id, entry").fetchnumpy()
    columns = {name: np.asarray(values) for name, values in found.items()}
    ids = columns["row_id"].astype(str)
    if not len(ids):
        return {}
    starts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))
    ends = np.append(starts[1:], len(ids))
    return {
        str(ids[start]): {name: values[start:end] for name, values in columns.items()}
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    }


def _rows(found: Mapping[tuple[Unit, str, str], dict[str, np.ndarray]]) -> tuple[Row, ...]:
    return tuple(
        Row(
            unit,
            family,
            columns["agency_id"].astype(str),
            columns["holding_id"].astype(str),
            columns["weight"].astype(float),
            columns["figure"].astype(float),
            columns["denominator"].astype(float),
            columns["category"].astype(str),
            columns["people"].astype(float),
        )
        for (unit, family, _), columns in found.items()
    )


def _lists(row: Row) -> list[list[Any]]:
    arrays = (row.agency, row.holding, row.weight, row.figure, row.denominator, row.category, row.people)
    return [values.tolist() for values in arrays]


def _entries(row: Row) -> list[dict[str, Any]]:
    names = ("agency_id", "holding_id", "weight", "figure", "denominator", "category", "people")
    identity = row_id(row)
    return [
        {"row_id": identity, "entry": entry, **dict(zip(names, values, strict=True))}
        for entry, values in enumerate(zip(*_lists(row), strict=True))
    ]


def _table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    columns = TABLES[name].columns
    unique = {tuple(row[key] for key in TABLES[name].keys): row for row in rows}
    plain = [{column: row.get(column) for column in columns} for row in unique.values()]
    return pa.Table.from_pylist(plain, schema=TABLES[name].schema)
