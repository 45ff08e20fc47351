"""Outliers against last year are those of R univOutl; newcomers are judged on the log scale."""

from __future__ import annotations

import csv
import math
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from benchmarking.validate.hidiroglou_berthelot import hidiroglou_berthelot, tukey_log

ORACLE = Path(__file__).parents[1] / "data" / "oracles" / "survey" / "expected_hidiroglou_berthelot.csv"
PLANTED = {7, 23, 41}


def settings() -> list:
    """Give the oracle's rows by (U, A, C), as test cases."""
    with ORACLE.open(encoding="utf-8", newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: (row["U"], row["A"], row["C"]))
    grouped = groupby(rows, key=lambda row: (row["U"], row["A"], row["C"]))
    return [pytest.param(*map(float, key), list(some), id=f"U={key[0]}-C={key[2]}") for key, some in grouped]


@pytest.mark.parametrize(("u", "a", "c", "rows"), settings())
def test_scores_bounds_and_outliers_are_those_of_r(u, a, c, rows):
    last, now = (np.array([float(row[name]) for row in rows]) for name in ("yt1", "yt2"))
    found = hidiroglou_berthelot(last, now, u, a, c)
    assert found.score == pytest.approx([float(row["Escore"]) for row in rows], rel=1e-9, abs=1e-12)
    assert (found.low, found.up) == pytest.approx((float(rows[0]["low"]), float(rows[0]["up"])), rel=1e-9)
    assert found.median_ratio == pytest.approx(float(rows[0]["median_ratio"]), rel=1e-9)
    assert found.is_outlier.tolist() == [row["outliers"] == "1" for row in rows]


def test_the_three_planted_unit_errors_are_found_with_the_default_settings():
    source = ORACLE.with_name("hb_input.csv")
    with source.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    last, now = (np.array([float(row[name] or "nan") for row in rows]) for name in ("y1", "y2"))
    found = hidiroglou_berthelot(last, now)
    assert {int(row["id"]) for row, is_out in zip(rows, found.is_outlier, strict=True) if is_out} == PLANTED


@pytest.mark.parametrize(
    ("last", "now"),
    [
        pytest.param([math.nan, 100.0], [100.0, 100.0], id="blank-last-year"),
        pytest.param([0.0, 100.0], [100.0, 100.0], id="nothing-last-year"),
        pytest.param([100.0, 100.0], [0.0, 100.0], id="nothing-this-year"),
        pytest.param([math.nan], [math.nan], id="nobody-in-both-years"),
    ],
)
def test_what_has_no_ratio_is_no_outlier(last, now):
    assert not hidiroglou_berthelot(np.array(last), np.array(now)).is_outlier.any()


def test_a_newcomer_is_judged_on_the_log_scale():
    values = np.array([90.0, 100, 110, 120, 95, 105, 115, 125, 10_000, 0, math.nan])
    assert tukey_log(values).nonzero()[0].tolist() == [8]


def test_seven_values_are_too_few_for_quartiles():
    assert not tukey_log(np.array([1.0, 1, 1, 1, 1, 1, 1e9])).any()
