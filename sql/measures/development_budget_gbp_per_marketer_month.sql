/*
title: Development budget per marketer and month
kind: ratio
unit: GBP per marketer per month
rounds_to: 1
format: money
better: neutral
group: Development
version: 1
people: marketers employed on average
definition: >
  The development budget per marketer, divided by twelve.
*/
SELECT
    survey_year,
    agency_id,
    development_budget_gbp AS numerator,
    12 * marketer_years_count AS denominator,
    cast(round(marketers_average_count) AS BIGINT) AS people
FROM staging.agency_year
WHERE marketer_years_count > 0 AND development_budget_gbp IS NOT NULL
