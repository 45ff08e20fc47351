/*
title: Stability index
kind: ratio
unit: share of those employed a year ago
rounds_to: 0.001
format: percent
better: higher
group: Leaving
version: 1
people: marketers employed a year ago
definition: >
  Marketers with a year's service or more on the last day, divided by the marketers employed a year ago. Whole
  years only.
*/
SELECT
    survey_year,
    agency_id,
    with_year_service_count AS numerator,
    headcount_opening_count AS denominator,
    cast(round(headcount_opening_count) AS BIGINT) AS people
FROM staging.agency_year
WHERE headcount_opening_count > 0 AND with_year_service_count IS NOT NULL
