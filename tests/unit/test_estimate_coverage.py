"""On simulated populations, the stated 95 % intervals hold the truth as often as the report says."""

import pytest
from interval_coverage import HIGHEST, LOWEST, PROMISED, REPORT, SCENARIOS, report, simulate


@pytest.mark.slow
def test_intervals_cover_the_truth_as_promised_and_the_report_is_fresh():
    found = {scenario.name: simulate(scenario) for scenario in SCENARIOS}
    for scenario in SCENARIOS:
        for name in PROMISED:
            share, count = found[scenario.name][name]
            assert scenario.is_exception or (count == 500 and LOWEST <= share <= HIGHEST), (scenario.name, name, share)
    assert REPORT.read_text(encoding="utf-8") == report(found)


def test_a_population_larger_than_the_sample_is_weighted_to_it():
    few = simulate(SCENARIOS[2], populations=3)
    assert {name: count for name, (_, count) in few.items()} == dict.fromkeys(few, 3)
