"""report.pdf: two tagged pages (PDF/UA-1) typeset from the published cells."""

from __future__ import annotations

import json
from pathlib import Path

import typst

from benchmarking.publish.content import Cell, Content, Headline
from benchmarking.publish.formats.slides import MAIN_STATISTICS
from benchmarking.publish.formats.workbook import measures_of
from benchmarking.publish.labels import (
    STATUSES,
    category_label,
    category_order,
    measure_title,
    peer_order,
    statistic_label,
)
from benchmarking.publish.site.charts import headline_drawing
from benchmarking.publish.site.curves import investment_curves

TEMPLATE = Path(__file__).with_name("report.typ")
FONTS = Path(__file__).parents[1] / "site" / "fonts"
MOST_OVERVIEW, MOST_BY_CUT = 26, 20


def write_report(content: Content, folder: Path) -> Path:
    """Write report.pdf; the same content gives the same bytes.

    Raises:
        typst.TypstError: the pages break a rule of PDF/UA-1.
    """
    compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=[FONTS], ignore_system_fonts=True)
    pages = compiler.compile(
        sys_inputs={"said": json.dumps(said(content))},
        format="pdf",
        pdf_standards="ua-1",
        timestamp=content.published_at,
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.pdf"
    path.write_bytes(pages)  # type: ignore[arg-type]
    return path


def said(content: Content) -> dict[str, object]:
    """Give what the template sets, all of it text."""
    day, programme = content.published_at, content.programme
    cut = next(iter(programme.peer_groups), "all")
    shown = [headline for headline in content.headlines if not headline.status]
    strip, curves = headline_drawing(content), investment_curves(content)
    return {
        "title": f"{programme.title} {content.survey_year}",
        "author": programme.title,
        "day": [day.year, day.month, day.day],
        "citation": content.citation,
        "notice": content.notice,
        "contributors": programme.contributor_noun[1],
        "headlines": [_parted(headline) for headline in shown],
        "strip": {"svg": strip.svg, "alt": strip.title} if strip else None,
        "overview": [
            ["Measure", "Figure", "95% interval", programme.contributor_noun[1].capitalize()],
            *_overview(content),
        ],
        "more": _more(content),
        "cut_title": programme.peer_title(cut).lower(),
        "by_cut": _by_cut(content, cut),
        "curves": {"title": curves.title, "svg": curves.svg, "alt": curves.alt} if curves else None,
        "notes": content.quality.get("notes", []),
        "codes": "Codes: " + "; ".join(f"{code} {text}" for code, text in STATUSES.items()) + ".",
    }


def _parted(headline: Headline) -> list[str]:
    """Give a sentence as what stands before its figure, the figure, what stands after it, and what it rests on."""
    before, figure, after = headline.sentence.partition(headline.display) if headline.display else ("", "", "")
    rests_on = "; ".join(part for part in (headline.detail, headline.change) if part)
    return [before, figure, after, rests_on] if figure else [headline.sentence, "", "", rests_on]


def report_cells(content: Content, group: str) -> list[Cell]:
    """Give the cells of a peer group that the report shows: each measure's main statistic, in the sheets' order."""
    order = measures_of(content)
    cells = [cell for cell in content.cells if cell.peer_group == group]
    chosen = []
    for measure in order:
        of_measure = [cell for cell in cells if cell.measure == measure]
        statistics = {cell.statistic for cell in of_measure}
        main = next((name for name in MAIN_STATISTICS if name in statistics), None)
        found = [cell for cell in of_measure if cell.statistic == main]
        chosen += sorted(found, key=lambda cell: category_order(content.programme, cell.category))
    return chosen


def report_texts(content: Content) -> list[str]:
    """Give every line of figures that the report must say, in the order in which it says it."""
    cut = next(iter(content.programme.peer_groups), "all")
    lines = [*_overview(content), *_by_cut(content, cut)[1:]]
    shown = [headline for headline in content.headlines if not headline.status]
    return [" ".join(line) for line in lines] + [
        text for h in shown for text in (h.sentence, h.detail, h.change) if text
    ]


def _overview(content: Content) -> list[list[str]]:
    return [_line(content, cell) for cell in report_cells(content, "all")[:MOST_OVERVIEW]]


def _more(content: Content) -> str:
    left_out = len(report_cells(content, "all")) - MOST_OVERVIEW
    return f"{left_out} more figures are on the site and in the workbook." if left_out > 0 else ""


def _line(content: Content, cell: Cell) -> list[str]:
    interval = (
        f"{cell.lower_display} to {cell.upper_display}" if cell.lower is not None and cell.upper is not None else ""
    )
    what = (
        category_label(content.programme, cell.measure, cell.category)
        if cell.category
        else statistic_label(cell.statistic).lower()
    )
    count = "" if cell.contributors is None else f"{cell.contributors:,}"
    return [f"{measure_title(content.programme, cell.measure)}: {what}", cell.quoted, interval, count]


def _by_cut(content: Content, cut: str) -> list[list[str]]:
    cells = [cell for cell in report_cells(content, cut) if not cell.category]
    values = sorted({cell.peer_value for cell in cells}, key=lambda v: peer_order(content.programme, cut, v))
    shown = {(cell.measure, cell.peer_value): cell.quoted for cell in cells}
    measures = [name for name in measures_of(content) if any(cell.measure == name for cell in cells)][:MOST_BY_CUT]
    heads = ["Measure", *[content.programme.peer_label(cut, value) for value in values]]
    rows = [[measure_title(content.programme, name), *[shown.get((name, v), "") for v in values]] for name in measures]
    return [heads, *rows]
