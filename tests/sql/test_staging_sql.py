"""The recruitment programme's staging tables, from answers written as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from sql.sql_tables import expect, world

FRAME = """
survey_year | agency_id | size_band | sector | region | ownership    | holding_group
2026        | a         | micro     | health | north  | independent  |
2026        | b         | small     | health | south  | group_member | G1
2025        | a         | micro     | health | north  | independent  |
"""


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param(
            """
            survey_year | agency_id | marketers_average_count | development_budget_gbp
            2026        | a         | 3                       | 1500.00
            """,
            """
            agency_id | marketers_average_count | is_marketers_average_estimated | development_budget_gbp
            a         | 3                       | False                          | 1500
            """,
            id="a-whole-year-as-answered",
        ),
        pytest.param(
            """
            survey_year | agency_id | marketers_opening_count | marketers_closing_count | development_budget_gbp
            2026        | a         | 2                       | 5                       | 0
            """,
            """
            agency_id | marketer_years_count | is_marketers_average_estimated | development_budget_gbp
            a         | 3.5                  | True                           | 0
            """,
            id="no-average-takes-first-and-last-day-and-zero-is-a-value",
        ),
        pytest.param(
            """
            survey_year | agency_id | marketers_average_count | period_months | development_budget_gbp
            2026        | eight     | 3                       | 8             | 900
            2026        | six       | 3                       | 6             | 900
            2026        | five      | 3                       | 5             | 900
            """,
            """
            agency_id | marketer_years_count | development_budget_gbp
            eight     | 2                    | 900
            six       | 1.5                  | 900
            five      |                      | 900
            """,
            id="a-part-year-counts-by-months-and-under-six-not-at-all",
        ),
        pytest.param(
            """
            survey_year | agency_id | currency | financial_year_end_date | period_months | development_budget_gbp | net_fee_income_gbp
            2026        | pounds    | GBP      | 2026-03-31              |               | 1000                   | 1000
            2026        | silent    |          | 2026-03-31              |               | 1000                   |
            2026        | march     | EUR      | 2026-03-31              |               | 1000.50                | 1000
            2026        | december  | EUR      | 2025-12-31              | 12            | 1000.50                | 1000
            2026        | half      | EUR      | 2025-09-30              | 6             | 1000.50                | 1000
            2025        | march     | EUR      | 2025-03-31              |               | 1000.50                | 1000
            2026        | dollars   | USD      | 2026-03-31              |               | 1000                   |
            """,  # noqa: E501
            # The means of twelve (half: six) monthly rates, by hand: 0.856, 0.860833, 0.861167, 0.864, 0.797.
            """
            survey_year | agency_id | development_budget_gbp | net_fee_income_gbp
            2026        | pounds    | 1000                   | 1000
            2026        | silent    | 1000                   |
            2026        | march     | 856.43                 | 856
            2026        | december  | 861.26                 | 860.83
            2026        | half      | 861.6                  | 861.17
            2025        | march     | 864.43                 | 864
            2026        | dollars   | 797                    |
            """,
            id="other-currencies-at-the-average-rate-of-the-months-covered",
        ),
    ],
)
def test_budget_answers_in_pounds(programme, answers, expected):
    expect(world(programme, {"staging.budget": answers}), "SELECT * FROM staging.agency_year", expected)


@pytest.mark.parametrize(
    ("closes", "months", "known"),
    [
        pytest.param("2026-06-30", "12", 12, id="all-months-known"),
        pytest.param("2026-07-31", "12", 11, id="the-last-month-unknown"),
        pytest.param("2023-05-31", "12", 11, id="the-first-month-unknown"),
        pytest.param("2031-12-31", "12", 0, id="no-month-known"),
    ],
)
def test_an_amount_is_left_out_unless_the_rate_of_every_month_is_known(programme, closes, months, known):
    answers = f"""
    survey_year | agency_id | currency | financial_year_end_date | period_months | development_budget_gbp
    2026        | a         | EUR      | {closes}                | {months}      | 10
    """
    connection = world(programme, {"staging.budget": answers})
    expect(connection, "SELECT * FROM staging.exchange_rate", f"agency_id | known_months\na | {known}")
    amount = "8.54" if known == 12 else ""
    expect(connection, "SELECT * FROM staging.agency_year", f"agency_id | development_budget_gbp\na | {amount}")


def test_every_currency_of_the_form_has_a_rate_in_every_month_that_a_year_can_cover(programme):
    choices = set(programme.survey("budget").question("currency").choices) - {programme.currency}
    found = world(programme, {}).execute("SELECT month_date, currency_code FROM reference.exchange_rate").fetchall()
    # Financial years that end from July before the first survey year to June of the last, and the eleven months before.
    months = (max(programme.years) - min(programme.years) + 2) * 12
    assert len(set(found)) == len(found) == len(choices) * months
    assert {str(month) for month, _ in found} >= {f"{min(programme.years) - 2}-08-01", f"{max(programme.years)}-06-01"}


def test_a_pound_is_worth_what_prices_of_the_months_covered_say(programme):
    answers = """
    survey_year | agency_id | financial_year_end_date | period_months
    2026        | base      | 2026-06-30              |
    2026        | march     | 2026-03-31              | 12
    2026        | half      | 2025-09-30              | 6
    2025        | december  | 2024-12-31              |
    2024        | unknown   | 2022-12-31              |
    """
    # 110.933 is the mean of the base year's twelve months; 110.1, 109.283 and 106.042 are those of the answers.
    expected = """
    agency_id | price_index | to_base_pounds
    base      | 110.933333  | 1
    march     | 110.1       | 1.007569
    half      | 109.283333  | 1.015098
    december  | 106.041667  | 1.04613
    """
    expect(world(programme, {"staging.budget": answers}), "SELECT * FROM staging.consumer_price", expected)


def test_leavers_of_all_kinds_add_up(programme):
    attrition = """
    survey_year | agency_id | leavers_voluntary_count | leavers_involuntary_count | leavers_other_count
    2026        | a         | 2                       | 1                         | 1
    """
    expected = """
    agency_id | leavers_voluntary_count | leavers_involuntary_count | leavers_count
    a         | 2                       | 1                         | 4
    """
    expect(world(programme, {"staging.attrition": attrition}), "SELECT * FROM staging.agency_year", expected)


def test_headcount_years_and_the_average_that_is_used_when_none_is_given(programme):
    attrition = """
    survey_year | agency_id | attrition_period_months | headcount_opening_count | headcount_closing_count | headcount_average_count
    2026        | known     |                         | 4                       | 6                       | 4.5
    2026        | open      | 12                      | 4                       | 6                       |
    2026        | nine      | 9                       | 4                       | 4                       |
    2026        | five      | 5                       | 4                       | 4                       |
    """  # noqa: E501
    expected = """
    agency_id | headcount_average_count | is_headcount_average_estimated | headcount_years_count
    known     | 4.5                     | False                          | 4.5
    open      | 5                       | True                           | 5
    nine      | 4                       | True                           | 3
    five      | 4                       | True                           |
    """
    expect(world(programme, {"staging.attrition": attrition}), "SELECT * FROM staging.agency_year", expected)


def test_a_years_service_is_only_judged_over_a_whole_year(programme):
    attrition = """
    survey_year | agency_id | attrition_period_months | with_year_service_count
    2026        | whole     | 12                      | 2
    2026        | silent    |                         | 3
    2026        | eleven    | 11                      | 2
    """
    expected = """
    agency_id | with_year_service_count
    whole     | 2
    silent    | 3
    eleven    |
    """
    expect(world(programme, {"staging.attrition": attrition}), "SELECT * FROM staging.agency_year", expected)


def test_an_agency_and_year_stands_once_whichever_survey_it_answered(programme):
    budget = """
    survey_year | agency_id | marketers_average_count | development_budget_gbp
    2026        | both      | 2                       | 100
    2026        | budget    | 2                       | 100
    2025        | both      | 2                       | 100
    """
    attrition = """
    survey_year | agency_id | headcount_average_count
    2026        | both      | 3
    2026        | leaving   | 3
    """
    expected = """
    survey_year | agency_id | marketer_years_count | headcount_years_count
    2026        | both      | 2                    | 3
    2026        | budget    | 2                    |
    2025        | both      | 2                    |
    2026        | leaving   |                      | 3
    """
    connection = world(programme, {"staging.budget": budget, "staging.attrition": attrition})
    expect(connection, "SELECT * FROM staging.agency_year", expected)


def test_every_agency_of_the_frame_is_there_under_its_group(programme):
    expected = """
    survey_year | agency_id | holding_id | size_band | development_budget_band
    2026        | a         | a          | micro     |
    2026        | b         | G1         | small     |
    2025        | a         | a          | micro     |
    """
    expect(world(programme, {"staging.frame": FRAME}), "SELECT * FROM staging.agency", expected)


@pytest.mark.parametrize(
    ("budget", "band"),
    [
        pytest.param("0", "nothing", id="zero-is-a-band-of-its-own"),
        pytest.param("0.02", "under_500", id="a-penny-each"),
        pytest.param("999.98", "under_500", id="just-under-500-each"),
        pytest.param("1000", "from_500", id="500-each"),
        pytest.param("1999.98", "from_500", id="just-under-1000-each"),
        pytest.param("2000", "from_1000", id="1000-each"),
        pytest.param("", "", id="blank-is-not-zero"),
    ],
)
def test_the_band_of_a_development_budget(programme, budget, band):
    answers = f"survey_year | agency_id | marketers_average_count | development_budget_gbp\n2026 | a | 2 | {budget}"
    connection = world(programme, {"staging.frame": FRAME, "staging.budget": answers})
    query = "SELECT * FROM staging.agency WHERE agency_id = 'a' AND survey_year = 2026"
    expect(connection, query, f"agency_id | development_budget_band\na | {band}")


@pytest.mark.parametrize(
    ("started", "left", "expected"),
    [
        pytest.param("2023-12-31", "", "12.025 | 24.016 | False", id="there-all-year-enters-at-its-tenure"),
        pytest.param("2025-03-01", "", "0 | 10.021 | False", id="joined-in-the-year"),
        pytest.param("2023-12-31", "2025-06-30", "12.025 | 17.971 | True", id="left-in-the-year"),
        pytest.param("2025-03-01", "2025-12-31", "0 | 10.021 | True", id="left-on-the-last-day"),
        pytest.param("2023-12-31", "2026-02-01", "12.025 | 24.016 | False", id="left-after-the-year-is-still-there"),
    ],
)
def test_the_spell_of_a_marketer(programme, started, left, expected):
    connection = spells(programme, f"2026 | a | 1 | {started} | {left}")
    query = "SELECT * FROM staging.spell"
    expect(connection, query, f"entry_months | exit_months | has_ended\n{expected}")


@pytest.mark.parametrize(
    ("started", "left"),
    [
        pytest.param("2020-01-01", "2024-11-30", id="left-before-the-year"),
        pytest.param("2026-01-05", "", id="started-after-it"),
    ],
)
def test_who_was_not_there_in_the_year_has_no_spell(programme, started, left):
    connection = spells(programme, f"2026 | a | 1 | {started} | {left}")
    assert connection.execute("SELECT count(*) FROM staging.spell").fetchone() == (0,)


def test_a_short_period_opens_later(programme):
    connection = spells(programme, "2026 | a | 1 | 2025-01-01 |", months="6")
    expect(connection, "SELECT * FROM staging.spell", "entry_months | exit_months\n5.914 | 11.959")


def spells(programme, row: str, months: str = ""):
    """Open a world in which agency a reports the year to 31 December 2025 and one marketer."""
    attrition = f"survey_year | agency_id | period_end_date | attrition_period_months\n2026 | a | 2025-12-31 | {months}"
    roster = f"survey_year | agency_id | roster_row | started_date | left_date\n{row}"
    return world(programme, {"staging.attrition": attrition, "staging.attrition_marketer": roster})


def test_every_staging_file_is_tested_here(programme):
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in programme.staging_files if f"FROM {name}" not in text] == []
