/*
title: Months by number
grain: one row a month of a year in which people of a survival measure enter or leave observation, and month 0
definition: >
  A whole number from 0, rising, for every month that occurs in a survival measure (the view measure_part), where months are
  of a type that is no whole number of anything. Months below 0 count as 0.
*/
WITH found AS (
    SELECT unnest([0, greatest(cast(entry_months AS DOUBLE), 0), greatest(cast(exit_months AS DOUBLE), 0)]) AS at_months
    FROM measure_part
    WHERE survey_year = $survey_year AND exit_months IS NOT NULL
)

SELECT
    at_months,
    cast(row_number() OVER (ORDER BY at_months) - 1 AS INTEGER) AS number
FROM found
WHERE at_months IS NOT NULL
GROUP BY at_months
ORDER BY number
