"""Outliers against last year are those of R univOutl; newcomers are judged on the log scale."""

from __future__ import annotations

import csv
import math
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from benchmarking.validate.hidiroglou_berthelot import hidiroglou_berthelot, tukey_log
from benchmarking.validate.outliers import judge

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


def test_fences_without_a_width_shut_nobody_out():
    assert not tukey_log(np.array([5.0] * 20 + [6.0, 500.0])).any()


# Thirty agencies whose number stayed as it was, so that the middle half of the ratios has no width.
STILL = [10.0] * 30


@pytest.mark.parametrize(
    ("last", "now", "options", "expected"),
    [
        pytest.param(10.0, 11.0, {}, True, id="without-a-floor-every-change"),
        pytest.param(10.0, 15.0, {"floor": 5}, False, id="at-the-floor"),
        pytest.param(10.0, 15.1, {"floor": 5}, True, id="over-the-floor"),
        pytest.param(10.0, 20.0, {"floor_share": 1}, False, id="at-the-floors-share"),
        pytest.param(10.0, 20.1, {"floor_share": 1}, True, id="over-the-floors-share"),
        pytest.param(10.0, 16.0, {"floor": 5, "floor_share": 1}, False, id="under-the-higher-of-the-two"),
        pytest.param(10.0, 4.9, {"floor": 5}, True, id="downwards"),
        pytest.param(math.nan, 900.0, {"floor": 1000}, False, id="newcomers-among-equals"),
    ],
)
def test_a_small_change_where_most_answers_stay_is_no_outlier(last, now, options, expected):
    assert judge(np.array([*STILL, now]), np.array([*STILL, last]), options)[-1] == expected


def test_a_floor_spares_no_newcomer():
    """Without a last year there is no change to be small."""
    others = [90.0, 100, 110, 120, 95, 105, 115, 125]
    found = judge(np.array([*others, 10_000.0]), np.array([*others, math.nan]), {"floor": 1e6, "floor_share": 9})
    assert found.nonzero()[0].tolist() == [8]


def test_the_defaults_are_the_methods_own():
    """Equal to R, as the tests above show: no floor, u 0.5, a 0.05, c 20."""
    with ORACLE.with_name("hb_input.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    last, now = (np.array([float(row[name] or "nan") for row in rows]) for name in ("y1", "y2"))
    usable = np.isfinite(last) & (last > 0)
    by_ratio = hidiroglou_berthelot(last, now, 0.5, 0.05, 20).is_outlier
    assert judge(now, last, {})[usable].tolist() == by_ratio[usable].tolist()


def test_seven_values_are_too_few_for_quartiles():
    assert not tukey_log(np.array([1.0, 1, 1, 1, 1, 1, 1e9])).any()
