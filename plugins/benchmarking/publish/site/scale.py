"""Where a published value stands on a strip, and the ticks beneath. Nothing here is a figure of the release."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

EDGE = 2.0


@dataclass(frozen=True)
class Scale:
    """A line from `low` to `high` in a measure's unit; `at` gives percent of a strip's width."""

    low: float
    high: float
    step: float
    form: str
    sign: str = ""

    def at(self, value: float) -> str:
        """Give a value's place as an SVG percentage, kept inside the strip."""
        return f"{self.percent(value):.2f}%"

    def percent(self, value: float) -> float:
        """Give a value's place from 2 to 98."""
        share = (value - self.low) / (self.high - self.low)
        return EDGE + (100 - 2 * EDGE) * min(1.0, max(0.0, share))

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Give the marks with their labels."""
        count = round((self.high - self.low) / self.step)
        return [(v, self.label(v)) for v in (self.low + i * self.step for i in range(count + 1))]

    def label(self, value: float) -> str:
        """Give a tick's label in the measure's format."""
        if self.form == "percent":
            return f"{_plain(100 * value)}%"
        return f"{'−' if value < 0 else ''}{self.sign}{_plain(abs(value))}"


def make_scale(values: Iterable[float], form: str, sign: str = "", most_ticks: int = 5) -> Scale:
    """Give a scale that holds all values, from zero where zero is near, in steps of 1, 2 or 5."""
    found = list(values) or [0.0, 1.0]
    low, high = min(found), max(found)
    if 0 < low < 0.5 * high:
        low = 0.0
    if high <= low:
        low, high = min(low, 0.0), high if high > 0 else 1.0
    step = _step((high - low) / max(1, most_ticks - 1))
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return Scale(low, high, step, form, sign)


def whole(form: str = "percent", step: float = 0.25) -> Scale:
    """Give the scale of a share, from nobody to everybody."""
    return Scale(0.0, 1.0, step, form)


def anchor(percent: float, width: float) -> str:
    """Give the SVG anchor that keeps a label of `width` percent inside the drawing."""
    return "start" if percent < width / 2 else "end" if percent > 100 - width / 2 else "middle"


def without_overlap(places: Mapping[str, float], width: float) -> dict[str, str]:
    """Choose which labels can stand beside one another in a line; the first ones given come first.

    Args:
        places: where each label's mark is, in percent of the drawing's width.
        width: how wide a label is, in the same percent.

    Returns:
        The anchors of those that fit, by name.
    """
    kept: dict[str, str] = {}
    taken: list[tuple[float, float]] = []
    for name, percent in places.items():
        side = anchor(percent, width)
        left = percent - {"start": 0.0, "middle": width / 2, "end": width}[side]
        if all(left >= end or left + width <= start for start, end in taken):
            taken.append((left, left + width))
            kept[name] = side
    return kept


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if rough <= power * factor * 1.0001)


def _plain(value: float) -> str:
    rounded = round(value, 6)
    return f"{rounded:,.0f}" if rounded == round(rounded) else f"{rounded:,.10g}"
