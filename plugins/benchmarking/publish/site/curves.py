"""The survival curves as a picture of their own: plain SVG with fixed colours, for the report and for downloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from benchmarking.publish.content import Content, CurvePoint
from benchmarking.publish.labels import measure_title, peer_order

WIDTH, HEIGHT = 1200, 470
LEFT, RIGHT, TOP, BOTTOM = 70, 1180, 30, 380
SHADES = ("#143f92", "#b3541e", "#1a7a6c", "#7a4fa3", "#6b7280", "#9a7b12", "#a3336b", "#3d7ea6")
DASHES = ("", "14 7", "3 6", "20 6 4 6")
SOFT, RULE = "#475467", "#d8dee8"
MOST_LINES, MONTHS_APART = 8, 12


@dataclass(frozen=True)
class Curves:
    """The picture of a measure's curves, its title, and its words for those who cannot see it."""

    title: str
    alt: str
    svg: str


def investment_curves(content: Content) -> Curves | None:
    """Draw the first survival measure by the programme's band of investment, or over everybody without one.

    Returns:
        None where no curve was published.
    """
    known = {point.measure for point in content.curves}
    measure = next((name for name in content.programme.measures if name in known), None)
    if measure is None:
        return None
    points = [point for point in content.curves if point.measure == measure and point.share is not None]
    band = content.programme.bands.get("peer_group", "")
    group = band if any(point.peer_group == band for point in points) else "all"
    values = sorted({p.peer_value for p in points if p.peer_group == group}, key=lambda v: _order(content, group, v))
    lines = [(content.programme.peer_label(group, v), _of(points, group, v)) for v in values][:MOST_LINES]
    if not lines:
        return None
    by = "" if group == "all" else f" by {content.programme.peer_title(group).lower()}"
    title = f"{measure_title(content.programme, measure)}{by}: share still there, by months since starting"
    return Curves(title, f"{title}. Lines: {', '.join(label for label, _ in lines)}.", _svg(title, lines))


def _order(content: Content, group: str, value: str) -> tuple[object, ...]:
    return peer_order(content.programme, group, value)


def _of(points: Sequence[CurvePoint], group: str, value: str) -> list[CurvePoint]:
    return sorted((p for p in points if (p.peer_group, p.peer_value) == (group, value)), key=lambda p: p.month)


def _svg(title: str, lines: Sequence[tuple[str, Sequence[CurvePoint]]]) -> str:
    last = max(point.month for _, points in lines for point in points) or 1
    parts = [_level(percent) for percent in (0, 25, 50, 75, 100)]
    parts += [_month(month, last) for month in range(0, last + 1, MONTHS_APART)]
    parts += [_line(number, points, last) for number, (_, points) in enumerate(lines)]
    parts += _legend([label for label, _ in lines])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" font-family="Inter, Arial, sans-serif"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share


def _x(month: float, last: int) -> float:
    return LEFT + (RIGHT - LEFT) * month / last


def _text(text: str, x: float, y: float, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="19" fill="{SOFT}" text-anchor="{anchor}">{escape(text)}</text>'


def _level(percent: int) -> str:
    y = _y(percent / 100)
    return f'<path d="M{LEFT} {y:.1f}H{RIGHT}" stroke="{RULE}" stroke-width="1.5"/>' + _text(
        f"{percent}%", LEFT - 10, y + 7, "end"
    )


def _month(month: int, last: int) -> str:
    words = f"{month} months" if month == MONTHS_APART else str(month)
    return _text(words, _x(month, last), BOTTOM + 28, "middle")


def _line(number: int, points: Sequence[CurvePoint], last: int) -> str:
    path, before = f"M{LEFT} {TOP}", 1.0
    for point in points:
        share = point.share or 0.0
        path += f"H{_x(point.month, last):.1f}" + (f"V{_y(share):.1f}" if share != before else "")
        before = share
    shade, dash = SHADES[number % len(SHADES)], DASHES[number % len(DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{path}" fill="none" stroke="{shade}" stroke-width="4"{dashed}/>'


def _legend(labels: Sequence[str]) -> list[str]:
    parts, width = [], (RIGHT - LEFT) / len(labels)
    for number, label in enumerate(labels):
        x, y = LEFT + number * width, HEIGHT - 22
        shade, dash = SHADES[number % len(SHADES)], DASHES[number % len(DASHES)]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<path d="M{x:.1f} {y}h46" stroke="{shade}" stroke-width="4"{dashed}/>')
        parts.append(_text(label, x + 56, y + 7, "start"))
    return parts
