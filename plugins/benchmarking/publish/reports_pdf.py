"""A private report as tagged PDF (PDF/UA-1), typeset from the same report as the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typst
from markupsafe import escape

from benchmarking.publish.content import Content, CurvePoint
from benchmarking.publish.reports_say import Answer, Line, Report, Staircase, Staying
from benchmarking.publish.site.pages import HERE

TEMPLATE, FONTS = Path(__file__).with_name("reports.typ"), HERE / "fonts"
WIDE, HIGH, LEFT, FOOT = 560, 160, 34, 22
# The colours and dashes of the page's curves, one's own first; told apart in black and white by the dash.
STROKES = (("#143f92", ""), ("#b3541e", "9 4"), ("#1a7a6c", "3 3"), ("#7a4fa3", "14 4 3 4"), ("#6b7280", ""))


class Typesetter:
    """One compiler for many reports of a release: the template and the fonts are read once."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=[FONTS], ignore_system_fonts=True)

    def pages(self, report: Report) -> bytes:
        """Typeset a report; the same report gives the same bytes.

        Raises:
            typst.TypstError: the pages break a rule of PDF/UA-1.
        """
        made = self.compiler.compile(
            sys_inputs={"said": json.dumps(said(self.content, report))},
            format="pdf",
            pdf_standards="ua-1",
            timestamp=self.content.published_at,
        )
        return bytes(made)  # type: ignore[arg-type]


def said(content: Content, report: Report) -> dict[str, Any]:
    """Give what the template sets, all of it text but for the places of marks."""
    programme, published = content.programme, content.published_at
    return {
        "title": f"{programme.title} {content.survey_year}",
        "for": report.agency_id,
        "author": programme.title,
        "day": [published.year, published.month, published.day],
        "citation": content.citation,
        "notice": content.notice,
        "groups": list(report.groups),
        "noun": programme.contributor_noun[1],
        "person": programme.person_noun[1],
        "highlights": [_line(line) for line in report.highlights],
        "sections": [{"title": title, "lines": [_line(line) for line in lines]} for title, lines in report.sections],
        "answers": [_answer(answer) for answer in report.answers],
        "staying": [_staying(row) for row in report.staying],
        "curves": [{"title": chart.title, "svg": curves_svg(chart)} for chart in report.charts],
        "received": [list(row) for row in report.received],
        "open": report.open_questions,
        "found": [
            {
                "where": " - ".join(filter(None, [finding.survey, finding.where])),
                "seen": [f"{question} {value}" for question, value in finding.seen],
                "message": finding.message,
                "because": finding.because,
                "state": finding.state,
            }
            for finding in report.found
        ],
        "certificate": [list(line) for line in report.certificate],
        "figures": len(report.figures),
        "version": content.version,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "title": line.title,
        "unit": line.unit,
        "own": line.own,
        "last": line.last,
        "marks": line.marks,
        "places": [{"group": p.group, "words": p.words, "text": p.text} for p in line.places],
    }


def _answer(answer: Answer) -> list[str]:
    return [answer.title, answer.own, *map(str, answer.shares)]


def _staying(row: Staying) -> list[str]:
    return [f"{row.title}: {row.label.lower()}", row.own, *map(str, row.shares)]


def curves_svg(chart: Staircase) -> str:
    """Draw survival curves and dots as a picture of its own, with its legend below."""
    last = chart.last_month
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH + FOOT + 18}" '
        'font-family="Inter" font-size="9" fill="#475467">'
    ]
    for percent in (0, 25, 50, 75, 100):
        y = _y(percent / 100)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDE}" stroke="#d8dee8" stroke-width="0.7"/>')
        parts.append(f'<text x="0" y="{y + 3:.1f}">{percent}%</text>')
    for month in range(0, last + 1, 12 if last > 30 else 6):
        parts.append(f'<text x="{_x(month, last):.1f}" y="{HIGH + 14}" text-anchor="middle">{month}</text>')
    parts += [f'<path d="{_steps(points, last)}" {_stroke(n)}/>' for n, (_, points) in enumerate(chart.lines)]
    for number, (_, months) in enumerate(chart.dots, len(chart.lines)):
        parts += [_dot(number, _x(month, last), _y(share)) for month, share in months]
    for number, (kind, _, label) in enumerate(chart.legend):
        x, y = LEFT + number * (WIDE - LEFT) / len(chart.legend), HIGH + FOOT + 8
        parts.append(f'<path d="M{x:.0f} {y}h18" {_stroke(number)}/>' if kind == "line" else _dot(number, x + 14, y))
        parts.append(f'<text x="{x + 22:.0f}" y="{y + 3}">{escape(label)}</text>')
    return "".join([*parts, "</svg>"])


def _stroke(number: int) -> str:
    colour, dash = STROKES[number % len(STROKES)]
    return f'fill="none" stroke="{colour}" stroke-width="1.8" stroke-dasharray="{dash}"'


def _dot(number: int, x: float, y: float) -> str:
    colour, _ = STROKES[number % len(STROKES)]
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}" stroke="#ffffff" stroke-width="0.8"/>'


def _x(month: float, last: float) -> float:
    return LEFT + 6 + (WIDE - LEFT - 20) * month / last


def _y(share: float) -> float:
    return 6 + (HIGH - 10) * (1 - share)


def _steps(points: Sequence[CurvePoint], last: float) -> str:
    shown = [(float(point.month), point.share) for point in points if point.share is not None]
    start = [] if shown and shown[0][0] == 0 else [(0.0, 1.0)]
    path = ""
    for month, share in start + shown:
        path += f"H{_x(month, last):.1f}V{_y(share):.1f}" if path else f"M{_x(month, last):.1f} {_y(share):.1f}"
    return path
