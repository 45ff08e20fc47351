"""Reads what private reports say, of everybody at once: each table is read one time, however many reports are made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb
from markupsafe import Markup

from benchmarking import sql
from benchmarking.catalog import TWO_WAY, Measure
from benchmarking.progress import track
from benchmarking.publish.content import Cell, Content, CurvePoint
from benchmarking.publish.labels import category_label
from benchmarking.publish.quality import is_written
from benchmarking.publish.reports_say import (
    CURVE,
    NOT_SHOWN,
    Answer,
    Figure,
    Line,
    Place,
    Report,
    Shown,
    Staircase,
    Staying,
    Told,
    certificate_lines,
    findings,
    place_of,
)
from benchmarking.publish.site import rows, strips
from benchmarking.publish.site.book import QUANTILES, Book, Peer
from benchmarking.publish.site.pages import day
from benchmarking.publish.site.scale import Scale

LAST_MONTH, FEWEST_PEOPLE, MOST_CURVES, MOST_DOTTED, MOST_HIGHLIGHTS = 48, 5, 3, 2, 3
VERDICTS = {"accepted": "accepted", "parked": "parked: see below"}
NOT_RECEIVED = "not received"
Record = dict[str, Any]
Part = tuple[float, float]


def read_reports(
    connection: duckdb.DuckDBPyConnection,
    content: Content,
    shown: Shown,
    certificates: Mapping[str, Sequence[Mapping[str, Any]]],
    agency_ids: Collection[str],
) -> Iterator[Report]:
    """Read the reports of a release for some of its contributors.

    Args:
        connection: the tables at the versions that the release was made from.
        shown: gives a figure's text from measure, statistic and value: the one rounding of the project.
        certificates: for each contributor, what `certificate_lines` needs.
    """
    reader = Reader(connection, content, shown)
    for agency_id in track(sorted(agency_ids), "reports read", len(agency_ids)):
        yield reader.read(agency_id, certificates.get(agency_id, ()))


def contributors(connection: duckdb.DuckDBPyConnection, content: Content) -> list[str]:
    """Give everybody that a report is for: who sent answers for the year, or stands behind a figure."""
    surveys = [survey.name for survey in content.programme.surveys.values() if survey.role == "answers"]
    found = _rows(connection, "own_contributors", {"year": content.survey_year, "surveys": surveys})
    return [row["agency_id"] for row in found]


class Reader:
    """Holds a release's figures and every contributor's own rows by contributor."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, content: Content, shown: Shown) -> None:
        self.content, self.shown, self.book, self.programme = content, shown, Book(content), content.programme
        year = {"year": content.survey_year}
        surveys = [survey.name for survey in self.programme.surveys.values() if survey.role == "answers"]
        self.parts = _by_agency(_rows(connection, "own_part", year))
        self.own_curves = _by_agency(_rows(connection, "own_curve", {**year, "last_month": LAST_MONTH}))
        self.received = _by_agency(_rows(connection, "own_received", {**year, "surveys": surveys}))
        self.parked = _by_agency(_rows(connection, "own_parked", year))
        self.facts = self._facts(connection)
        self.curves: dict[tuple[str, str, str], list[CurvePoint]] = defaultdict(list)
        for point in sorted(content.curves, key=lambda point: point.month):
            if point.survey_year == content.survey_year:
                self.curves[point.measure, point.peer_group, point.peer_value].append(point)
        self.scales: dict[str, Scale] = {}

    def read(self, agency_id: str, certificate: Sequence[Mapping[str, Any]]) -> Report:
        """Give what one contributor's report says."""
        peers = [self.book.peer(), *self._peers(agency_id)]
        now, last = self._own(agency_id, self.book.year), self._own(agency_id, self.book.year - 1)
        drawn = list(self._drawn(agency_id, peers))
        lines = tuple(self._lines(now, last, peers))
        answers = tuple(self._answers(now, peers))
        staying = tuple(self._staying(agency_id, peers))
        figures = {told.figure for told in _told(lines, answers, staying)}
        figures |= {figure for _, found in drawn for figure in found} | self._strip_figures(lines)
        return Report(
            agency_id=agency_id,
            groups=tuple(peer.label for peer in peers),
            lines=lines,
            answers=answers,
            staying=staying,
            charts=tuple(chart for chart, _ in drawn),
            received=tuple(self._received(agency_id)),
            found=tuple(self._found(agency_id)),
            certificate=tuple(certificate_lines(self.programme, self.shown, now, certificate)),
            lead=self._lead(lines),
            figures=tuple(sorted(figures)),
        )

    def _facts(self, connection: duckdb.DuckDBPyConnection) -> dict[str, Record]:
        """Give the groups that each contributor belongs to, as the organiser's frame says."""
        if not is_written(connection, "staging.agency"):
            return {}
        result = connection.execute("SELECT * FROM staging.agency WHERE survey_year = ?", [self.book.year])
        names = [column[0] for column in result.description]
        return {row["agency_id"]: row for row in (dict(zip(names, r, strict=True)) for r in result.fetchall())}

    def _peers(self, agency_id: str) -> list[Peer]:
        facts = self.facts.get(agency_id, {})
        groups = [group for group in self.programme.peer_groups if TWO_WAY not in group and facts.get(group)]
        return [self.book.peer(group, str(facts[group])) for group in groups]

    def _own(self, agency_id: str, year: int) -> dict[tuple[str, str], Part]:
        found = [row for row in self.parts.get(agency_id, ()) if row["survey_year"] == year]
        return {
            (row["measure"], row["category"] or ""): (row["numerator"] or 0.0, row["denominator"] or 0.0)
            for row in found
        }

    def _lines(self, now: Mapping, last: Mapping, peers: Sequence[Peer]) -> Iterator[Line]:
        for measure in self.book.measures:
            part, before = now.get((measure.name, "")), last.get((measure.name, ""))
            if measure.kind == "ratio" and part and part[1]:
                text = self.shown(measure, "p50", before[0] / before[1]) if before and before[1] else ""
                yield self._line(measure, part[0] / part[1], text, peers)

    def _line(self, measure: Measure, value: float, last: str, peers: Sequence[Peer]) -> Line:
        own = self.shown(measure, "p50", value)
        scale = self._scale(measure)
        found = [{name: self.book.cell(measure.name, name, peer) for name in QUANTILES} for peer in peers]
        marks = {name: scale.percent(cell.value) for name, cell in found[0].items() if cell and cell.value is not None}
        places = tuple(place_of(peer.label, cells, value, own) for peer, cells in zip(peers, found, strict=True))
        return Line(
            measure.name,
            measure.title,
            measure.group or "Figures",
            measure.unit,
            own,
            last,
            places,
            strips.strip(scale, found[0], own=value),
            {**marks, "own": scale.percent(value)},
        )

    def _scale(self, measure: Measure) -> Scale:
        if measure.name not in self.scales:
            self.scales[measure.name] = rows.scale_of(self.book, measure, [self.book.peer()])
        return self.scales[measure.name]

    def _strip_figures(self, lines: Sequence[Line]) -> set[Figure]:
        """Give the figures that strips draw: the quantiles of everybody."""
        cells = [self.book.cell(line.measure, name) for line in lines for name in line.marks if name != "own"]
        return {Told.of(cell).figure for cell in cells if cell is not None}

    def _answers(self, now: Mapping, peers: Sequence[Peer]) -> Iterator[Answer]:
        for measure in self.book.measures:
            said = [category for name, category in now if name == measure.name]
            for category in said if measure.kind == "share" else []:
                cells = [self.book.cell(measure.name, "share", peer, category) for peer in peers]
                label = category_label(self.programme, measure.name, category)
                yield Answer(measure.title, label, tuple(_told_or_not(cell) for cell in cells))

    def _staying(self, agency_id: str, peers: Sequence[Peer]) -> Iterator[Staying]:
        """Give the share still there after each published month: own, and each group's."""
        own = {
            (row["measure"], row["whole_month"]): row["still_there"]
            for row in self.own_curves.get(agency_id, ())
            if row["people"] >= FEWEST_PEOPLE
        }
        for measure in self.book.measures:
            for month in self.book.months(measure.name) if measure.kind == "survival" else []:
                name = f"still_there_{month}"
                if (measure.name, month) in own:
                    cells = [self.book.cell(measure.name, name, peer) for peer in peers]
                    text = self.shown(measure, name, own[measure.name, month])
                    shares = tuple(_told_or_not(cell) for cell in cells)
                    yield Staying(measure.title, f"Still there after {month} months", text, shares)

    def _drawn(self, agency_id: str, peers: Sequence[Peer]) -> Iterator[tuple[Staircase, set[Figure]]]:
        """Give each survival measure's chart with the published figures in it.

        Of everybody the whole curve is published; of most groups single months, which are drawn as dots.
        """
        for measure in (m for m in self.book.measures if m.kind == "survival"):
            mine = [row for row in self.own_curves.get(agency_id, ()) if row["measure"] == measure.name]
            if not mine or mine[0]["people"] < FEWEST_PEOPLE:
                continue
            own = tuple(self._point(measure.name, row["whole_month"], row["still_there"]) for row in mine)
            curves = [(peer, self.curves.get((measure.name, peer.group, peer.value), [])) for peer in peers]
            curves = [(peer, points) for peer, points in curves if any(p.share is not None for p in points)]
            curves = curves[:MOST_CURVES]
            lines = [(f"Your {self.programme.person_noun[1]}", own), *((p.label, tuple(c)) for p, c in curves)]
            months = [(peer, self._months(measure.name, peer)) for peer in peers if peer not in dict(curves)]
            dotted = [(peer, cells) for peer, cells in months if cells][:MOST_DOTTED]
            dots = tuple((peer.label, tuple((month, c.value or 0.0) for month, c in cells)) for peer, cells in dotted)
            figures = {(measure.name, "", peer.group, peer.value, CURVE, "") for peer, _ in curves}
            figures |= {Told.of(cell).figure for _, cells in dotted for _, cell in cells}
            yield draw(f"{measure.title}: share still there, by months since starting", tuple(lines), dots), figures

    def _months(self, measure: str, peer: Peer) -> list[tuple[int, Cell]]:
        cells = [(month, self.book.cell(measure, f"still_there_{month}", peer)) for month in self.book.months(measure)]
        return [(month, cell) for month, cell in cells if cell is not None and cell.value is not None]

    def _point(self, measure: str, month: int, share: float) -> CurvePoint:
        return CurvePoint(self.book.year, measure, "", "", month, share, "", "", None, None, "", "")

    def _received(self, agency_id: str) -> Iterator[tuple[str, str, str]]:
        for survey in (survey for survey in self.programme.surveys.values() if survey.role == "answers"):
            sent = [row for row in self.received.get(agency_id, ()) if row["survey"] == survey.name]
            for row in sent:
                yield survey.title, VERDICTS.get(row["verdict"], str(row["verdict"])), day(row["received_at"])
            if not sent:
                yield survey.title, NOT_RECEIVED, ""

    def _found(self, agency_id: str) -> Iterator[Any]:
        standing = {row["submission_id"] for row in self.received.get(agency_id, ())}
        found = [row for row in self.parked.get(agency_id, ()) if row["submission_id"] in standing]
        return iter(findings(self.programme, found))

    def _lead(self, lines: Sequence[Line]) -> tuple[str, ...]:
        """Give the measures to begin with: one of each section, those of the programme's headlines first."""
        # The shortest title names the whole of which longer ones name a part: attrition before involuntary attrition.
        section = {line.measure: line.section for line in sorted(lines, key=lambda line: len(line.title))}
        wanted = [headline["measure"] for headline in self.programme.headlines if headline["measure"] in section]
        first: dict[str, str] = {}
        for name in dict.fromkeys([*wanted, *section]):
            first.setdefault(section[name], name)
        return tuple(first.values())[:MOST_HIGHLIGHTS]


def _told(lines: Sequence[Line], answers: Sequence[Answer], staying: Sequence[Staying]) -> Iterator[Told]:
    for place in (place for line in lines for place in line.places):
        yield from _ends(place)
    for shares in [*(row.shares for row in answers), *(row.shares for row in staying)]:
        yield from (share for share in shares if isinstance(share, Told))


def _ends(place: Place) -> Iterator[Told]:
    yield from (told for _, told in place.ends)


def _told_or_not(cell: Cell | None) -> Told | str:
    return Told.of(cell) if cell is not None and cell.value is not None else NOT_SHOWN


def draw(
    title: str,
    lines: tuple[tuple[str, tuple[CurvePoint, ...]], ...],
    dots: tuple[tuple[str, tuple[tuple[int, float], ...]], ...],
) -> Staircase:
    """Draw curves as the site does, and published single months as dots over them."""
    bare = Staircase(title, lines, dots, Markup(""))
    marks = []
    for shade, (_, months) in enumerate(dots, len(lines) + 1):
        for month, share in months:
            x, y = 7 + 92 * month / bare.last_month, strips.TOP + strips.TALL * (1 - share)
            marks.append(f'<circle class="pt s{shade}" cx="{x:.2f}%" cy="{y:.1f}" r="5"/>')
    drawing, end = str(strips.curve_chart(title, lines)), "</svg>"
    return replace(bare, drawing=Markup(drawing.removesuffix(end) + "".join(marks) + end))


def _rows(connection: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any]) -> list[Record]:
    result = connection.execute(sql.read(f"release/{name}"), parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _by_agency(found: Sequence[Record]) -> dict[str, list[Record]]:
    grouped: dict[str, list[Record]] = defaultdict(list)
    for row in found:
        grouped[row["agency_id"]].append(row)
    return grouped
