/*
title: Marketing budget per marketer
kind: ratio
unit: GBP per marketer per year
rounds_to: 100
format: money
better: neutral
group: Marketing budget
version: 1
people: marketers employed on average
definition: >
  The marketing budget without salaries, divided by the marketers employed on average over the year.
*/
SELECT
    survey_year,
    agency_id,
    marketing_budget_gbp AS numerator,
    marketer_years_count AS denominator,
    cast(round(marketers_average_count) AS BIGINT) AS people
FROM staging.agency_year
WHERE marketer_years_count > 0 AND marketing_budget_gbp IS NOT NULL
