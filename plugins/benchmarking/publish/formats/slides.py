"""slides.pptx: one slide a measure with a native, editable chart, its figures as text, and notes to speak from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.util import Inches, Pt

from benchmarking.publish.content import Cell, Content
from benchmarking.publish.formats.frozen import freeze_zip
from benchmarking.publish.formats.workbook import measures_of
from benchmarking.publish.labels import STATUSES, category_label, measure_title, peer_order, statistic_label

INK, ACCENT = RGBColor(0x1A, 0x1A, 0x1A), RGBColor(0x0B, 0x5C, 0x6B)
NUMBER_FORMATS = {"gbp": '"£"#,##0', "percent": "0.0%", "months": "0", "number": "#,##0.##"}
BLANK, TITLE_ONLY = 6, 5
# The statistic that stands for a measure on its slide, in the order of choice.
MAIN_STATISTICS = ("p50", "pooled", "share")
MOST_LINES = 12
LONGEST_PROPERTY = 255


def write_slides(content: Content, folder: Path) -> Path:
    """Write slides.pptx; the same content gives the same bytes."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    _set_properties(deck, content)
    _title_slide(deck, content)
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
    return sorted(chosen, key=lambda c: (peer_order(programme, c.peer_group, c.peer_value), c.category))[:MOST_LINES]


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
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    _title(slide, f"{content.programme.title} {content.survey_year}")
    lines = [headline.sentence for headline in content.headlines if not headline.status]
    _text(slide, lines or [content.citation], top=1.9, size=24)
    _footer(slide, content)
    _notes(slide, content, lines)


def _measure_slide(deck: Any, content: Content, measure: str, cells: list[Cell]) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    title = measure_title(content.programme, measure)
    _title(slide, f"{title}: {statistic_label(cells[0].statistic).lower()}")
    if any(cell.value is not None for cell in cells):
        _chart(slide, content, measure, cells)
    _figures(slide, content, cells)
    _footer(slide, content)
    sentences = [headline.sentence for headline in content.headlines if headline.measure == measure]
    _notes(slide, content, [*sentences, *_definition(content, measure)])


def _chart(slide: Any, content: Content, measure: str, cells: list[Cell]) -> None:
    known = content.programme.measures.get(measure)
    is_share = cells[0].statistic == "share"
    number_format = "0.0%" if is_share else NUMBER_FORMATS.get(known.format if known else "", "General")
    data = CategoryChartData(number_format=number_format)
    data.categories = [line_label(content, cell) for cell in reversed(cells)]
    data.add_series(f"{statistic_label(cells[0].statistic)}, {content.survey_year}", [c.value for c in reversed(cells)])
    frame = slide.shapes.add_chart(
        XL_CHART_TYPE.BAR_CLUSTERED, Inches(0.6), Inches(1.5), Inches(7.3), Inches(5.0), data
    )
    title = measure_title(content.programme, measure)
    described = "; ".join(f"{line_label(content, cell)}: {cell.quoted}" for cell in cells)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", f"Bar chart of {title}. {described}.")
    chart = frame.chart
    chart.has_legend, chart.has_title, chart.font.size = False, False, Pt(14)
    plot = chart.plots[0]
    plot.gap_width, plot.has_data_labels = 60, True
    plot.data_labels.number_format, plot.data_labels.number_format_is_linked = number_format, False
    fill = plot.series[0].format.fill
    fill.solid()
    fill.fore_color.rgb = ACCENT
    chart.value_axis.has_major_gridlines, chart.value_axis.minimum_scale = False, _lowest(cells)
    chart.value_axis.tick_labels.number_format, chart.value_axis.tick_labels.number_format_is_linked = (
        number_format,
        False,
    )


def _curve_slide(deck: Any, content: Content, measure: str, lines: dict[str, dict[int, float | None]]) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    _title(slide, f"{curve_title(content, measure)}: share still there")
    months = sorted({month for line in lines.values() for month in line})
    data = CategoryChartData(number_format="0%")
    data.categories = [str(month) for month in months]
    for label, line in lines.items():
        data.add_series(label, [line.get(month) for month in months])
    frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE, Inches(0.6), Inches(1.5), Inches(12.1), Inches(5.0), data)
    described = f"Line chart of the share still there by months since the start, for {', '.join(lines)}."
    frame._element.nvGraphicFramePr.cNvPr.set("descr", described)
    chart = frame.chart
    chart.has_title, chart.has_legend, chart.font.size = False, True, Pt(14)
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 1
    chart.value_axis.tick_labels.number_format, chart.value_axis.tick_labels.number_format_is_linked = "0%", False
    for series in chart.plots[0].series:
        series.smooth = False
    _footer(slide, content)
    told = [row.sentence for row in content.associations if row.sentence and not row.status]
    _notes(slide, content, [*told, *_definition(content, measure)])


def _lowest(cells: list[Cell]) -> float | None:
    # Bars that do not start at zero mislead; only negative figures move the axis.
    return 0 if all(cell.value is None or cell.value >= 0 for cell in cells) else None


def _figures(slide: Any, content: Content, cells: list[Cell]) -> None:
    rows, columns = len(cells) + 1, 4
    frame = slide.shapes.add_table(rows, columns, Inches(8.1), Inches(1.5), Inches(4.7), Inches(0.4 * rows))
    frame._element.nvGraphicFramePr.cNvPr.set("descr", "The figures of the chart as text, with their intervals.")
    table = frame.table
    for column, width in enumerate((1.9, 0.9, 1.2, 0.7)):
        table.columns[column].width = Inches(width)
    heads = ["", statistic_label(cells[0].statistic), "95% interval", "n"]
    for row, texts in enumerate([heads, *[_figure_texts(content, cell) for cell in cells]]):
        for column, text in enumerate(texts):
            field = table.cell(row, column)
            field.text = text
            field.text_frame.paragraphs[0].font.size = Pt(11)


def _figure_texts(content: Content, cell: Cell) -> list[str]:
    interval = (
        f"{cell.lower_display} to {cell.upper_display}" if cell.lower is not None and cell.upper is not None else ""
    )
    count = "" if cell.contributors is None else f"{cell.contributors:,}"
    return [line_label(content, cell), cell.quoted, interval, count]


def _last_slide(deck: Any, content: Content) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    _title(slide, "How to read and quote these figures")
    codes = [f"{code} {text}" for code, text in STATUSES.items()]
    _text(slide, [*content.quality.get("notes", []), "Codes: " + "; ".join(codes) + "."], top=1.5, size=16)
    _footer(slide, content)
    _notes(slide, content, [])


def _title(slide: Any, text: str) -> None:
    slide.shapes.title.left, slide.shapes.title.top = Inches(0.6), Inches(0.35)
    slide.shapes.title.width, slide.shapes.title.height = Inches(12.1), Inches(1.0)
    slide.shapes.title.text = text
    font = slide.shapes.title.text_frame.paragraphs[0].font
    font.size, font.bold, font.color.rgb = Pt(30), True, INK


def _text(slide: Any, lines: list[str], top: float, size: int) -> None:
    frame = slide.shapes.add_textbox(Inches(0.6), Inches(top), Inches(12.1), Inches(4.5)).text_frame
    frame.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text, paragraph.font.size, paragraph.space_after = line, Pt(size), Pt(10)


def _footer(slide: Any, content: Content) -> None:
    frame = slide.shapes.add_textbox(Inches(0.6), Inches(6.7), Inches(12.1), Inches(0.6)).text_frame
    frame.word_wrap = True
    frame.text = f"{content.citation} {content.notice}".strip()
    frame.paragraphs[0].font.size = Pt(11)


def _definition(content: Content, measure: str) -> list[str]:
    known = content.programme.measures.get(measure)
    return [f"{known.title}: {' '.join(known.definition.split())}"] if known else []


def _notes(slide: Any, content: Content, lines: list[str]) -> None:
    source = f"Source: {content.citation}"
    slide.notes_slide.notes_text_frame.text = "\n".join(line for line in [*lines, source, content.notice] if line)
