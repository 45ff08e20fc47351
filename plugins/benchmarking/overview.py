"""What an organiser looks at while a season runs: the year at a glance, what could be published, draft and audit.

Each function gives plain rows for a page to show; none of them writes a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarking import pipeline, sql
from benchmarking.errors import BenchmarkingError
from benchmarking.warehouse import Warehouse

FRAME = "frame"


@dataclass(frozen=True)
class Table:
    """One table of a page: a title, headings and rows of text."""

    title: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def at_a_glance(warehouse: Warehouse, year: int) -> list[Table]:
    """Give the year's submissions by verdict, and who answered against the frame by each peer group."""
    verdicts = _rows(warehouse, "release/response", year=year)
    headings = ("Survey", "Received", "Accepted", "Parked", "Rejected", "Duplicate")
    keys = ("survey", "received_count", "accepted_count", "parked_count", "rejected_count", "duplicate_count")
    rows = [tuple(str(row[key]) for key in keys) for row in verdicts]
    outside = [(row["agency_id"],) for row in _rows(warehouse, "release/outside_frame", year=year)]
    left_out = [Table(f"Not in the frame, left out of every figure: {len(outside)}", ("Contributor",), outside)]
    return [Table("Submissions", headings, rows), *(left_out if outside else []), *_against_frame(warehouse, year)]


def coverage(warehouse: Warehouse, year: int) -> list[Table]:
    """Give which cells could be published today, and how many more contributors the others need."""
    from benchmarking.protect import coverage as cells

    found = cells(warehouse, year)
    headings = ("Measure", "Peer group", "Value", "Statistic", "Publishable", "More needed")
    keys = ("measure", "peer_group", "peer_value", "statistic", "is_publishable", "needs")
    rows = [tuple(_text(row[key]) for key in keys) for row in found]
    counts = Counter(row[4] for row in rows)
    return [Table(f"Cells: {counts['yes']} publishable today, {counts['no']} not yet", headings, rows)]


def draft(warehouse: Warehouse, year: int) -> tuple[str, str]:
    """Give the title and Markdown body that an approver sees, or that there is nothing new."""
    from benchmarking.publish import describe_draft, next_version

    if next_version(warehouse, year) is None:
        return "Nothing new to publish", "Every figure equals the latest release."
    described = describe_draft(warehouse, year, pipeline.audit(warehouse, year))
    return described["title"], described["body"]


def last_audit(warehouse: Warehouse, year: int) -> list[Table]:
    """Give the figures of the attack on the year's draft with everything ever published."""
    audit = pipeline.audit(warehouse, year)
    rows = [(key.replace("_", " "), _text(value)) for key, value in sorted(audit.items())]
    return [Table("The attacker's audit", ("What", "Finding"), rows)]


def newest_year(warehouse: Warehouse) -> int:
    """Give the newest survey year received.

    Raises:
        BenchmarkingError: nothing was received yet.
    """
    years = pipeline.years_received(warehouse)
    if not years:
        raise BenchmarkingError("nothing was received yet.", warehouse.programme.name, "Run collect first.")
    return years[-1]


def _against_frame(warehouse: Warehouse, year: int) -> list[Table]:
    surveys = [survey.name for survey in warehouse.programme.surveys.values() if survey.role != FRAME]
    agencies = _rows(warehouse, "overview/agencies", year=year, surveys=surveys)
    return [_by_group(warehouse, agencies, column) for column in warehouse.programme.peer_columns]


def _by_group(warehouse: Warehouse, agencies: list[dict[str, Any]], column: str) -> Table:
    framed = Counter(str(row.get(column)) for row in agencies)
    answered = Counter(str(row.get(column)) for row in agencies if row["has_answered"])
    known = warehouse.programme.peer_labels.get(column, {}).get("values", {})
    order = [*(value for value in known if value in framed), *sorted(set(framed) - set(known))]
    rows = [
        (
            warehouse.programme.peer_label(column, value),
            str(framed[value]),
            str(answered[value]),
            _share(answered, framed, value),
        )
        for value in order
    ]
    return Table(warehouse.programme.peer_title(column), ("Group", "In the frame", "Answered", "Response"), rows)


def _share(answered: Counter[str], framed: Counter[str], value: str) -> str:
    return f"{answered[value] / framed[value]:.0%}"


def _rows(warehouse: Warehouse, name: str, **parameters: Any) -> list[dict[str, Any]]:
    connection = warehouse.connect()
    found = connection.execute(sql.read(name), parameters)
    columns = [column[0] for column in found.description or []]
    rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    connection.close()
    return rows


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
