"""What is publishable today, and what needs how many more contributors of which kind."""

from __future__ import annotations

from typing import Any

from benchmarking import sql
from benchmarking.protect.cells import PEER_ALL, fetch_rows
from benchmarking.warehouse import Warehouse

_NEEDS = {
    "dominance": "needs contributors of the size of its largest",
    "p_percent": "needs contributors of the size of its two largest",
    "unanimous": "needs contributors that answer otherwise, or more of them",
    "age": "needs time: its data is younger than the programme allows",
    "revision": "shows what was released before; its restatement waits for more changes at once",
}


def coverage(warehouse: Warehouse, year: int) -> list[dict[str, Any]]:
    """Give each figure of a survey year with `is_publishable`, and what it needs in words."""
    rules = warehouse.programme.disclosure
    values = {
        "survey_year": year,
        "minimum_contributors": rules.minimum_contributors,
        "minimum_quartiles": rules.minimum_quartiles,
        "minimum_tails": rules.minimum_tails,
    }
    connection = warehouse.connect()
    try:
        cursor_rows = fetch_rows(connection, sql.read("published/coverage"), values)
    finally:
        connection.close()
    return [{**row, "is_publishable": not row["reason"], "needs": _needs(warehouse, row)} for row in cursor_rows]


def _needs(warehouse: Warehouse, row: dict[str, Any]) -> str:
    if not row["reason"]:
        return ""
    if row["reason"] == "contributors":
        noun = warehouse.programme.contributor_noun[0 if row["missing_count"] == 1 else 1]
        kind = "" if row["peer_group"] == PEER_ALL else f" in {row['peer_group']} {row['peer_value']}"
        return f"needs {row['missing_count']} more {noun}{kind}"
    return _NEEDS.get(row["reason"], "needs more contributors in its neighbouring groups: " + (row["detail"] or ""))
