/*
title: Share of the development budget that was spent
kind: ratio
unit: share of budget
rounds_to: 0.001
format: percent
better: neutral
group: Development
version: 1
people: marketers employed on average
definition: >
  Development spend divided by development budget, among agencies that set something aside. Over 100 % where
  more was spent than set aside.
*/
SELECT
    survey_year,
    agency_id,
    development_spend_gbp AS numerator,
    development_budget_gbp AS denominator,
    cast(round(marketers_average_count) AS BIGINT) AS people
FROM staging.agency_year
WHERE development_budget_gbp > 0 AND development_spend_gbp IS NOT NULL
