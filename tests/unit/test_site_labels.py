"""Which figures can be written beside one another on a strip."""

from __future__ import annotations

import pytest

from benchmarking.publish.site.scale import without_overlap


@pytest.mark.parametrize(
    ("places", "kept"),
    [
        pytest.param({"p50": 40, "p10": 4, "p90": 90}, {"p50": "middle", "p10": "start", "p90": "middle"}, id="apart"),
        pytest.param({"p50": 2, "p10": 2, "p90": 60}, {"p50": "start", "p90": "middle"}, id="the-first-of-two-stays"),
        pytest.param({"p25": 50, "p75": 59}, {"p25": "middle"}, id="too-close"),
        pytest.param({"p25": 50, "p75": 60}, {"p25": "middle", "p75": "middle"}, id="just-touching"),
        pytest.param({"p90": 98}, {"p90": "end"}, id="kept-inside-at-the-right-edge"),
        pytest.param({}, {}, id="nothing"),
    ],
)
def test_a_label_is_left_out_where_it_would_cover_another(places, kept):
    assert without_overlap(places, 10.0) == kept
