"""A figure whose interval is wide against it says so: half the interval over the figure, by the programme's limit."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from benchmarking.protect.write import is_unreliable


@pytest.mark.parametrize(
    ("value", "lower", "upper", "is_wide"),
    [
        pytest.param(480.0, 240.0, 720.0, False, id="half-an-interval-of-half-the-figure-is-the-limit"),
        pytest.param(480.0, 239.0, 721.0, True, id="a-little-more-is-too-much"),
        pytest.param(480.0, 470.0, 951.0, True, id="one-long-side-is-enough"),
        pytest.param(-0.2, -0.25, -0.15, False, id="a-figure-below-nought-counts-by-its-size"),
        pytest.param(-0.2, -0.35, -0.05, True, id="and-is-wide-likewise"),
        pytest.param(0.0, 0.0, 0.02, True, id="nobody-and-an-interval-above"),
        pytest.param(0.0, 0.0, 0.0, False, id="nobody-for-certain"),
        pytest.param(24.0, 12.5, None, False, id="an-end-that-is-never-reached-has-no-width"),
        pytest.param(24.0, None, 30.0, False, id="an-end-that-is-withheld-has-no-width"),
        pytest.param(math.nan, 1.0, 9.0, False, id="no-figure"),
    ],
)
def test_a_figure_is_flagged_when_half_its_interval_is_over_half_of_it(programme, value, lower, upper, is_wide):
    assert programme.reliability == {"relative_interval": 0.5}
    assert is_unreliable(programme, value, lower, upper) is is_wide


def test_another_limit_is_the_programmes_own_choice(programme):
    strict = replace(programme, reliability={"relative_interval": 0.1})
    assert is_unreliable(strict, 480.0, 430.0, 530.0) is True
    assert is_unreliable(strict, 480.0, 440.0, 520.0) is False


def test_without_a_limit_nothing_is_flagged(programme):
    assert is_unreliable(replace(programme, reliability={}), 1.0, -100.0, 100.0) is False
