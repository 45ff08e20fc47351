"""The private report of each contributor: its own figures beside published ones, as HTML and tagged PDF.

A report adds nothing to what was released. Of others it shows published cells alone, and of the place among them
a band between two published marks; so the ledger's admission of the release admits the report too. Everything
else in it is the contributor's own: its figures, its people's curve, what was found in its answers, its certificate.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import typst
from markupsafe import Markup

from benchmarking import sql
from benchmarking.catalog import TWO_WAY, Measure, Programme
from benchmarking.errors import BenchmarkingError
from benchmarking.progress import track
from benchmarking.publish.content import Content, CurvePoint, read_content
from benchmarking.publish.labels import category_label, measure_title
from benchmarking.publish.release import standing_release
from benchmarking.publish.site import rows, strips
from benchmarking.publish.site.book import QUANTILES, Book, Peer
from benchmarking.publish.site.pages import HERE, Chart, Site
from benchmarking.publish.version import read_manifest
from benchmarking.warehouse import Warehouse

TEMPLATE, FONTS = Path(__file__).with_name("reports.typ"), HERE / "fonts"
LAST_MONTH, FEWEST_PEOPLE = 48, 5
SEVERITIES = {"fail": "parked: please correct it or confirm it", "query": "queried: please look again", "note": "noted"}
Shown = Callable[[Measure, str, float], str]
Certificate = Callable[[str], Sequence[Mapping[str, Any]]]


class NoRelease(BenchmarkingError):
    """No release stands that a report could compare with."""


@dataclass(frozen=True)
class Line:
    """One measure of a report: the contributor's own figure, and its band in each group it belongs to."""

    title: str
    own: str
    bands: tuple[str, ...]
    drawing: Markup = field(default=Markup(""))


@dataclass(frozen=True)
class Report:
    """All that one contributor's report says, as text and drawings."""

    agency_id: str
    groups: tuple[str, ...]
    lines: tuple[Line, ...]
    answers: tuple[tuple[str, ...], ...]
    tenure: tuple[tuple[str, ...], ...]
    charts: tuple[Chart, ...]
    found: tuple[tuple[str, ...], ...]
    certificate: tuple[str, ...]


def write_agency_reports(
    warehouse: Warehouse,
    year: int,
    shown: Shown,
    certificate: Certificate,
    agency_ids: Iterable[str] | None = None,
) -> list[Path]:
    """Write report.html and report.pdf for each contributor into the private folder, one folder each.

    Args:
        shown: gives a figure's text from measure, statistic and value: the one rounding of the project.
        certificate: gives, for a contributor, a mapping for each figure of its own that could be guessed at:
            survey_year, measure, family, lower, upper, sentence.
        agency_ids: for whom; everybody who sent something for the year unless given.

    Raises:
        NoRelease: nothing is published for the year.
    """
    content = published_content(warehouse, year)
    connection = warehouse.connect()
    try:
        surveys = [survey.name for survey in content.programme.surveys.values() if survey.role == "answers"]
        found = _rows(connection, "own_contributors", {"year": year, "surveys": surveys})
        known = [str(row["agency_id"]) for row in found]
        wanted = known if agency_ids is None else [agency for agency in known if agency in set(agency_ids)]
        written = []
        for agency_id in track(wanted, "reports", len(wanted)):
            report = read_report(connection, content, agency_id, shown, certificate)
            written += write_report(content, report, report_folder(warehouse, content.version, agency_id))
        return written
    finally:
        connection.close()


def published_content(warehouse: Warehouse, year: int) -> Content:
    """Read the figures of the standing release of a year from the very tables it was made from.

    Raises:
        NoRelease: there is none.
    """
    folder = standing_release(warehouse)
    manifest = read_manifest(folder) if folder else {}
    if manifest.get("survey_year") != year:
        where, do = warehouse.programme.name, "Publish the year, then run this again."
        raise NoRelease(f"no release of {year} stands.", where, do)
    return read_content(warehouse, year, version=manifest["version"], table_versions=manifest["tables"])


def read_report(
    connection: duckdb.DuckDBPyConnection,
    content: Content,
    agency_id: str,
    shown: Shown,
    certificate: Certificate,
) -> Report:
    """Read what one contributor's report says."""
    return _Reader(connection, content, shown, certificate).read(agency_id)


def report_folder(warehouse: Warehouse, version: str, agency_id: str) -> Path:
    """Give a contributor's private folder; an id that is no plain file name is replaced by its hash."""
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}", agency_id)
    name = agency_id if plain else hashlib.sha256(agency_id.encode()).hexdigest()[:24]
    folder = warehouse.folder("reports") / version / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def write_report(content: Content, report: Report, folder: Path) -> list[Path]:
    """Write one report as HTML and as PDF/UA-1."""
    page, pages = folder / "report.html", folder / "report.pdf"
    page.write_text(Site(content).render("agency_report.html.j2", report=report), encoding="utf-8")
    pages.write_bytes(_pdf(content, report))
    for path in (page, pages):
        path.chmod(0o600)
    return [page, pages]


def band(cells: Mapping[str, Any], value: float) -> str:
    """Say between which two published marks a figure lies; nothing finer is told."""
    marks = [
        (cells[name].value, name.upper(), cells[name].display) for name in QUANTILES if _has_value(cells.get(name))
    ]
    if not marks:
        return "not shown"
    below = [mark for mark in marks if mark[0] < value]
    above = [mark for mark in marks if mark[0] > value]
    at = [mark for mark in marks if mark[0] == value]
    if at:
        return f"at {at[0][1]}: {at[0][2]}"
    if not below:
        return f"below {above[0][1]}: {above[0][2]}"
    if not above:
        return f"above {below[-1][1]}: {below[-1][2]}"
    return f"{below[-1][1]} to {above[0][1]}: {below[-1][2]} to {above[0][2]}"


def certificate_lines(programme: Programme, records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give a sentence for each figure, and one for each question whose answer stays open or does not."""
    answers: dict[tuple[str, int], list[float]] = {}
    lines = []
    for record in records:
        if record["family"] == "share":
            answers.setdefault((record["measure"], record["survey_year"]), []).append(record["lower"])
        else:
            lines.append(record["sentence"])
    for (measure, year), lowest in answers.items():
        verdict = "stays open after" if max(lowest) < 1 else "can be known from"
        lines.append(f"{measure_title(programme, measure)}, {year}: your answer {verdict} everything published.")
    return lines


def _has_value(cell: Any) -> bool:
    return cell is not None and cell.value is not None


def _rows(connection: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    result = connection.execute(sql.read(f"release/{name}"), parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class _Reader:
    """Reads what one report says, from the release's content and the contributor's own rows."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        content: Content,
        shown: Shown,
        certificate: Certificate,
    ) -> None:
        self.connection, self.content, self.shown, self.certificate = connection, content, shown, certificate
        self.book, self.programme = Book(content), content.programme

    def read(self, agency_id: str) -> Report:
        key = {"year": self.book.year, "agency": agency_id}
        peers = [self.book.peer(), *self._peers(agency_id)]
        own = _rows(self.connection, "own_part", key)
        curves = _rows(self.connection, "own_curve", {**key, "last_month": LAST_MONTH})
        return Report(
            agency_id,
            tuple(peer.label for peer in peers),
            tuple(line for row in own if (line := self._line(row, peers))),
            tuple(answer for row in own if (answer := self._answer(row, peers))),
            tuple(self._tenure(curves)),
            tuple(chart for measure in self.book.measures if (chart := self._chart(measure, curves, peers))),
            tuple(self._found(row) for row in _rows(self.connection, "own_parked", key)),
            tuple(certificate_lines(self.programme, self.certificate(agency_id))),
        )

    def _peers(self, agency_id: str) -> list[Peer]:
        """Give the one-way groups that the contributor belongs to, as the organiser's frame says."""
        result = self.connection.execute(
            "SELECT * FROM staging.agency WHERE survey_year = $year AND agency_id = $agency",
            {"year": self.book.year, "agency": agency_id},
        )
        names, row = [column[0] for column in result.description], result.fetchone()
        facts = dict(zip(names, row, strict=True)) if row else {}
        groups = [group for group in self.programme.peer_groups if TWO_WAY not in group and facts.get(group)]
        return [self.book.peer(group, str(facts[group])) for group in groups]

    def _line(self, row: Mapping[str, Any], peers: Sequence[Peer]) -> Line | None:
        measure = self.programme.measures.get(row["measure"])
        if measure is None or measure.kind != "ratio" or not row["denominator"]:
            return None
        value = row["numerator"] / row["denominator"]
        found = [{name: self.book.cell(measure.name, name, peer) for name in QUANTILES} for peer in peers]
        scale = rows.scale_of(self.book, measure, [self.book.peer()])
        drawing = strips.strip(scale, found[0], own=value)
        bands = tuple(band(cells, value) for cells in found)
        return Line(measure.title, self.shown(measure, "p50", value), bands, drawing)

    def _answer(self, row: Mapping[str, Any], peers: Sequence[Peer]) -> tuple[str, ...] | None:
        measure = self.programme.measures.get(row["measure"])
        if measure is None or measure.kind != "share":
            return None
        cells = [self.book.cell(measure.name, "share", peer, row["category"]) for peer in peers]
        shares = [cell.display if cell else "not shown" for cell in cells]
        return (measure.title, category_label(self.programme, measure.name, row["category"]), *shares)

    def _tenure(self, curves: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, ...]]:
        """Give the share still there after each published month: own, and everybody's."""
        own = {(row["measure"], row["whole_month"]): row for row in curves if row["people"] >= FEWEST_PEOPLE}
        for measure in self.book.measures:
            for month in self.book.months(measure.name) if measure.kind == "survival" else []:
                row, name = own.get((measure.name, month)), f"still_there_{month}"
                cell = self.book.cell(measure.name, name)
                if row is not None and cell is not None:
                    text = self.shown(measure, name, row["still_there"])
                    yield measure.title, f"Still there after {month} months", text, cell.display

    def _chart(self, measure: Measure, curves: Sequence[Mapping[str, Any]], peers: Sequence[Peer]) -> Chart | None:
        mine = [row for row in curves if row["measure"] == measure.name and row["people"] >= FEWEST_PEOPLE]
        if not mine:
            return None
        own = [self._point(measure.name, row["whole_month"], row["still_there"]) for row in mine]
        lines = [(f"Your {self.programme.person_noun[1]}", own)]
        for peer in peers:
            published = [
                point
                for point in self.content.curves
                if (point.measure, point.peer_group, point.peer_value) == (measure.name, peer.group, peer.value)
            ]
            if any(point.share is not None for point in published):
                lines.append((peer.label, sorted(published, key=lambda point: point.month)))
        title = f"{measure.title}: share still there, by months since starting"
        legend = [(shade, label) for shade, (label, _) in enumerate(lines, 1)]
        return Chart(title, strips.curve_chart(title, lines[:8]), legend[:8])

    def _point(self, measure: str, month: int, share: float) -> CurvePoint:
        return CurvePoint(self.book.year, measure, "", "", month, share, "", "", None, None, "", "")

    def _found(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        where = f"{row['fields']}, row {row['roster_row']}" if row["roster_row"] else str(row["fields"])
        state = SEVERITIES.get(row["severity"], row["severity"])
        return str(row["survey"]).capitalize(), where, str(row["values_seen"]), str(row["message"]), state


def _pdf(content: Content, report: Report) -> bytes:
    """Typeset a report.

    Raises:
        typst.TypstError: the pages break a rule of PDF/UA-1.
    """
    programme, day = content.programme, content.published_at
    said = {
        "title": f"{programme.title} {content.survey_year}: report for {report.agency_id}",
        "author": programme.title,
        "day": [day.year, day.month, day.day],
        "citation": content.citation,
        "notice": content.notice,
        "groups": report.groups,
        "lines": [[line.title, line.own, *line.bands[:1]] for line in report.lines],
        "answers": [list(answer[:3]) for answer in report.answers],
        "everybody": report.groups[0],
        "tenure": [list(row) for row in report.tenure],
        "found": [[f"{row[0]} {row[1]}", row[2], f"{row[3]} ({row[4]})"] for row in report.found],
        "certificate": list(report.certificate),
    }
    compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=[FONTS], ignore_system_fonts=True)
    made = compiler.compile(
        sys_inputs={"said": json.dumps(said)}, format="pdf", pdf_standards="ua-1", timestamp=content.published_at
    )
    return bytes(made)  # type: ignore[arg-type]
