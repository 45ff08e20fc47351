/*
title: Agency and year
grain: one row an agency and year that answered either survey
definition: >
  Both surveys' answers side by side. Money is converted by the average rate of the
  months that the answer covers, and left out where that is not known. Averages are the mean
  of the month ends, else of the first and the last day (marked as estimated). What rates are built on are marketer-years
  and headcount-years: the average times the share of the year that the answers cover; blank under six months, since a
  short period is never stretched to a year.
*/
WITH budget AS (
    SELECT
        answer.*,
        coalesce(answer.period_months, 12) AS covered_months,
        CASE WHEN coalesce(answer.currency, 'GBP') = 'GBP' THEN 1 ELSE rate.gbp_for_one END AS gbp_for_one,
        coalesce(
            answer.marketers_average_count,
            cast((answer.marketers_opening_count + answer.marketers_closing_count) / 2 AS DECIMAL(18, 6))
        ) AS average_count
    FROM staging.budget AS answer
    LEFT JOIN staging.exchange_rate AS rate
        ON answer.survey_year = rate.survey_year AND answer.agency_id = rate.agency_id
),

attrition AS (
    SELECT
        answer.*,
        coalesce(answer.attrition_period_months, 12) AS covered_months,
        coalesce(
            answer.headcount_average_count,
            cast((answer.headcount_opening_count + answer.headcount_closing_count) / 2 AS DECIMAL(18, 6))
        ) AS average_count
    FROM staging.attrition AS answer
)

SELECT
    coalesce(budget.survey_year, attrition.survey_year) AS survey_year,
    coalesce(budget.agency_id, attrition.agency_id) AS agency_id,
    budget.all_staff_count,
    budget.average_count AS marketers_average_count,
    budget.marketers_average_count IS NULL AND budget.average_count IS NOT NULL AS is_marketers_average_estimated,
    CASE
        WHEN budget.covered_months >= 6 THEN cast(budget.average_count * budget.covered_months / 12 AS DECIMAL(18, 6))
    END AS marketer_years_count,
    cast(round(budget.development_budget_gbp * budget.gbp_for_one, 2) AS DECIMAL(18, 2)) AS development_budget_gbp,
    cast(round(budget.development_spend_gbp * budget.gbp_for_one, 2) AS DECIMAL(18, 2)) AS development_spend_gbp,
    cast(round(budget.marketing_budget_gbp * budget.gbp_for_one, 2) AS DECIMAL(18, 2)) AS marketing_budget_gbp,
    cast(round(budget.net_fee_income_gbp * budget.gbp_for_one, 2) AS DECIMAL(18, 2)) AS net_fee_income_gbp,
    budget.budget_decider,
    budget.shared_goals,
    budget.return_measured,
    budget.development_plans,
    attrition.headcount_opening_count,
    attrition.average_count AS headcount_average_count,
    attrition.headcount_average_count IS NULL AND attrition.average_count IS NOT NULL AS is_headcount_average_estimated,
    CASE
        WHEN attrition.covered_months >= 6
            THEN cast(attrition.average_count * attrition.covered_months / 12 AS DECIMAL(18, 6))
    END AS headcount_years_count,
    attrition.leavers_voluntary_count,
    attrition.leavers_involuntary_count,
    attrition.leavers_voluntary_count + attrition.leavers_involuntary_count + attrition.leavers_other_count AS leavers_count,
    -- A year's service can only be judged over a whole year.
    CASE WHEN attrition.covered_months = 12 THEN attrition.with_year_service_count END AS with_year_service_count
FROM budget
FULL OUTER JOIN attrition
    ON budget.survey_year = attrition.survey_year AND budget.agency_id = attrition.agency_id
