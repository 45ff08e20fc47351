/*
title: Agency and year
grain: one row an agency and year that answered either survey
definition: >
  Both surveys' answers side by side. Rates of leaving are built on headcount-years: the average headcount (mean of
  the month ends, else of the first and the last day) times the share of the year covered; none under six months.
*/
WITH attrition AS (
    SELECT
        survey_year,
        agency_id,
        headcount_opening_count,
        with_year_service_count,
        leavers_voluntary_count,
        leavers_involuntary_count,
        leavers_voluntary_count + leavers_involuntary_count + leavers_other_count AS leavers_count,
        headcount_average_count IS NULL AS is_headcount_average_estimated,
        COALESCE(attrition_period_months, 12) AS attrition_period_months,
        COALESCE(
            headcount_average_count,
            CAST((headcount_opening_count + headcount_closing_count) / 2 AS DECIMAL(18, 6))
        ) AS headcount_average_count
    FROM staging.attrition
)

SELECT
    COALESCE(budget.survey_year, attrition.survey_year) AS survey_year,
    COALESCE(budget.agency_id, attrition.agency_id) AS agency_id,
    budget.all_staff_count,
    budget.marketers_average_count,
    budget.is_marketers_average_estimated,
    budget.marketer_years_count,
    budget.development_budget_gbp,
    budget.development_spend_gbp,
    budget.marketing_budget_gbp,
    budget.net_fee_income_gbp,
    budget.budget_decider,
    budget.shared_goals,
    budget.return_measured,
    budget.development_plans,
    attrition.headcount_opening_count,
    attrition.headcount_average_count,
    attrition.is_headcount_average_estimated,
    CASE
        WHEN attrition.attrition_period_months >= 6
            THEN CAST(attrition.headcount_average_count * attrition.attrition_period_months / 12 AS DECIMAL(18, 6))
    END AS headcount_years_count,
    attrition.leavers_voluntary_count,
    attrition.leavers_involuntary_count,
    attrition.leavers_count,
    -- A year's service can only be judged over a whole year.
    CASE WHEN attrition.attrition_period_months = 12 THEN attrition.with_year_service_count END AS with_year_service_count
FROM staging.budget_gbp AS budget
FULL OUTER JOIN attrition
    ON budget.survey_year = attrition.survey_year AND budget.agency_id = attrition.agency_id
