/*
title: Involuntary attrition rate
kind: ratio
unit: leavers per marketer per year
rounds_to: 0.001
format: percent
better: lower
group: Leaving
version: 1
interval: events
people: marketers employed on average
definition: >
  Marketers who were dismissed or made redundant in the year, divided by the average headcount.
*/
SELECT
    survey_year,
    agency_id,
    leavers_involuntary_count AS numerator,
    headcount_years_count AS denominator,
    cast(round(headcount_average_count) AS BIGINT) AS people
FROM staging.agency_year
WHERE headcount_years_count > 0 AND leavers_involuntary_count IS NOT NULL
