"""Inline SVG for a page: strips, bars, axes and survival curves, drawn from published values alone.

Places are percentages and strokes do not scale, so a drawing fits any width; colours come from the page's style
sheet, in dark mode and print alike. Each is decoration beside the same figures as text, so it is hidden from
screen readers, except for curves, which bear a title.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from benchmarking.publish.content import Cell, CurvePoint
from benchmarking.publish.site.scale import Scale, without_overlap

HEIGHT, MIDDLE = 30, 15
TOP, TALL = 22, 250
# In percent of a strip's width: room for "upper quarter" on a phone.
LABEL_WIDTH = 19.0
OPEN = '<svg class="{}" width="100%" height="{}" aria-hidden="true" focusable="false">'


def _span(scale: Scale, low: float, high: float, kind: str, half: float, radius: float = 2) -> str:
    left, right = scale.percent(low), scale.percent(high)
    return (
        f'<rect class="{kind}" x="{left:.2f}%" width="{max(right - left, 0.15):.2f}%" y="{MIDDLE - half:g}" '
        f'height="{2 * half:g}" rx="{radius:g}"/>'
    )


def _interval(scale: Scale, cell: Cell | None) -> str:
    if cell is None or cell.lower is None or cell.upper is None:
        return ""
    return _span(scale, cell.lower, cell.upper, "ci", 1.5, 1.5)


def _dot(scale: Scale, cell: Cell | None, kind: str = "dot") -> str:
    if cell is None or cell.value is None:
        return ""
    return f'<circle class="{kind}" cx="{scale.at(cell.value)}" cy="{MIDDLE}" r="5.5"/>'


def grid(scale: Scale) -> str:
    """Give the faint upright lines of a scale's ticks."""
    return "".join(
        f'<line class="tick" x1="{scale.at(v)}" x2="{scale.at(v)}" y1="0" y2="{HEIGHT}"/>' for v, _ in scale.ticks
    )


def strip(scale: Scale, cells: Mapping[str, Cell | None], own: float | None = None, *, has_grid: bool = True) -> Markup:
    """Draw P10 to P90 as a line, the middle half as a bar, the median as a dot and its interval as a rule.

    `own` marks one contributor's own figure, in that contributor's private report; a strip whose figures are written
    on it has no grid.
    """

    def value(name: str) -> float | None:
        cell = cells.get(name)
        return cell.value if cell else None

    p10, p25, p75, p90 = (value(name) for name in ("p10", "p25", "p75", "p90"))
    parts = [OPEN.format("strip", HEIGHT), grid(scale) if has_grid else ""]
    if p10 is not None and p90 is not None:
        parts.append(_span(scale, p10, p90, "tail", 1, 1))
    if p25 is not None and p75 is not None:
        parts.append(_span(scale, p25, p75, "half", 8))
    parts += [_interval(scale, cells.get("p50")), _dot(scale, cells.get("p50"))]
    if own is not None:
        parts.append(f'<rect class="you" x="{scale.at(own)}" y="0" width="3" height="{HEIGHT}"/>')
    parts.append("</svg>")
    return Markup("".join(parts))


def bar(scale: Scale, cell: Cell | None, shade: int = 1) -> Markup:
    """Draw a share as a bar from zero with its interval."""
    parts = [OPEN.format("strip", HEIGHT), grid(scale)]
    if cell is not None and cell.value is not None:
        parts.append(_span(scale, 0.0, cell.value, f"bar s{shade}", 7))
        parts.append(_interval(scale, cell))
    return Markup("".join([*parts, "</svg>"]))


def point(scale: Scale, cell: Cell) -> Markup:
    """Draw a figure as a dot with its interval: one year beside others."""
    return Markup(f"{OPEN.format('strip', HEIGHT)}{grid(scale)}{_interval(scale, cell)}{_dot(scale, cell)}</svg>")


def stack(cells: Sequence[Cell | None]) -> Markup:
    """Draw the shares of one line end to end; a hidden share leaves its place empty at the end."""
    parts, left = [OPEN.format("strip stack", HEIGHT)], 0.0
    for shade, cell in enumerate(cells, 1):
        if cell is None or cell.value is None:
            continue
        width = 100 * cell.value
        parts.append(f'<rect class="bar s{shade}" x="{left:.2f}%" width="{width:.2f}%" y="5" height="20"/>')
        left += width
    return Markup("".join([*parts, "</svg>"]))


def axis(scale: Scale) -> Markup:
    """Draw a scale's labels above its ticks."""
    parts = [OPEN.format("axis", 18)]
    last = len(scale.ticks) - 1
    for position, (value, label) in enumerate(scale.ticks):
        anchor = {0: "start", last: "end"}.get(position, "middle")
        parts.append(f'<text x="{scale.at(value)}" y="13" text-anchor="{anchor}">{escape(label)}</text>')
    return Markup("".join([*parts, "</svg>"]))


def _steps(points: Sequence[tuple[float, float]], last: float) -> str:
    """Give a path of steps through (month, share), in a box of 100 by 100 with share 1 at the top."""
    path, before = [], 100.0
    for position, (month, share) in enumerate(points):
        x, y = 100 * month / last, 100 * (1 - share)
        path.append(f"M{x:.2f} {y:.2f}" if position == 0 else f"H{x:.2f}" + (f"V{y:.2f}" if y != before else ""))
        before = y
    return "".join(path)


def _area(points: Sequence[CurvePoint], last: float) -> str:
    known = [p for p in points if p.lower is not None and p.upper is not None]
    if len(known) < 2:
        return ""
    top = " ".join(f"{100 * p.month / last:.2f},{100 * (1 - (p.upper or 0)):.2f}" for p in known)
    bottom = " ".join(f"{100 * p.month / last:.2f},{100 * (1 - (p.lower or 0)):.2f}" for p in reversed(known))
    return f'<polygon class="fill" points="{top} {bottom}"/>'


def curve_chart(title: str, lines: Sequence[tuple[str, Sequence[CurvePoint]]], marks: Sequence[int] = ()) -> Markup:
    """Draw Kaplan-Meier curves as steps from everybody at the start; `lines` are (label, points by month).

    One line alone is drawn with its interval; several are told apart by shade and dash.
    """
    shown = [(shade, [p for p in points if p.share is not None]) for shade, (_, points) in enumerate(lines, 1)]
    last = max((p.month for _, points in shown for p in points), default=12) or 12
    step = 12 if last > 30 else 6
    inner = []
    if len(lines) == 1:
        inner.append(_area(shown[0][1], last))
    for shade, points in shown:
        start = [] if points and points[0].month == 0 else [(0.0, 1.0)]
        path = _steps(start + [(p.month, p.share or 0.0) for p in points], last)
        inner.append(f'<path class="curve s{shade}" d="{path}"/>')
    rules = "".join(_level(percent) for percent in (0, 25, 50, 75, 100))
    below = "".join(_month(month, step, last) for month in range(0, int(last) + 1, step))
    upright = "".join(
        f'<line class="mark" x1="{7 + 92 * m / last:.2f}%" x2="{7 + 92 * m / last:.2f}%" y1="{TOP}" y2="{TOP + TALL}"/>'
        for m in marks
        if m <= last
    )
    return Markup(
        f'<svg class="curves" width="100%" height="{TOP + TALL + 28}" role="img" aria-label="{escape(title)}" '
        'focusable="false">'
        f"{rules}{upright}{below}"
        f'<svg x="7%" y="{TOP}" width="92%" height="{TALL}" viewBox="0 0 100 100" preserveAspectRatio="none">'
        f"{''.join(inner)}</svg></svg>"
    )


def _level(percent: int) -> str:
    y = TOP + TALL * (100 - percent) / 100
    return f'<line class="tick" x1="0" x2="100%" y1="{y:g}" y2="{y:g}"/><text x="0" y="{y - 5:g}">{percent}%</text>'


def _month(month: int, step: int, last: float) -> str:
    is_last = month + step > last
    anchor = "start" if month == 0 else "end" if is_last else "middle"
    text = f"{month} months" if is_last else str(month)
    return f'<text x="{7 + 92 * month / last:.2f}%" y="{TOP + TALL + 20}" text-anchor="{anchor}">{text}</text>'


def swatch(shade: int, kind: str = "bar") -> Markup:
    """Draw a legend's key."""
    if kind == "curve":
        body = f'<path class="curve s{shade}" d="M0 6H28"/>'
    else:
        body = f'<rect class="{kind} s{shade}" width="14" height="12" y="0"/>'
    width = 28 if kind == "curve" else 14
    return Markup(f'<svg class="key" width="{width}" height="12" aria-hidden="true" focusable="false">{body}</svg>')


def big_strip(scale: Scale, cells: Mapping[str, Cell | None], words: Mapping[str, str]) -> Markup:
    """Draw a strip with its figures and what they mean written at their places; quartiles stand below.

    Where two would overlap, the middle one stands and the other is left to the table.
    """
    parts = [
        '<svg class="big" width="100%" height="118" aria-hidden="true" focusable="false">',
        '<svg y="44" height="30">',
        str(strip(scale, cells, has_grid=False)),
        "</svg>",
    ]
    shown = {
        name: cell for name, cell in cells.items() if cell is not None and cell.value is not None and name in words
    }
    for names, y in ((("p50", "p10", "p90"), 30), (("p25", "p75"), 108)):
        places = {name: scale.percent(shown[name].value or 0.0) for name in names if name in shown}
        for name, side in without_overlap(places, LABEL_WIDTH).items():
            kind = "main" if name == "p50" else "small"
            parts.append(_written(shown[name].display, words[name], places[name], side, y, kind))
    return Markup("".join([*parts, "</svg>"]))


def _written(figure: str, words: str, place: float, side: str, y: int, kind: str) -> str:
    return (
        f'<text class="{kind}" x="{place:.2f}%" y="{y}" text-anchor="{side}">{escape(figure)}</text>'
        f'<text class="word" x="{place:.2f}%" y="{y - 17}" text-anchor="{side}">{escape(words)}</text>'
    )
