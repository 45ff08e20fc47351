/*
title: Mean tenure of those who left
kind: ratio
unit: months
rounds_to: 1
format: months
better: neutral
group: Leaving
people: marketers who left in the year
version: 1
definition: >
  Months that the year's leavers had been employed, added up and divided by their number. Biased short, since
  those who stay are not in it: read it beside the tenure of all marketers, never instead of it.
*/
SELECT
    survey_year,
    agency_id,
    sum(exit_months) AS numerator,
    count(*) AS denominator,
    count(*) AS people
FROM staging.spell
WHERE has_ended
GROUP BY survey_year, agency_id
