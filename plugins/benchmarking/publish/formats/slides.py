"""slides.pptx: the headlines for the stage, then a slide a measure with a native chart and notes to speak from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from benchmarking.publish.content import Cell, Content, Headline
from benchmarking.publish.formats import slide_look as look
from benchmarking.publish.formats.frozen import freeze_zip
from benchmarking.publish.formats.workbook import measures_of
from benchmarking.publish.labels import (
    STATUSES,
    STRIP_WORDS,
    category_label,
    category_order,
    measure_title,
    number_format,
    peer_order,
    statistic_label,
)
from benchmarking.publish.site import rows
from benchmarking.publish.site.book import QUANTILES, Book

# The statistic that stands for a measure on its slide, in the order of choice.
MAIN_STATISTICS = ("p50", "pooled", "share")
MOST_LINES = 12
LONGEST_PROPERTY = 255
MONTHS_APART = 12
DASHES = (MSO_LINE.SOLID, MSO_LINE.DASH, MSO_LINE.ROUND_DOT, MSO_LINE.LONG_DASH_DOT)


def write_slides(content: Content, folder: Path) -> Path:
    """Write slides.pptx; the same content gives the same bytes."""
    deck = Presentation()
    look.apply_theme(deck)
    _set_properties(deck, content)
    _title_slide(deck, content)
    book = Book(content)
    for headline in content.headlines:
        if not headline.status.startswith("["):
            _headline_slide(deck, book, headline)
    for measure in measures_of(content):
        cells = cells_of_slide(content, measure)
        if cells:
            _measure_slide(deck, content, measure, cells)
    for measure in measures_of(content):
        lines = curve_lines(content, measure)
        if lines:
            _curve_slide(deck, content, measure, lines)
    _last_slide(deck, content)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "slides.pptx"
    deck.save(str(path))
    return freeze_zip(path, content.published_at)


def cells_of_slide(content: Content, measure: str) -> list[Cell]:
    """Give the cells that a measure's slide shows: its main statistic for all and for the first cut's values."""
    cells = [cell for cell in content.cells if cell.measure == measure]
    statistics = {cell.statistic for cell in cells}
    main = next((name for name in MAIN_STATISTICS if name in statistics), min(statistics))
    first_cut = next(iter(content.programme.peer_groups), "all")
    groups = ["all"] if any(cell.category for cell in cells) else ["all", first_cut]
    chosen = [cell for cell in cells if cell.statistic == main and cell.peer_group in groups]
    programme = content.programme

    def order(cell: Cell) -> tuple[Any, int]:
        return peer_order(programme, cell.peer_group, cell.peer_value), category_order(programme, cell.category)

    return sorted(chosen, key=order)[:MOST_LINES]


def curve_lines(content: Content, measure: str) -> dict[str, dict[int, float | None]]:
    """Give a measure's survival curves by label and month: of the investment bands where there are any, else of all.

    A hidden month has no share, and leaves a gap in its line.
    """
    points = [point for point in content.curves if point.measure == measure]
    bands = content.programme.bands.get("peer_group", "")
    group = bands if any(point.peer_group == bands for point in points) else "all"
    chosen = [point for point in points if point.peer_group == group]
    chosen.sort(key=lambda point: (peer_order(content.programme, group, point.peer_value), point.month))
    lines: dict[str, dict[int, float | None]] = {}
    for point in chosen:
        lines.setdefault(content.programme.peer_label(group, point.peer_value), {})[point.month] = point.share
    return lines


def curve_title(content: Content, measure: str) -> str:
    """Give the title of a measure's slide of curves."""
    return f"{measure_title(content.programme, measure)}, month by month"


def line_label(content: Content, cell: Cell) -> str:
    """Give the label of a cell on its slide: its answer, or its peer group."""
    if cell.category:
        return category_label(content.programme, cell.measure, cell.category)
    return content.programme.peer_label(cell.peer_group, cell.peer_value)


def _set_properties(deck: Any, content: Content) -> None:
    core = deck.core_properties
    core.title = f"{content.programme.title} {content.survey_year}"[:LONGEST_PROPERTY]
    # A property holds 255 characters; the whole notice stands on every slide.
    core.comments = content.notice[:LONGEST_PROPERTY]
    core.author = core.last_modified_by = content.programme.title
    core.created = core.modified = content.published_at.replace(tzinfo=None)


def _title_slide(deck: Any, content: Content) -> None:
    title = f"{content.programme.title} {content.survey_year}"
    slide = look.new_slide(deck, content, title, is_dark=True)
    look.set_sentence(slide, title, str(content.survey_year))
    said = [f"{content.survey_year} figures, version {content.version}.", content.notice]
    look.add_text(slide, [line for line in said if line], 4.3, 20, look.LIGHT, 1.6)
    _notes(slide, content, [headline.quote for headline in content.headlines if not headline.status])


def _headline_slide(deck: Any, book: Book, headline: Headline) -> None:
    """One sentence for the stage, its figure marked, and what it rests on drawn beneath."""
    content = book.content
    slide = look.new_slide(deck, content, headline.sentence, is_dark=True)
    look.set_sentence(slide, headline.sentence, headline.display)
    _drawing(slide, book, headline)
    title = measure_title(content.programme, headline.measure)
    look.add_text(slide, [f"{title}. {headline.detail}".strip()], 5.8, 16, look.LIGHT, 0.4)
    if years := content.history(headline):
        look.add_text(slide, ["   ".join(map(_year_text, years))], 6.2, 14, look.LIGHT, 0.4)
    _notes(slide, content, [headline.quote, *_definition(content, headline.measure)])


def _year_text(cell: Cell) -> str:
    interval = (
        f" ({cell.lower_display} to {cell.upper_display})" if cell.value is not None and cell.lower_display else ""
    )
    return f"{cell.survey_year}: {cell.quoted}{interval}"


def _drawing(slide: Any, book: Book, headline: Headline) -> None:
    measure = book.programme.measures.get(headline.measure)
    if measure is None:
        return
    peer = book.peer(headline.peer_group, headline.peer_value)
    cell = book.cell(measure.name, headline.statistic, peer, headline.category)
    if cell is None or cell.value is None:
        return
    if measure.kind == "share" or not headline.statistic.startswith("p"):
        look.add_bar(slide, rows.whole(), cell, 4.65)
        return
    cells = {name: book.cell(measure.name, name, peer) for name in QUANTILES}
    look.add_strip(slide, rows.scale_of(book, measure, [peer]), cells, STRIP_WORDS[measure.kind], 4.65)


def _measure_slide(deck: Any, content: Content, measure: str, cells: list[Cell]) -> None:
    title = measure_title(content.programme, measure)
    slide = look.new_slide(deck, content, f"{title}: {statistic_label(cells[0].statistic).lower()}")
    if any(cell.value is not None for cell in cells):
        _chart(slide, content, measure, cells)
    _figures(slide, content, cells)
    codes = dict.fromkeys(code for code in STATUSES for cell in cells if code in cell.status)
    if codes:
        look.add_text(slide, [f"{code} {STATUSES[code]}" for code in codes], 6.05, 11, look.SOFT, 0.6)
    sentences = [headline.quote for headline in content.headlines if headline.measure == measure]
    _notes(slide, content, [*(sentences or _quotable(content, title, cells)), *_definition(content, measure)])


def _quotable(content: Content, title: str, cells: list[Cell]) -> list[str]:
    """Give lines to read out where the programme has no sentence of its own."""
    chosen = [cell for cell in cells if cell.peer_group == "all" and cell.value is not None]
    return [
        f"{title}, {line_label(content, cell).lower()}, {statistic_label(cell.statistic).lower()}: {cell.quoted}."
        for cell in chosen
    ]


def _chart(slide: Any, content: Content, measure: str, cells: list[Cell]) -> None:
    shown_as = number_format(content.programme.measures.get(measure), cells[0].statistic)
    data = CategoryChartData(number_format=shown_as)
    data.categories = [line_label(content, cell) for cell in reversed(cells)]
    data.add_series(f"{statistic_label(cells[0].statistic)}, {content.survey_year}", [c.value for c in reversed(cells)])
    place = Inches(look.MARGIN), Inches(1.45), Inches(5.7), Inches(4.5)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data)
    title = measure_title(content.programme, measure)
    told = "; ".join(f"{line_label(content, cell)}: {cell.quoted}" for cell in cells)
    look.describe(frame, f"Bar chart of {title}. {told}.")
    chart = frame.chart
    chart.has_legend, chart.has_title, chart.font.size = False, False, Pt(13)
    plot = chart.plots[0]
    plot.gap_width, plot.has_data_labels = 55, True
    plot.data_labels.number_format, plot.data_labels.number_format_is_linked = shown_as, False
    plot.data_labels.font.size, plot.data_labels.font.bold = Pt(14), True
    fill = plot.series[0].format.fill
    fill.solid()
    fill.fore_color.rgb = look.ACCENT
    # Each bar bears its figure, so the axis would only say it twice.
    chart.value_axis.visible, chart.value_axis.has_major_gridlines = False, False
    chart.value_axis.minimum_scale = _lowest(cells)
    chart.category_axis.format.line.color.rgb = look.LIGHT


def _curve_slide(deck: Any, content: Content, measure: str, lines: dict[str, dict[int, float | None]]) -> None:
    slide = look.new_slide(deck, content, f"{curve_title(content, measure)}: share still there")
    months = sorted({month for line in lines.values() for month in line})
    data = CategoryChartData(number_format="0%")
    data.categories = [str(month) for month in months]
    for label, line in lines.items():
        data.add_series(label, [line.get(month) for month in months])
    place = Inches(look.MARGIN), Inches(1.35), Inches(look.WIDTH - 2 * look.MARGIN), Inches(5.2)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE, *place, data)
    look.describe(frame, f"Line chart of the share still there by months since the start, for {', '.join(lines)}.")
    _set_curves(frame.chart, months)
    told = [row.sentence for row in content.associations if row.sentence and not row.status]
    _notes(slide, content, [*told, *_definition(content, measure)])


def _set_curves(chart: Any, months: list[int]) -> None:
    chart.has_title, chart.has_legend, chart.font.size = False, True, Pt(13)
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    values, across = chart.value_axis, chart.category_axis
    values.minimum_scale, values.maximum_scale, values.major_unit = 0, 1, 0.25
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = "0%", False
    values.major_gridlines.format.line.color.rgb = look.LIGHT
    values.format.line.fill.background()
    across.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    across.has_title = True
    across.axis_title.text_frame.text = "months since starting"
    across.axis_title.text_frame.paragraphs[0].font.size = Pt(12)
    across.tick_labels.font.size = Pt(12)
    # A label each twelve months: sixty of them would stand on their heads.
    apart = str(months.index(MONTHS_APART) if MONTHS_APART in months else 1)
    for name in ("c:tickLblSkip", "c:tickMarkSkip"):
        element = etree.SubElement(across._element, qn(name))
        element.set("val", apart)
        across._element.find(qn("c:noMultiLvlLbl")).addprevious(element)
    for number, series in enumerate(chart.plots[0].series):
        series.smooth = False
        series.format.line.width, series.format.line.dash_style = Pt(2.75), DASHES[number % len(DASHES)]


def _lowest(cells: list[Cell]) -> float | None:
    # Bars that do not start at zero mislead; only negative figures move the axis.
    return 0 if all(cell.value is None or cell.value >= 0 for cell in cells) else None


def _figures(slide: Any, content: Content, cells: list[Cell]) -> None:
    nouns = content.programme.contributor_noun[1].capitalize()
    heads = ["", statistic_label(cells[0].statistic), "95% interval", nouns]
    lines = [heads, *[_figure_texts(content, cell) for cell in cells]]
    frame = look.add_table(slide, lines, (1.75, 1.0, 2.05, 1.1), look.MARGIN + 6.03, 1.55)
    look.describe(frame, "The figures of the chart as text, with their intervals.")


def _figure_texts(content: Content, cell: Cell) -> list[str]:
    interval = (
        f"{cell.lower_display} to {cell.upper_display}" if cell.lower is not None and cell.upper is not None else ""
    )
    count = "" if cell.contributors is None else f"{cell.contributors:,}"
    return [line_label(content, cell), cell.quoted, interval, count]


def _last_slide(deck: Any, content: Content) -> None:
    slide = look.new_slide(deck, content, "How to read and quote these figures")
    codes = [f"{code} {text}" for code, text in STATUSES.items()]
    told = [f"To quote: {content.citation}", *content.quality.get("notes", []), "Codes: " + "; ".join(codes) + "."]
    look.add_text(slide, told, 1.5, 16, look.INK)
    _notes(slide, content, [])


def _definition(content: Content, measure: str) -> list[str]:
    known = content.programme.measures.get(measure)
    return [f"{known.title}: {' '.join(known.definition.split())}"] if known else []


def _notes(slide: Any, content: Content, lines: list[str]) -> None:
    source = f"Source: {content.citation}"
    slide.notes_slide.notes_text_frame.text = "\n".join(line for line in [*lines, source, content.notice] if line)
