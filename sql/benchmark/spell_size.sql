/*
title: Size of a survival measure
grain: one row
definition: How many people a survival measure (the view measure_part) has in a year at most, and the last month of any.
*/
SELECT
    count(*) AS people,
    coalesce(max(greatest(entry_months, exit_months)), 0) AS last_month
FROM measure_part
WHERE survey_year = $survey_year AND exit_months IS NOT NULL
