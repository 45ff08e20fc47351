"""How the deck looks: its theme, its two kinds of slide, and the text, tables and strips on them. Sizes in inches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from benchmarking.publish.content import Cell, Content
from benchmarking.publish.site.scale import Scale, without_overlap

WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.7
TITLE_ONLY = 5
# In percent of a strip's width: room for "three quarters gone".
LABEL_WIDTH = 14.0
FONT = b"Arial"
# The site's colours, so that a chart added by hand takes them from the theme.
THEME = {
    b"1F497D": b"0A2350", b"EEECE1": b"F3F5F9", b"4F81BD": b"143F92", b"C0504D": b"B3541E", b"9BBB59": b"1A7A6C",
    b"8064A2": b"7A4FA3", b"4BACC6": b"6B7280", b"F79646": b"9A7B12",
}  # fmt: skip
INK, SOFT, DEEP = RGBColor(0x10, 0x18, 0x28), RGBColor(0x47, 0x54, 0x67), RGBColor(0x0A, 0x23, 0x50)
WHITE, LIGHT, YELLOW = RGBColor(0xFF, 0xFF, 0xFF), RGBColor(0xC3, 0xD2, 0xEF), RGBColor(0xFF, 0xD1, 0x66)
BLUE, TAIL, WASH = RGBColor(0x4E, 0x7F, 0xD6), RGBColor(0x9D, 0xB8, 0xE6), RGBColor(0xF3, 0xF5, 0xF9)
ACCENT = RGBColor(0x14, 0x3F, 0x92)


def apply_theme(deck: Any) -> None:
    """Give the deck 16:9 slides, the site's colours and a font that every machine has."""
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    for relation in deck.slide_master.part.rels.values():
        if relation.reltype.endswith("/theme"):
            part = relation.target_part
            blob = part.blob.replace(b'typeface="Calibri"', b'typeface="' + FONT + b'"')
            for before, after in THEME.items():
                blob = blob.replace(b'val="' + before + b'"', b'val="' + after + b'"')
            part._blob = blob


def new_slide(deck: Any, content: Content, title: str, *, is_dark: bool = False) -> Any:
    """Add a slide with its title, its source and notice, and its number; dark ones are for the stage."""
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    if is_dark:
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = DEEP
    box = slide.shapes.title
    box.left, box.top = Inches(MARGIN), Inches(0.85 if is_dark else 0.4)
    box.width, box.height = Inches(WIDTH - 2 * MARGIN), Inches(2.9 if is_dark else 0.9)
    box.text = title
    frame = box.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP if is_dark else MSO_ANCHOR.MIDDLE
    frame.margin_left = frame.margin_right = 0
    _style(frame.paragraphs[0], 28, WHITE if is_dark else INK, is_bold=True)
    _footer(slide, content, len(deck.slides), LIGHT if is_dark else SOFT)
    return slide


def set_sentence(slide: Any, sentence: str, figure: str) -> None:
    """Set the title as a sentence for the stage, its figure in yellow."""
    paragraph = slide.shapes.title.text_frame.paragraphs[0]
    paragraph.text = ""
    before, found, after = sentence.partition(figure) if figure else (sentence, "", "")
    for text, color in ((before, WHITE), (found, YELLOW), (after, WHITE)):
        if text:
            run = paragraph.add_run()
            run.text, run.font.color.rgb = text, color
            run.font.size, run.font.bold = Pt(48 if len(sentence) < 90 else 40), True
    paragraph.alignment = PP_ALIGN.LEFT


def add_text(slide: Any, lines: Sequence[str], top: float, size: int, color: RGBColor, height: float = 4.5) -> Any:
    """Write lines below one another from `top` down; give the shape."""
    shape = slide.shapes.add_textbox(Inches(MARGIN), Inches(top), Inches(WIDTH - 2 * MARGIN), Inches(height))
    frame = shape.text_frame
    frame.word_wrap, frame.margin_left = True, 0
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text, paragraph.space_after = line, Pt(size * 0.5)
        _style(paragraph, size, color)
    return shape


def add_table(slide: Any, rows: Sequence[Sequence[str]], widths: Sequence[float], left: float, top: float) -> Any:
    """Add a plain table: first row as heads, first column as labels, the rest to the right; give its graphic frame."""
    size = Inches(left), Inches(top), Inches(sum(widths)), Inches(0.42 * len(rows))
    frame = slide.shapes.add_table(len(rows), len(widths), *size)
    table = frame.table
    table.horz_banding = False
    for column, width in enumerate(widths):
        table.columns[column].width = Inches(width)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            _field(table.cell(row, column), text, is_head=row == 0, is_label=column == 0)
    return frame


def describe(shape: Any, text: str) -> None:
    """Give a shape its alternative text."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", text)


def _field(field: Any, text: str, *, is_head: bool, is_label: bool) -> None:
    field.text = text
    field.margin_left = field.margin_right = Inches(0.06)
    field.vertical_anchor = MSO_ANCHOR.MIDDLE
    field.fill.solid()
    field.fill.fore_color.rgb = DEEP if is_head else WHITE if is_label else WASH
    paragraph = field.text_frame.paragraphs[0]
    _style(paragraph, 12, WHITE if is_head else INK, is_bold=is_head or is_label)
    paragraph.alignment = PP_ALIGN.LEFT if is_label else PP_ALIGN.RIGHT


def _style(paragraph: Any, size: int, color: RGBColor, *, is_bold: bool = False) -> None:
    paragraph.alignment = PP_ALIGN.LEFT
    font = paragraph.font
    font.size, font.bold, font.color.rgb = Pt(size), is_bold, color


def _footer(slide: Any, content: Content, number: int, color: RGBColor) -> None:
    place = Inches(MARGIN), Inches(HEIGHT - 0.72), Inches(WIDTH - 2 * MARGIN - 0.8), Inches(0.5)
    frame = slide.shapes.add_textbox(*place).text_frame
    frame.word_wrap, frame.margin_left = True, 0
    frame.text = f"{content.citation} {content.notice}".strip()
    _style(frame.paragraphs[0], 10, color)
    place = Inches(WIDTH - MARGIN - 0.7), Inches(HEIGHT - 0.72), Inches(0.7), Inches(0.4)
    frame = slide.shapes.add_textbox(*place).text_frame
    frame.margin_right = 0
    frame.text = str(number)
    _style(frame.paragraphs[0], 11, color)
    frame.paragraphs[0].alignment = PP_ALIGN.RIGHT


def add_strip(slide: Any, scale: Scale, cells: Mapping[str, Cell | None], words: Mapping[str, str], top: float) -> None:
    """Draw a strip of native shapes, its figures written at their places: P10 to P90, middle half, median, interval."""
    value = {name: cell.value for name, cell in cells.items() if cell is not None and cell.value is not None}
    shapes = slide.shapes.add_group_shape()
    _span(shapes, scale, value.get("p10"), value.get("p90"), top, 0.05, TAIL)
    _span(shapes, scale, value.get("p25"), value.get("p75"), top, 0.5, BLUE)
    middle = cells.get("p50")
    if middle is not None and middle.value is not None:
        _span(shapes, scale, middle.lower, middle.upper, top, 0.08, WHITE)
        _dot(shapes, _place(scale, middle.value), top)
    rows: tuple[tuple[str, ...], ...] = (("p50", "p10", "p90"), ("p25", "p75"))
    for names in rows:
        places = {name: scale.percent(value[name]) for name in names if name in value and name in words}
        for name in without_overlap(places, LABEL_WIDTH):
            at = top + 0.36 if name in ("p25", "p75") else top - 0.78
            figure = cells[name].display  # type: ignore[union-attr]
            _written(shapes, figure, words[name], _place(scale, value[name]), at, YELLOW if name == "p50" else WHITE)
    said = "; ".join(f"{text} {cells[name].display}" for name, text in words.items() if name in value)  # type: ignore[union-attr]
    describe(shapes, f"Strip: {said}.")


def add_bar(slide: Any, scale: Scale, cell: Cell, top: float) -> None:
    """Draw a share as a bar from nobody to everybody, with its interval."""
    shapes = slide.shapes.add_group_shape()
    _span(shapes, scale, scale.low, scale.high, top, 0.5, RGBColor(0x1B, 0x37, 0x68))
    _span(shapes, scale, scale.low, cell.value, top, 0.5, BLUE)
    _span(shapes, scale, cell.lower, cell.upper, top, 0.08, WHITE)
    for share in (scale.low, scale.high):
        _written(shapes, scale.label(share), "", _place(scale, share), top + 0.22, LIGHT)
    describe(shapes, f"Bar: {cell.display}, 95% interval {cell.lower_display} to {cell.upper_display}.")


def _place(scale: Scale, value: float) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * scale.percent(value) / 100


def _span(
    shapes: Any, scale: Scale, low: float | None, high: float | None, middle: float, height: float, color: RGBColor
) -> None:
    if low is None or high is None or high <= low:
        return
    left, right = _place(scale, low), _place(scale, high)
    place = Inches(left), Inches(middle - height / 2), Inches(right - left), Inches(height)
    _fill(shapes.shapes.add_shape(MSO_SHAPE.RECTANGLE, *place), color)


def _dot(shapes: Any, at: float, middle: float) -> None:
    place = Inches(at - 0.14), Inches(middle - 0.14), Inches(0.28), Inches(0.28)
    _fill(shapes.shapes.add_shape(MSO_SHAPE.OVAL, *place), YELLOW)


def _fill(shape: Any, color: RGBColor) -> None:
    shape.fill.solid()
    shape.fill.fore_color.rgb = color
    shape.line.fill.background()
    shape.shadow.inherit = False


def _written(shapes: Any, figure: str, words: str, at: float, top: float, color: RGBColor) -> None:
    left = min(max(at - 0.9, MARGIN - 0.1), WIDTH - MARGIN - 1.7)
    frame = shapes.shapes.add_textbox(Inches(left), Inches(top), Inches(1.8), Inches(0.6)).text_frame
    lines = [(text, size) for text, size in ((words, 11), (figure, 16)) if text]
    for number, (text, size) in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = text
        _style(paragraph, size, color if size == 16 else LIGHT, is_bold=size == 16)
        paragraph.alignment = PP_ALIGN.CENTER
