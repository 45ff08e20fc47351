"""The recruitment programme's measures, each from staging rows written as text to what every agency brings to it."""

from __future__ import annotations

import pytest

from sql.sql_tables import expect, world

BUDGET = """
survey_year | agency_id | marketer_years_count | marketers_average_count | development_budget_gbp | development_spend_gbp
2026        | a         | 3                    | 3                       | 1500                   | 900
2026        | part      | 2                    | 3                       | 1000                   | 0
2026        | zero      | 2                    | 2                       | 0                      | 0
2026        | nobody    | 0                    | 0                       | 500                    | 500
2026        | short     |                      | 4                       | 500                    | 500
2026        | blank     | 2                    | 2                       |                        |
2025        | a         | 2.5                  | 2.5                     | 100.50                 | 200
"""  # noqa: E501
MARKETING = """
survey_year | agency_id | marketer_years_count | marketers_average_count | marketing_budget_gbp | net_fee_income_gbp
2026        | a         | 3                    | 3                       | 12000                | 600000
2026        | none      | 1                    | 1                       | 0                    | 400000
2026        | silent    | 1                    | 1                       | 5000                 |
2026        | nobody    | 0                    | 0                       | 5000                 | 0
2026        | blank     | 2                    | 2                       |                      | 100
"""
PRICES = """
survey_year | agency_id | price_index | to_base_pounds
2026        | a         | 139.983     | 1
2026        | part      | 139.375     | 1.004365
2025        | a         | 134.783     | 1.03858
"""
LEAVING = """
survey_year | agency_id | headcount_years_count | headcount_average_count | leavers_count | leavers_voluntary_count | leavers_involuntary_count
2026        | a         | 4                     | 4                       | 3             | 2                       | 1
2026        | calm      | 2.5                   | 2.5                     | 0             | 0                       | 0
2026        | part      | 3                     | 4                       | 1             | 0                       | 1
2026        | short     |                       | 4                       | 1             | 1                       | 0
2026        | empty     | 0                     | 0                       | 1             | 1                       | 0
2026        | blank     | 2                     | 2                       |               |                         |
"""  # noqa: E501
SERVICE = """
survey_year | agency_id | headcount_opening_count | with_year_service_count
2026        | a         | 5                       | 3
2026        | gone      | 2                       | 0
2026        | new       | 0                       | 0
2026        | blank     | 4                       |
"""
CHOICES = """
survey_year | agency_id | budget_decider      | shared_goals | return_measured | development_plans
2026        | a         | told_where_to_spend | shared       | never           | some
2026        | blank     |                     |              |                 |
2025        | a         | no_budget           | partly       | sometimes       | nobody
"""
SPELLS = """
survey_year | agency_id | roster_row | entry_months | exit_months | has_ended | seniority
2026        | a         | 1          | 0            | 6.5         | true      | junior
2026        | a         | 2          | 24           | 36          | false     | senior
2026        | a         | 3          | 10           | 11.5        | true      |
2026        | b         | 1          | 3            | 3           | true      | middle
2026        | b         | 2          | 0            | 2           | false     | middle
"""

CASES = [
    pytest.param(
        "development_budget_gbp_per_marketer",
        BUDGET,
        """
        survey_year | agency_id | numerator | denominator | people
        2026        | a         | 1500      | 3           | 3
        2026        | part      | 1000      | 2           | 3
        2026        | zero      | 0         | 2           | 2
        2025        | a         | 100.5     | 2.5         | 3
        """,
        id="budget-per-marketer-zero-counts-blank-does-not",
    ),
    pytest.param(
        "development_budget_real_gbp_per_marketer",
        BUDGET,
        """
        survey_year | agency_id | numerator | denominator | people
        2026        | a         | 1500      | 3           | 3
        2026        | part      | 1004.37   | 2           | 3
        2025        | a         | 104.38    | 2.5         | 3
        """,
        id="budget-in-pounds-of-the-base-year-only-where-prices-are-known",
    ),
    pytest.param(
        "development_budget_gbp_per_marketer_month",
        BUDGET,
        """
        survey_year | agency_id | numerator | denominator
        2026        | a         | 1500      | 36
        2026        | part      | 1000      | 24
        2026        | zero      | 0         | 24
        2025        | a         | 100.5     | 30
        """,
        id="budget-per-marketer-and-month",
    ),
    pytest.param(
        "development_spend_gbp_per_marketer",
        BUDGET,
        """
        survey_year | agency_id | numerator | denominator
        2026        | a         | 900       | 3
        2026        | part      | 0         | 2
        2026        | zero      | 0         | 2
        2025        | a         | 200       | 2.5
        """,
        id="spend-per-marketer",
    ),
    pytest.param(
        "development_budget_spent_share",
        BUDGET,
        """
        survey_year | agency_id | numerator | denominator
        2026        | a         | 900       | 1500
        2026        | part      | 0         | 1000
        2026        | nobody    | 500       | 500
        2026        | short     | 500       | 500
        2025        | a         | 200       | 100.5
        """,
        id="share-spent-only-of-those-with-a-budget-and-may-exceed-it",
    ),
    pytest.param(
        "marketing_budget_gbp_per_marketer",
        MARKETING,
        """
        agency_id | numerator | denominator | people
        a         | 12000     | 3           | 3
        none      | 0         | 1           | 1
        silent    | 5000      | 1           | 1
        """,
        id="marketing-budget-per-marketer",
    ),
    pytest.param(
        "marketing_budget_share_of_net_fee_income",
        MARKETING,
        """
        agency_id | numerator | denominator
        a         | 12000     | 600000
        none      | 0         | 400000
        """,
        id="marketing-budget-of-fee-income-needs-an-income",
    ),
    pytest.param(
        "attrition_rate",
        LEAVING,
        """
        agency_id | numerator | denominator | people
        a         | 3         | 4           | 4
        calm      | 0         | 2.5         | 3
        part      | 1         | 3           | 4
        """,
        id="attrition-nobody-left-is-a-rate-of-zero",
    ),
    pytest.param(
        "attrition_voluntary_rate",
        LEAVING,
        """
        agency_id | numerator | denominator
        a         | 2         | 4
        calm      | 0         | 2.5
        part      | 0         | 3
        """,
        id="voluntary-attrition",
    ),
    pytest.param(
        "attrition_involuntary_rate",
        LEAVING,
        """
        agency_id | numerator | denominator
        a         | 1         | 4
        calm      | 0         | 2.5
        part      | 1         | 3
        """,
        id="involuntary-attrition",
    ),
    pytest.param(
        "stability_index",
        SERVICE,
        """
        agency_id | numerator | denominator | people
        a         | 3         | 5           | 5
        gone      | 0         | 2           | 2
        """,
        id="stability-needs-somebody-a-year-ago",
    ),
    pytest.param(
        "budget_decider",
        CHOICES,
        """
        survey_year | agency_id | category
        2026        | a         | told_where_to_spend
        2025        | a         | no_budget
        """,
        id="who-decides",
    ),
    pytest.param(
        "shared_goals",
        CHOICES,
        """
        survey_year | agency_id | category
        2026        | a         | shared
        2025        | a         | partly
        """,
        id="shared-goals",
    ),
    pytest.param(
        "return_measured",
        CHOICES,
        """
        survey_year | agency_id | category
        2026        | a         | never
        2025        | a         | sometimes
        """,
        id="return-measured",
    ),
    pytest.param(
        "development_plans",
        CHOICES,
        """
        survey_year | agency_id | category
        2026        | a         | some
        2025        | a         | nobody
        """,
        id="development-plans",
    ),
    pytest.param(
        "tenure_months",
        SPELLS,
        """
        agency_id | entry_months | exit_months | has_ended | seniority
        a         | 0            | 6.5         | True      | junior
        a         | 24           | 36          | False     | senior
        a         | 10           | 11.5        | True      |
        b         | 0            | 2           | False     | middle
        """,
        id="tenure-needs-time-under-observation",
    ),
    pytest.param(
        "leavers_tenure_months",
        SPELLS,
        """
        agency_id | numerator | denominator | people
        a         | 18        | 2           | 2
        b         | 3         | 1           | 1
        """,
        id="mean-tenure-of-leavers-only",
    ),
]


@pytest.mark.parametrize(("name", "rows", "expected"), CASES)
def test_what_an_agency_brings_to_a_measure(programme, name, rows, expected):
    table = "staging.spell" if rows is SPELLS else "staging.agency_year"
    expect(world(programme, {table: rows, "staging.consumer_price": PRICES}), programme.measures[name].sql, expected)


def test_every_measure_has_a_case(programme):
    assert {case.values[0] for case in CASES} == set(programme.measures)


@pytest.mark.parametrize("name", ["development_budget_gbp_per_marketer", "tenure_months", "budget_decider"])
def test_a_measure_of_nothing_is_empty(programme, name):
    assert world(programme, {}).execute(programme.measures[name].sql).fetchall() == []
