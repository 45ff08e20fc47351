"""Outliers against last year (Hidiroglou and Berthelot) and, without a last year, on the log scale (Tukey)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
U, A, C = 0.5, 0.05, 20.0
FENCE = 3.0
FEWEST_FOR_QUARTILES = 8


@dataclass(frozen=True)
class RatioOutliers:
    """What the method saw: a score and a verdict a unit, and the bounds of the scores.

    `ratio` is this year over last year; `score` is its centred, size-weighted transform (NaN where either year is
    missing or not positive); `is_outlier` is False there.
    """

    ratio: Floats
    score: Floats
    is_outlier: NDArray[np.bool_]
    low: float
    up: float
    median_ratio: float


def hidiroglou_berthelot(last: Floats, now: Floats, u: float = U, a: float = A, c: float = C) -> RatioOutliers:
    """Find the units whose ratio to last year lies far outside the others', larger units being judged more strictly.

    Args:
        last, now: shape (units,), in the same unit; NaN where missing.
        u: how much size counts, from 0 to 1.
        a: the least width of the middle half, as a part of the median score; keeps near-constant ratios apart.
        c: how many widths from the median are still no outlier.

    Source:
        Hidiroglou, Berthelot (1986), Survey Methodology 12, 73-83; equal to R univOutl::HBmethod (tests/oracles).
    """
    last, now = np.asarray(last, dtype=float), np.asarray(now, dtype=float)
    usable = np.isfinite(last) & np.isfinite(now) & (last > 0) & (now > 0)
    ratio, score = np.full(last.shape, np.nan), np.full(last.shape, np.nan)
    if not usable.any():
        return RatioOutliers(ratio, score, np.zeros(last.shape, dtype=bool), np.nan, np.nan, np.nan)
    ratio[usable] = now[usable] / last[usable]
    middle = float(np.median(ratio[usable]))
    centred = np.where(ratio >= middle, ratio / middle - 1, 1 - middle / ratio)
    score[usable] = (centred * np.maximum(last, now) ** u)[usable]
    low, up = _bounds(score[usable], a, c)
    with np.errstate(invalid="ignore"):
        is_outlier = usable & ((score < low) | (score > up))
    return RatioOutliers(ratio, score, is_outlier, low, up, middle)


def tukey_log(now: Floats, fence: float = FENCE) -> NDArray[np.bool_]:
    """Find the values whose logarithm lies more than `fence` widths of the middle half outside it.

    Args:
        now: shape (units,), in one unit; values that are missing, zero or negative are never outliers, and none is
            where the middle half is one value, so that the fences would shut out every other.

    Source:
        Tukey (1977), Exploratory Data Analysis, chapter 2; quartiles of Hyndman-Fan type 7.
    """
    now = np.asarray(now, dtype=float)
    usable = np.isfinite(now) & (now > 0)
    if usable.sum() < FEWEST_FOR_QUARTILES:
        return np.zeros(now.shape, dtype=bool)
    logs = np.log(np.where(usable, now, 1.0))
    lower, upper = np.quantile(logs[usable], [0.25, 0.75])
    width = fence * (upper - lower)
    if not width:
        return np.zeros(now.shape, dtype=bool)
    return usable & ((logs < lower - width) | (logs > upper + width))


def _bounds(score: Floats, a: float, c: float) -> tuple[float, float]:
    lower, middle, upper = np.quantile(score, [0.25, 0.5, 0.75])
    least = abs(a * middle)
    return float(middle - c * max(middle - lower, least)), float(middle + c * max(upper - middle, least))
