"""One rounding, half up on decimals, and the text that shows it."""

from decimal import Decimal

import pytest

from benchmarking.protect.rounding import Shape, display, display_change, round_half_up, rounded

GBP = Shape(Decimal("10"), "money", "GBP a year", "£")
PENCE = Shape(Decimal("0.10"), "money", "GBP a month", "£")
PERCENT = Shape(Decimal("0.001"), "percent", "share")
MONTHS = Shape(Decimal("1"), "months", "months")
NUMBER = Shape(Decimal("0.1"), "number", "")


@pytest.mark.parametrize(
    ("value", "base", "expected"),
    [
        pytest.param(478.5, "1", "479", id="a-tie-goes-up"),
        pytest.param(477.5, "1", "478", id="a-tie-goes-up-from-odd"),
        pytest.param(478.49999999999994, "1", "478", id="just-below-a-tie-goes-down"),
        pytest.param(-478.5, "1", "-479", id="a-negative-tie-goes-away-from-zero"),
        pytest.param(485.0, "10", "490", id="tens"),
        pytest.param(0.3455, "0.001", "0.346", id="a-tie-in-tenths-of-a-percent"),
        pytest.param(41.65, "0.1", "41.7", id="a-tie-that-binary-floats-get-wrong"),
    ],
)
def test_a_figure_is_rounded_half_up_to_its_base(value, base, expected):
    assert round_half_up(value, Decimal(base)) == Decimal(expected)


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        pytest.param(480.0, GBP, "£480", id="pounds"),
        pytest.param(12345.0, GBP, "£12,350", id="thousands"),
        pytest.param(-20.0, GBP, "-£20", id="negative-pounds"),
        pytest.param(41.66, PENCE, "£41.7", id="pounds-and-tenths"),
        pytest.param(0.346, PERCENT, "34.6%", id="percent"),
        pytest.param(1.0, PERCENT, "100.0%", id="all"),
        pytest.param(18.2, MONTHS, "18 months", id="months"),
        pytest.param(1.4, MONTHS, "1 month", id="one-month"),
        pytest.param(float("inf"), MONTHS, "not reached", id="a-median-nobody-reached"),
        pytest.param(1234.56, NUMBER, "1,234.6", id="number"),
        pytest.param(None, GBP, "", id="nothing"),
    ],
)
def test_a_figure_is_shown_in_its_format(value, shape, expected):
    assert display(value, shape) == expected


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        pytest.param(20.0, GBP, "+£20", id="up"),
        pytest.param(-20.0, GBP, "-£20", id="down"),
        pytest.param(-0.0124, PERCENT, "-1.2 points", id="points-not-percent"),
        pytest.param(2.0, MONTHS, "+2 months", id="months"),
        pytest.param(0.2, MONTHS, "0 months", id="no-change-has-no-sign"),
    ],
)
def test_a_change_is_shown_with_its_sign(value, shape, expected):
    assert display_change(value, shape) == expected


def test_the_published_value_is_the_rounded_one():
    assert rounded(478.5, GBP) == 480.0
    assert rounded(float("inf"), MONTHS) is None


def test_a_base_must_be_positive():
    with pytest.raises(ValueError, match="cannot round"):
        round_half_up(1.0, Decimal("0"))
