"""Every headline as a picture of its own: SVG, and PNG through resvg with the fonts kept beside this file.

A picture stands alone: it carries its sentence, its drawing, its source and the notice. Sizes are pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import resvg_py
from markupsafe import escape

from benchmarking.publish.content import Cell, Content, Headline
from benchmarking.publish.site import rows
from benchmarking.publish.site.book import QUANTILES, Book
from benchmarking.publish.site.scale import Scale

FONTS = Path(__file__).resolve().parent / "fonts"
WIDTH, HEIGHT, MARGIN = 1200, 675, 64
CARD_HEIGHT = 630
INK, SOFT, DEEP, LIGHT, MARK = "#101828", "#475467", "#0a2350", "#c3d2ef", "#ffd166"
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


def _headline(book: Book, headline: Headline) -> str:
    content = book.content
    measure = content.programme.measures[headline.measure]
    peer = book.peer(headline.peer_group, headline.peer_value)
    cell = book.cell(measure.name, headline.statistic, peer, headline.category)
    if measure.kind == "share" or not headline.statistic.startswith("p"):
        drawing = _share(rows.whole(), cell)
    else:
        scale = rows.scale_of(book, measure, [peer])
        drawing = _strip(scale, {name: book.cell(measure.name, name, peer) for name in QUANTILES})
    source = f"Source: {content.programme.title} {content.survey_year}, release {content.version}."
    parts = [
        _rect(0, 0, WIDTH, HEIGHT, "#ffffff"),
        _rect(MARGIN, 56, 72, 8, "#0f3f9c"),
        _sentence(headline.sentence, headline.display, MARGIN, 124, 46, INK, "#0f3f9c"),
        drawing,
        _text(f"{measure.title}. {headline.detail}", MARGIN, HEIGHT - 108, 21, SOFT),
        _text(source, MARGIN, HEIGHT - 76, 19, SOFT),
        _lines(content.notice, MARGIN, HEIGHT - 46, 17, SOFT, 128),
    ]
    return _svg(WIDTH, HEIGHT, headline.sentence, parts)


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


def _axis(scale: Scale, top: float, bottom: float) -> str:
    return "".join(
        f'<path d="M{_x(scale, v):.1f} {top}V{bottom}" stroke="#e4e8ef" stroke-width="2"/>'
        + _text(label, _x(scale, v), bottom + 26, 18, SOFT, "middle")
        for v, label in scale.ticks
    )


def _span(scale: Scale, low: float, high: float, y: float, half: float, fill: str) -> str:
    return _rect(_x(scale, low), y - half, max(1.0, _x(scale, high) - _x(scale, low)), 2 * half, fill, min(half, 6))


def _strip(scale: Scale, cells: dict[str, Cell | None]) -> str:
    y = 400.0
    values = {name: cell.value for name, cell in cells.items() if cell is not None and cell.value is not None}
    parts = [_axis(scale, y - 46, y + 66)]
    if {"p10", "p90"} <= set(values):
        parts.append(_span(scale, values["p10"], values["p90"], y, 3, "#6d8cc4"))
    if {"p25", "p75"} <= set(values):
        parts.append(_span(scale, values["p25"], values["p75"], y, 24, "#a9c1ea"))
    parts += [_middle(scale, cells.get("p50"), y), *(_mark(scale, cells.get(name), name, y) for name in QUANTILES)]
    return "".join(parts)


def _middle(scale: Scale, cell: Cell | None, y: float) -> str:
    if cell is None or cell.value is None:
        return ""
    rule = _span(scale, cell.lower, cell.upper, y, 4, DEEP) if cell.lower is not None and cell.upper is not None else ""
    place = f'cx="{_x(scale, cell.value):.1f}" cy="{y}" r="13"'
    return f'{rule}<circle {place} fill="#0f3f9c" stroke="#fff" stroke-width="4"/>'


def _mark(scale: Scale, cell: Cell | None, name: str, y: float) -> str:
    """Write a quantile's figure at its place: quartiles below the strip, the others above."""
    if cell is None or cell.value is None:
        return ""
    words, weight = ("median", 700) if name == "p50" else (name.upper(), 400)
    place = y + 52 if name in ("p25", "p75") else y - 42
    return _text(f"{words} {cell.display}", _x(scale, cell.value), place, 20, INK, "middle", weight)


def _share(scale: Scale, cell: Cell | None) -> str:
    y = 400.0
    parts = [_axis(scale, y - 46, y + 66)]
    if cell is not None and cell.value is not None:
        parts.append(_span(scale, 0.0, cell.value, y, 26, SHADES[0]))
        if cell.lower is not None and cell.upper is not None:
            parts.append(_span(scale, cell.lower, cell.upper, y, 4, "#ffd166"))
        parts.append(_text(cell.display, _x(scale, cell.value), y - 42, 24, INK, "middle", 700))
    return "".join(parts)
