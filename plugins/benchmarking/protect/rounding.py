"""The one rounding of a published figure, and the text that shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from benchmarking.catalog import Measure

NOT_REACHED = "not reached"
SHARE_BASE = Decimal("0.001")
STILL_THERE = "still_there_"


@dataclass(frozen=True)
class Shape:
    """How one figure is rounded and shown: its base in its own unit, format, unit in words, and sign of money."""

    base: Decimal
    format: str
    unit: str
    sign: str = ""


def shape_of(measure: Measure, statistic: str) -> Shape:
    """Give the shape of one statistic of a measure.

    The share still there after some months is a fraction, whatever the measure's own unit.
    """
    if statistic.startswith(STILL_THERE):
        return Shape(SHARE_BASE, "percent", "share of people")
    return Shape(measure.rounds_to, measure.format, measure.unit, measure.sign)


def round_half_up(value: float, base: Decimal) -> Decimal:
    """Give the multiple of `base` nearest to `value`; a tie goes away from zero.

    Raises:
        ValueError: `base` is not positive, or `value` is not finite.
    """
    if base <= 0 or not math.isfinite(value):
        raise ValueError(f"cannot round {value} to a multiple of {base}")
    # repr gives the shortest text that is this float, so that 478.5 is a tie and 478.49999999999994 is not.
    steps = (Decimal(repr(float(value))) / base).quantize(Decimal(1), ROUND_HALF_UP)
    return steps * base


def rounded(value: float | None, shape: Shape) -> float | None:
    """Give the figure as published, or None where there is none or it is not reached."""
    if value is None or not math.isfinite(value):
        return None
    return float(round_half_up(value, shape.base)) + 0.0


def display(value: float | None, shape: Shape) -> str:
    """Give the text of a figure: "£480", "34.6%", "18 months", "1,234.5", "not reached"; "" for no figure."""
    if value is None or math.isnan(value):
        return ""
    if math.isinf(value):
        return NOT_REACHED
    number = round_half_up(value, shape.base)
    sign = "-" if number < 0 else ""
    return _signed(sign, abs(number), shape)


def display_change(value: float | None, shape: Shape) -> str:
    """Give the text of a change with its sign: "+£20", "-1.2 points", "+2 months", "0 months"."""
    if value is None or not math.isfinite(value):
        return ""
    number = round_half_up(value, shape.base)
    sign = "+" if number > 0 else "-" if number < 0 else ""
    if shape.format == "percent":
        return f"{sign}{_plain(abs(number) * 100, shape.base * 100)} points"
    return _signed(sign, abs(number), shape)


def _signed(sign: str, number: Decimal, shape: Shape) -> str:
    if shape.format == "percent":
        return f"{sign}{_plain(number * 100, shape.base * 100)}%"
    if shape.format == "months":
        return f"{sign}{_plain(number, shape.base)} {'month' if number == 1 else 'months'}"
    return f"{sign}{shape.sign}{_plain(number, shape.base)}"


def _plain(number: Decimal, base: Decimal) -> str:
    exponent = base.normalize().as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    return f"{number:,.{places}f}"
