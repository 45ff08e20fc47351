/*
title: Development spend per marketer
kind: ratio
unit: GBP per marketer per year
rounds_to: 10
format: money
better: neutral
group: Development
version: 1
people: marketers employed on average
definition: >
  What an agency spent in the survey year on its marketers' training, events and memberships, divided by the
  marketers it employed on average over that year.
*/
SELECT
    survey_year,
    agency_id,
    development_spend_gbp AS numerator,
    marketer_years_count AS denominator,
    cast(round(marketers_average_count) AS BIGINT) AS people
FROM staging.agency_year
WHERE marketer_years_count > 0 AND development_spend_gbp IS NOT NULL
