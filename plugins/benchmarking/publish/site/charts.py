"""Every headline as a picture of its own: SVG, and PNG through resvg with the fonts kept beside this file.

A picture stands alone: it carries its sentence, its drawing, its source and the notice. Sizes are pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import resvg_py
from markupsafe import escape

from benchmarking.publish.content import Cell, Content, Headline
from benchmarking.publish.labels import STRIP_WORDS
from benchmarking.publish.site import rows
from benchmarking.publish.site.book import QUANTILES, Book
from benchmarking.publish.site.scale import Scale, without_overlap

FONTS = Path(__file__).resolve().parent / "fonts"
WIDTH, HEIGHT, MARGIN = 1200, 675, 64
CARD_HEIGHT = 630
DRAWING_HEIGHT = 176
# In percent of a picture's width: room for "three quarters gone".
LABEL_WIDTH = 15.5
INK, SOFT, DEEP, LIGHT, MARK = "#101828", "#475467", "#0a2350", "#c3d2ef", "#ffd166"
ACCENT, NOTICE = "#0f3f9c", "#7a2e0b"
SHADES = ("#143f92", "#b3541e", "#1a7a6c", "#7a4fa3", "#6b7280", "#9a7b12", "#a3336b", "#3d7ea6")


@dataclass(frozen=True)
class Chart:
    """One picture: `name` is its file's stem, `title` its sentence."""

    name: str
    title: str
    svg: str


def headline_charts(content: Content) -> list[Chart]:
    """Draw each headline that may be shown, in order."""
    book = Book(content)
    shown = [h for h in content.headlines if not h.status.startswith("[") and h.measure in content.programme.measures]
    return [Chart(f"headline-{i}", h.sentence, _headline(book, h)) for i, h in enumerate(shown, 1)]


def to_png(svg: str) -> bytes:
    """Give a picture's PNG; the same bytes on every machine, since the fonts come along."""
    fonts = [str(path) for path in sorted(FONTS.glob("*.otf"))]
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_files=fonts, skip_system_fonts=True, font_family="Inter"))


def social_card(content: Content) -> str:
    """Draw the card that a link to the release shows: its first sentence, large."""
    shown = [h for h in content.headlines if not h.status.startswith("[")]
    sentence, display = (shown[0].sentence, shown[0].display) if shown else (content.programme.title, "")
    source = f"{content.programme.title} {content.survey_year}, release {content.version}"
    parts = [
        _rect(0, 0, WIDTH, CARD_HEIGHT, DEEP),
        _sentence(sentence, display, MARGIN, 132, 68, "#ffffff", MARK),
        _text(source, MARGIN, CARD_HEIGHT - 96, 28, LIGHT),
        _lines(content.notice, MARGIN, CARD_HEIGHT - 56, 20, LIGHT, 108),
    ]
    return _svg(WIDTH, CARD_HEIGHT, f"{sentence}. {source}", parts)


def headline_drawing(content: Content) -> Chart | None:
    """Draw what the first headline rests on, without its words: for a page that says them itself."""
    shown = [h for h in content.headlines if not h.status.startswith("[") and h.measure in content.programme.measures]
    if not shown:
        return None
    drawing = _drawing(Book(content), shown[0], DRAWING_HEIGHT / 2)
    return Chart("strip", shown[0].sentence, _svg(WIDTH, DRAWING_HEIGHT, shown[0].sentence, [drawing]))


def _headline(book: Book, headline: Headline) -> str:
    content = book.content
    measure = content.programme.measures[headline.measure]
    source = f"Source: {content.programme.title} {content.survey_year}, release {content.version}."
    parts = [
        _rect(0, 0, WIDTH, HEIGHT, "#ffffff"),
        _rect(MARGIN, 52, 72, 8, ACCENT),
        _sentence(headline.sentence, headline.display, MARGIN, 128, 56, INK, ACCENT),
        _drawing(book, headline, 440.0),
        _text(f"{measure.title}. {headline.detail}", MARGIN, HEIGHT - 96, 22, INK),
        _text(source, MARGIN, HEIGHT - 64, 19, SOFT),
        _lines(content.notice, MARGIN, HEIGHT - 36, 19, NOTICE, 118),
    ]
    return _svg(WIDTH, HEIGHT, headline.sentence, parts)


def _drawing(book: Book, headline: Headline, y: float) -> str:
    measure = book.programme.measures[headline.measure]
    peer = book.peer(headline.peer_group, headline.peer_value)
    cell = book.cell(measure.name, headline.statistic, peer, headline.category)
    if measure.kind == "share" or not headline.statistic.startswith("p"):
        return _share(rows.whole(), cell, y)
    cells = {name: book.cell(measure.name, name, peer) for name in QUANTILES}
    return _strip(rows.scale_of(book, measure, [peer]), cells, STRIP_WORDS[measure.kind], y)


def _svg(width: int, height: int, title: str, parts: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" font-family="Inter, Arial, sans-serif"><title>{escape(title)}</title>{"".join(parts)}</svg>\n'
    )


def _rect(x: float, y: float, width: float, height: float, fill: str, radius: float = 0) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:g}" fill="{fill}"/>'


def _text(text: str, x: float, y: float, size: int, fill: str, anchor: str = "start", weight: int = 400) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )


def _lines(text: str, x: float, y: float, size: int, fill: str, most: int) -> str:
    found = wrap(text, most)[:2]
    return "".join(_text(line, x, y + i * size * 1.3, size, fill) for i, line in enumerate(found))


def wrap(text: str, most: int) -> list[str]:
    """Break a text into lines of at most `most` letters, at spaces."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _sentence(text: str, display: str, x: float, y: float, size: int, fill: str, mark: str) -> str:
    """Set a sentence in bold lines, its figure in another colour; a figure never breaks over two lines."""
    # A no-break space holds a figure such as "18 months" together while lines are broken.
    held = text.replace(display, display.replace(" ", "\u00a0"), 1) if display else text
    parts = []
    for position, line in enumerate(wrap(held, int((WIDTH - 2 * MARGIN) / (size * 0.56)))):
        figure = display.replace(" ", "\u00a0")
        before, found, after = line.partition(figure) if figure else (line, "", "")
        spans = f'{escape(before)}<tspan fill="{mark}">{escape(found)}</tspan>{escape(after)}'
        height = y + position * size * 1.16
        parts.append(
            f'<text xml:space="preserve" x="{x:g}" y="{height:.1f}" font-size="{size}" font-weight="700" '
            f'letter-spacing="-{size * 0.025:.2f}" fill="{fill}">{spans}</text>'
        )
    return "".join(parts)


def _x(scale: Scale, value: float) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * scale.percent(value) / 100


def _span(scale: Scale, low: float, high: float, y: float, half: float, fill: str) -> str:
    return _rect(_x(scale, low), y - half, max(1.0, _x(scale, high) - _x(scale, low)), 2 * half, fill, min(half, 6))


def _strip(scale: Scale, cells: Mapping[str, Cell | None], words: Mapping[str, str], y: float) -> str:
    values = {name: cell.value for name, cell in cells.items() if cell is not None and cell.value is not None}
    parts = []
    if {"p10", "p90"} <= set(values):
        parts.append(_span(scale, values["p10"], values["p90"], y, 3, "#6d8cc4"))
    if {"p25", "p75"} <= set(values):
        parts.append(_span(scale, values["p25"], values["p75"], y, 24, "#a9c1ea"))
    parts.append(_middle(scale, cells.get("p50"), y))
    lines: tuple[tuple[str, ...], ...] = (("p50", "p10", "p90"), ("p25", "p75"))
    for names in lines:
        places = {name: scale.percent(values[name]) for name in names if name in values and name in words}
        for name, side in without_overlap(places, LABEL_WIDTH).items():
            parts.append(_mark(_x(scale, values[name]), cells[name], name, words[name], side, y))
    return "".join(parts)


def _middle(scale: Scale, cell: Cell | None, y: float) -> str:
    if cell is None or cell.value is None:
        return ""
    rule = _span(scale, cell.lower, cell.upper, y, 4, DEEP) if cell.lower is not None and cell.upper is not None else ""
    place = f'cx="{_x(scale, cell.value):.1f}" cy="{y}" r="13"'
    return f'{rule}<circle {place} fill="{ACCENT}" stroke="#fff" stroke-width="4"/>'


def _mark(x: float, cell: Cell | None, name: str, words: str, side: str, y: float) -> str:
    """Write a quantile's figure and meaning at its place: quartiles below the strip, the others above."""
    top, color = (y + 52 if name in ("p25", "p75") else y - 64), ACCENT if name == "p50" else INK
    figure = cell.display if cell is not None else ""
    return _text(words, x, top, 18, SOFT, side) + _text(figure, x, top + 28, 27, color, side, 700)


def _share(scale: Scale, cell: Cell | None, y: float) -> str:
    parts = [_span(scale, scale.low, scale.high, y, 26, "#e9edf5")]
    if cell is not None and cell.value is not None:
        parts.append(_span(scale, scale.low, cell.value, y, 26, SHADES[0]))
        if cell.lower is not None and cell.upper is not None:
            parts.append(_span(scale, cell.lower, cell.upper, y, 4, "#ffb000"))
        parts.append(_text(cell.display, _x(scale, cell.value), y - 42, 27, ACCENT, "middle", 700))
    for share, anchor in ((scale.low, "start"), (scale.high, "end")):
        parts.append(_text(scale.label(share), _x(scale, share), y + 56, 18, SOFT, anchor))
    return "".join(parts)
