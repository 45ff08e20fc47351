/*
title: Budget answers in pounds
grain: one row an agency and year that answered the budget survey
definition: >
  The answers with money converted by the average rate of the reporter's period, and the headcount that rates are
  built on: marketer-years, the average number of marketers times the share of the year that the answers cover. The
  average is the mean of the month ends, else of the first and the last day (marked as estimated). Answers for less
  than six months have no marketer-years, since a short period is never stretched to a year.
*/
WITH converted AS (
    SELECT
        budget.*,
        CASE WHEN COALESCE(budget.currency, 'GBP') = 'GBP' THEN 1 ELSE rate.gbp_for_one END AS gbp_for_one,
        COALESCE(budget.period_months, 12) AS covered_months,
        COALESCE(
            budget.marketers_average_count,
            CAST((budget.marketers_opening_count + budget.marketers_closing_count) / 2 AS DECIMAL(18, 6))
        ) AS average_count
    FROM staging.budget
    LEFT JOIN staging.exchange_rate AS rate
        ON budget.survey_year = rate.survey_year AND budget.currency = rate.currency
)

SELECT
    survey_year,
    agency_id,
    all_staff_count,
    average_count AS marketers_average_count,
    marketers_average_count IS NULL AS is_marketers_average_estimated,
    CASE
        WHEN covered_months >= 6 THEN CAST(average_count * covered_months / 12 AS DECIMAL(18, 6))
    END AS marketer_years_count,
    CAST(ROUND(development_budget_gbp * gbp_for_one, 2) AS DECIMAL(18, 2)) AS development_budget_gbp,
    CAST(ROUND(development_spend_gbp * gbp_for_one, 2) AS DECIMAL(18, 2)) AS development_spend_gbp,
    CAST(ROUND(marketing_budget_gbp * gbp_for_one, 2) AS DECIMAL(18, 2)) AS marketing_budget_gbp,
    CAST(ROUND(net_fee_income_gbp * gbp_for_one, 2) AS DECIMAL(18, 2)) AS net_fee_income_gbp,
    budget_decider,
    shared_goals,
    return_measured,
    development_plans
FROM converted
