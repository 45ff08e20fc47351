/*
title: Marketing budget as a share of net fee income
kind: ratio
unit: share of net fee income
rounds_to: 0.001
format: percent
better: neutral
group: Marketing budget
version: 1
people: marketers employed on average
definition: >
  The marketing budget without salaries, divided by the net fee income of the same financial year.
*/
SELECT
    survey_year,
    agency_id,
    marketing_budget_gbp AS numerator,
    net_fee_income_gbp AS denominator,
    cast(round(marketers_average_count) AS BIGINT) AS people
FROM staging.agency_year
WHERE net_fee_income_gbp > 0 AND marketing_budget_gbp IS NOT NULL
