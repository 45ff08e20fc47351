"""Headlines: one sentence from a published cell, with its interval, its contributors and its change, all protected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarking.protect.write import association_records, headline_records
from benchmarking.publish.content import Headline

MONEY = ("development_budget_gbp_per_marketer", "", "all", "all", "p50")
STAYED = ("tenure_months", "", "all", "all", "still_there_18")
KEYS = ("measure", "category", "peer_group", "peer_value", "statistic")


def cell(key, value, display, lower, upper, year=2026, contributors=145, status=""):
    figures = {"value": value, "display": display, "lower_display": lower, "upper_display": upper, "status": status}
    return (year, *key), {
        **dict(zip(KEYS, key, strict=True)), "survey_year": year, "contributors": contributors, **figures
    }  # fmt: skip


def change(key, basis, value, display, is_significant=False, status="", interval=("-£30", "+£80"), contributors=129):
    limits = [float(text.replace("£", "")) if text else None for text in interval]
    shown = {"value": value, "display": display, "lower_display": interval[0], "upper_display": interval[1]}
    shown |= {"lower": limits[0], "upper": limits[1]}
    return {
        **dict(zip(KEYS, key, strict=True)),
        "survey_year": 2026,
        "basis": basis,
        "is_significant": is_significant,
        "contributors": contributors,
        "status": status,
        **shown,
    }


SHOWN = dict([cell(MONEY, 480.0, "£480", "£410", "£530"), cell(STAYED, 0.479, "47.9%", "43.1%", "52.5%")])
UP = change(MONEY, "matched", 20.0, "+£20")


def headlines(programme, changes, cells=None):
    return headline_records(programme, 2026, SHOWN if cells is None else cells, changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            [change(MONEY, "all", 0.0, "£0"), UP],
            "up £20 from 2025 in the same 129 agencies (95% interval -£30 to +£80), not statistically significant",
            id="the-matched-panel-comes-first",
        ),
        pytest.param(
            [change(MONEY, "all", -50.0, "-£50", True, interval=("-£90", "-£10")), {**UP, "status": "[c]"}],
            "down £50 from 2025 in all agencies of either year (95% interval -£90 to -£10), statistically significant",
            id="a-hidden-matched-change-is-not-spoken-of",
        ),
        pytest.param(
            [change(MONEY, "matched", 50.0, "+£50", interval=("+£10", "+£90"))],
            "up £50 from 2025 in the same 129 agencies (95% interval +£10 to +£90), "
            "not statistically significant once all changes that are tested are allowed for",
            id="clear-alone-but-not-among-many",
        ),
        pytest.param(
            [change(MONEY, "matched", 0.0, "£0", None, interval=("", ""))],
            "unchanged from 2025 in the same 129 agencies, not tested",
            id="no-spread-no-test",
        ),
        pytest.param([{**UP, "status": "[c]"}], "", id="hidden-changes-only"),
        pytest.param([{**UP, "statistic": "pooled"}], "", id="the-change-of-another-figure"),
        pytest.param([], "", id="first-year"),
    ],
)
def test_a_headline_says_its_change_and_whether_it_is_significant(programme, changes, said):
    assert headlines(programme, changes)[0]["change"] == said


def test_a_headline_is_quoted_in_one_sentence(programme):
    record = headlines(programme, [UP])[0]
    names = Headline.__dataclass_fields__
    assert Headline(**{name: record[name] for name in names}).quote == (
        "Half of agencies set aside £480 or less a year to develop each marketer (145 agencies, 2026; "
        "95% interval £410 to £530; up £20 from 2025 in the same 129 agencies (95% interval -£30 to +£80), "
        "not statistically significant)."
    )


def test_what_is_gone_and_what_is_still_there_add_up_as_published(programme):
    sentences = [record["sentence"] for record in headlines(programme, [])]
    assert sentences[1] == "Eighteen months after they started, 47.9% of marketers are still there and 52.1% are gone"


def test_a_hidden_figure_is_no_headline(programme):
    cells = dict([cell(MONEY, None, "[c]", "[c]", "[c]", status="[c]")])
    assert headlines(programme, [UP], cells) == []


def test_a_median_that_is_not_reached_has_words_of_its_own_or_is_no_headline(programme):
    key = ("tenure_months", "", "all", "all", "p50")
    cells = dict([cell(key, None, "not reached", "30 months", "not reached")])
    told = "More than half of marketers are still with their agency at the longest tenure that was followed"
    assert [record["sentence"] for record in headlines(programme, [], cells)] == [told]
    lines = tuple({name: text for name, text in line.items() if name != "not_reached"} for line in programme.headlines)
    assert headlines(replace(programme, headlines=lines), [], cells) == []


BAND = {
    "survey_year": 2026,
    "measure": "tenure_months",
    "by_measure": "development_budget_gbp_per_marketer",
    "kind": "logrank",
    "peer_group": "development_budget_band",
    "value": 5.35,
    "lower": None,
    "upper": None,
    "p_value": 0.148,
    "contributors": 104,
}
RANKS = {**BAND, "measure": "attrition_rate", "kind": "spearman", "peer_group": "all", "value": -0.25}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(
            BAND,
            "Tenure shows no clear difference between bands of development budget per marketer: "
            "log-rank test 5.35, p = 0.15.",
            id="log-rank-not-significant",
        ),
        pytest.param(
            {**BAND, "value": 17.54, "p_value": 0.00055},
            "Tenure differs between bands of development budget per marketer: log-rank test 17.54, p = 0.00055.",
            id="log-rank-significant",
        ),
        pytest.param(
            {**RANKS, "lower": -0.4, "upper": -0.09, "p_value": 0.0026},
            "Attrition rate is associated with development budget per marketer: rank correlation -0.25, p = 0.0026.",
            id="ranks-significant",
        ),
        pytest.param(
            {**RANKS, "lower": -0.4, "upper": 0.02, "p_value": 0.07},
            "Attrition rate shows no clear association with development budget per marketer: "
            "rank correlation -0.25, p = 0.07.",
            id="ranks-not-significant",
        ),
    ],
)
def test_what_goes_with_what_is_said_plainly_and_never_as_a_cause(programme, found, said):
    (record,) = association_records(programme, [found])
    assert record["sentence"] == said
    assert not any(word in record["sentence"].lower() for word in ("cause", "because", "leads to", "effect", "buys"))


def test_too_few_contributors_leave_an_association_unsaid(programme):
    fewest = programme.disclosure.minimum_unanimous
    records = association_records(programme, [{**BAND, "contributors": fewest - 1}, {**BAND, "contributors": fewest}])
    assert [record["sentence"] == "" for record in records] == [True, False]
    assert records[0]["status"] == "[c]"


def test_the_articles_three_numbers_are_headlines(programme):
    told = [(line["measure"], line["statistic"], line.get("category", "")) for line in programme.headlines]
    assert told == [
        ("development_budget_gbp_per_marketer", "p50", ""),
        ("development_budget_gbp_per_marketer_month", "p50", ""),
        ("tenure_months", "p50", ""),
        ("tenure_months", "still_there_18", ""),
        ("budget_decider", "share", "told_where_to_spend"),
    ]


def test_a_headline_of_another_programme_keeps_its_text(programme):
    line = {**programme.headlines[0], "text": "Median {value}"}
    records = headlines(replace(programme, headlines=(line,)), [])
    assert [record["sentence"] for record in records] == ["Median £480"]
