"""A programme's definitions: a wrong entry is refused with its file, the entry and what is known."""

from __future__ import annotations

from decimal import Decimal

import pytest

from benchmarking.errors import DefinitionError
from benchmarking.protect.rounding import display, display_change, shape_of
from benchmarking.publish.labels import number_format
from benchmarking.publish.site.scale import make_scale
from coffee_shops import MEASURE, PROGRAMME, RULES, SURVEY, written


def test_money_is_shown_in_the_programmes_currency(tmp_path):
    measure = written(tmp_path).measures["training_per_barista"]
    shape = shape_of(measure, "p50")
    assert display(1234.0, shape) == "CHF 1,230"
    assert display_change(-24.0, shape) == "-CHF 20"
    assert number_format(measure, "p50") == '"CHF "#,##0'
    assert [text for _, text in make_scale([0, 400], measure.format, measure.sign).ticks][-1] == "CHF 400"


@pytest.mark.parametrize(
    ("code", "shown"), [("GBP", "£270"), ("EUR", "€270"), ("JPY", "¥270"), ("AUD", "A$270"), ("PLN", "PLN 270")]
)
def test_a_measure_may_be_of_another_currency_than_the_programme(tmp_path, code, shown):
    measure = written(tmp_path, MEASURE, "format: money", f"format: money\ncurrency: {code}").measures[
        "training_per_barista"
    ]
    assert display(270.0, shape_of(measure, "p50")) == shown
    assert measure.rounds_to == Decimal(10)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        pytest.param(MEASURE, "format: money", "format: eur",
                     r"barista.sql: format 'eur' is none of money, months, number, percent\.", id="format"),
        pytest.param(MEASURE, "better: neutral", "better: yes",
                     r"better 'True' is none of higher, lower, neutral\.", id="direction"),
        pytest.param(MEASURE, "kind: ratio", "kind: mean",
                     r"kind 'mean' is none of ratio, share, survival\.", id="kind"),
        pytest.param(MEASURE, "rounds_to: 10", "rounds_to: 0", r"rounds_to 0 is not above zero\.", id="rounds-to"),
        pytest.param(PROGRAMME, "currency: CHF", "currency: francs",
                     r"programme.yaml: currency 'francs' is no ISO 4217 code\. Write one such as GBP\.", id="currency"),
        pytest.param(PROGRAMME, "statistic: p50", "statistic: median",
                     r"headline 1: statistic 'median' is not one of training_per_barista\. A ratio has pooled, p10",
                     id="headline-statistic"),
        pytest.param(PROGRAMME, "peer_group: all", "peer_group: region",
                     r"headline 1: peer_group 'region' is none of all, town\.", id="headline-group"),
        pytest.param(PROGRAMME, "{measure: training_per_barista", "{measure: training",
                     r"headline 1: measure 'training' is none of training_per_barista\.", id="headline-measure"),
        pytest.param(PROGRAMME, "{value} or less", "little",
                     r"headline 1: its text has no place for the figure\. Write \{value\}", id="headline-text"),
        pytest.param(PROGRAMME, "peer_labels: {town", "peer_labels: {twon",
                     r"peer_labels of 'twon' is none of seniority, town\.", id="peer-labels"),
        pytest.param(PROGRAMME, "years: [2026]", "years: [2026]\nbands: {peer_group: band, by: spend, outcomes: []}",
                     r"measure of the bands 'spend' is none of training_per_barista\.", id="bands"),
        pytest.param(PROGRAMME, "years: [2026]", "years: [2026]\nframe_margin: [town]",
                     r"programme.yaml: unknown entry \['frame_margin'\]\. Known are .*'frame_margins'", id="typo"),
        pytest.param(PROGRAMME, "years: [2026]", "years: [2026]\ntime_zone: Europe/Lodnon",
                     r"time_zone 'Europe/Lodnon' is unknown\.", id="time-zone"),
        pytest.param(PROGRAMME, "years: [2026]", "years: [2026]\ncalendar: [{version: 2025.1.0}]",
                     r"calendar 1: version '2025\.1\.0' is of none of the years 2026\.", id="calendar-year"),
        pytest.param(PROGRAMME, "years: [2026]",
                     "years: [2026]\ncalendar: [{version: 2026.1.0, publish_at: 2026-11-02}]",
                     r"publish_at '2026-11-02' is no time with its zone\.", id="calendar-time"),
        pytest.param(RULES, "rules: []", "rule: []",
                     r"entry 'rule' is none of published_beside, reliability, rules\.", id="rules-typo"),
        pytest.param(MEASURE, "better: neutral", "betters: neutral",
                     r"unknown entry \['betters'\]\.", id="header-typo"),
        pytest.param(SURVEY, "role: answers", "roles: answers", r"unknown entry \['roles'\]\.", id="survey-typo"),
        pytest.param(SURVEY, "type: money", "type: amount", r"question training: type 'amount' is none of boolean",
                     id="question-type"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused(tmp_path, file, old, new, told):
    with pytest.raises(DefinitionError, match=told):
        written(tmp_path, file, old, new)
