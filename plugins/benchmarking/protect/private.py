"""Private reports before the ledger: admitted figure by figure, entered with their checksums, audited.

Of others a report may show what its release shows, and nothing else: so a report is admitted by looking each figure
up among those that the rules admitted, and its entry in the ledger is the proof that it told nothing new.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benchmarking import sql
from benchmarking.errors import BenchmarkingError
from benchmarking.protect.cells import fetch_rows
from benchmarking.protect.ledger import record_reports
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse

Record = dict[str, Any]
# Measure, category, peer group, peer value, statistic, and the text shown; a curve has the statistic "curve", no text.
Figure = tuple[str, str, str, str, str, str]
PAGE, PAGES = "report.html", "report.pdf"
ON_PAGE = re.compile(r'<data class="pub" value="([^"]*)">([^<]*)</data>')
ASIDE = "."


class ReportRefused(BenchmarkingError):
    """A private report shows what its release does not, or is not as the ledger has it."""


def admit_reports(warehouse: Warehouse, version: str, figures: Mapping[str, Iterable[Figure]]) -> int:
    """Look every figure of others up in the ledger before a report that shows it is made.

    Args:
        figures: what the report of each agency shows of others.

    Returns:
        The number of figures looked up.

    Raises:
        ReportRefused: the ledger does not know the release, or the release does not show one of the figures.
    """
    rows = list(_figure_rows(version, figures))
    connection = warehouse.connect()
    try:
        known = connection.execute("SELECT count(*) FROM ledger.release WHERE release = ?", [version]).fetchone()
        if not known or not known[0]:
            raise ReportRefused(
                f"the ledger does not know {version}.", warehouse.programme.name, "Run `python -m benchmarking record`."
            )
        # Judged as if the reports were entered already: by the very SELECT of the audit.
        connection.register("report_figure", pa.Table.from_pylist(rows, schema=TABLES["ledger.report_figure"].schema))
        _check_figures(connection, "No report was written; report this.")
    finally:
        connection.close()
    return len(rows)


def record_private_reports(warehouse: Warehouse, version: str, reports: Sequence[Mapping[str, Any]]) -> int:
    """Enter private reports of a release; give how many are new.

    Args:
        reports: a mapping each: agency_id, folder (its name below the version's), page_sha256, pages_sha256, and
            `figures`, what it shows of others.

    Raises:
        ReportRefused: as for `admit_reports`; nothing is entered.
    """
    figures = {report["agency_id"]: report["figures"] for report in reports}
    admit_reports(warehouse, version, figures)
    holdings = _holdings(warehouse)
    entries = [
        {
            **report,
            "release": version,
            "holding_id": holdings.get(report["agency_id"], report["agency_id"]),
            "figures": len(set(report["figures"])),
            "recorded_at": warehouse.settings.now(),
        }
        for report in reports
    ]
    return record_reports(warehouse, entries, _figure_rows(version, figures))


def reports_recorded(warehouse: Warehouse, version: str) -> dict[str, set[tuple[str, str]]]:
    """Give, for each agency that was given a report of a release, the checksums (page, PDF) that the ledger holds."""
    connection = warehouse.connect()
    try:
        found: dict[str, set[tuple[str, str]]] = {}
        for row in fetch_rows(connection, "SELECT * FROM ledger.report WHERE release = ?", [version]):
            found.setdefault(row["agency_id"], set()).add((row["page_sha256"], row["pages_sha256"]))
        return found
    finally:
        connection.close()


def audit_reports(warehouse: Warehouse, versions: Sequence[str]) -> int:
    """Compare the private reports of releases with the ledger, and the ledger's with what the releases show.

    A report that is no longer on disk was sent and put away; one that nobody recorded is refused.

    Returns:
        The number of reports found and checked.

    Raises:
        ReportRefused: a report was changed, is not in the ledger, or shows a figure that its release does not.
    """
    connection = warehouse.connect()
    try:
        connection.execute("CREATE TEMP VIEW report_figure AS SELECT * FROM ledger.report_figure")
        _check_figures(connection, "Take the reports back, and report this.")
        return sum(_check_folder(warehouse, connection, version) for version in versions)
    finally:
        connection.close()


def _check_figures(connection: duckdb.DuckDBPyConnection, do: str) -> None:
    found = fetch_rows(connection, sql.read("published/report_figure_not_released"), [])
    if found:
        first = found[0]
        names = ("measure", "category", "peer_group", "peer_value", "statistic", "display")
        figure = " ".join(str(first[name]) for name in names if first[name])
        raise ReportRefused(
            f"{len(found)} figures of others are not in the release, the first is {figure}.",
            f"report of {first['agency_id']}, {first['release']}",
            do,
        )


def _check_folder(warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, version: str) -> int:
    top = warehouse.folder("reports") / version
    entered: dict[str, list[Record]] = {}
    for row in fetch_rows(connection, "SELECT * FROM ledger.report WHERE release = ?", [version]):
        entered.setdefault(row["folder"], []).append(row)
    # A name that begins with a dot is a report in the making, or its remains: it was given to nobody.
    folders = sorted(path for path in top.iterdir() if not path.name.startswith(ASIDE)) if top.is_dir() else []
    for folder in folders:
        entries = entered.get(folder.name)
        if entries is None:
            raise ReportRefused("it is not in the ledger.", str(folder), "Remove it, and find who made it.")
        _check_files(folder, entries)
        _check_page(connection, folder / PAGE, entries[0])
    return len(folders)


def _check_files(folder: Path, entries: Sequence[Record]) -> None:
    held = {PAGE: {entry["page_sha256"] for entry in entries}, PAGES: {entry["pages_sha256"] for entry in entries}}
    for path in sorted(folder.iterdir()):
        if path.name not in held:
            raise ReportRefused("it is no part of the report that was recorded.", str(path), "Remove it.")
        if hashlib.sha256(path.read_bytes()).hexdigest() not in held[path.name]:
            raise ReportRefused(
                "it is not as it was recorded.", str(path), "Remove it, find who changed it, and make the report again."
            )


def _check_page(connection: duckdb.DuckDBPyConnection, page: Path, entry: Record) -> None:
    """Read a page's figures of others back: each must be one that the ledger says it shows."""
    if not page.is_file():
        return
    where = [entry["release"], entry["agency_id"]]
    rows = fetch_rows(connection, "SELECT * FROM ledger.report_figure WHERE release = ? AND agency_id = ?", where)
    known = {(key_text(_figure(row)), row["display"]) for row in rows}
    said = {(html.unescape(key), html.unescape(text)) for key, text in ON_PAGE.findall(page.read_text("utf-8"))}
    if said - known:
        key, text = min(said - known)
        raise ReportRefused(
            f"it shows {text} as {key}, which the ledger does not say.", str(page), "Remove it, and report this."
        )


def key_text(figure: Figure) -> str:
    """Give a figure's key as a page names it."""
    return "|".join(figure[:5])


def _figure(row: Record) -> Figure:
    return (row["measure"], row["category"], row["peer_group"], row["peer_value"], row["statistic"], row["display"])


def _figure_rows(version: str, figures: Mapping[str, Iterable[Figure]]) -> Iterator[Record]:
    names = ("measure", "category", "peer_group", "peer_value", "statistic", "display")
    year = int(version.split(".")[0])
    for agency_id, shown in figures.items():
        for figure in sorted(set(shown)):
            yield {
                "release": version,
                "agency_id": agency_id,
                "survey_year": year,
                **dict(zip(names, figure, strict=True)),
            }


def _holdings(warehouse: Warehouse) -> dict[str, str]:
    connection = warehouse.connect()
    try:
        found = connection.execute(
            "SELECT agency_id, max_by(holding_id, survey_year) FROM benchmark.contribution GROUP BY agency_id"
        )
        return dict(found.fetchall())
    finally:
        connection.close()
