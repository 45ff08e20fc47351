/*
title: Attrition rate
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
  All marketers who left in the year, for whatever reason, divided by the average headcount (mean of the month
  ends, else of the first and the last day). A part year counts by its months.
*/
SELECT
    survey_year,
    agency_id,
    leavers_count AS numerator,
    headcount_years_count AS denominator,
    cast(round(headcount_average_count) AS BIGINT) AS people
FROM staging.agency_year
WHERE headcount_years_count > 0 AND leavers_count IS NOT NULL
