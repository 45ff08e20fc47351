/*
title: Seniorities
grain: one row a seniority of a survival measure's people in a year
definition: >
  The seniorities that occur in a survival measure (the view measure_part) in a year, in order; an empty text where a person
  has none. With the last month of anybody's entry or exit.
*/
SELECT
    coalesce(cast(seniority AS VARCHAR), '') AS seniority,
    max(greatest(entry_months, exit_months, 0)) AS last_month
FROM measure_part
WHERE survey_year = $survey_year AND exit_months IS NOT NULL
GROUP BY coalesce(cast(seniority AS VARCHAR), '')
ORDER BY seniority
