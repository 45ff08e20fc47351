/*
title: Spells by the numbers of their months
grain: one row a person of a survival measure whose last month is known
definition: A survival measure's SELECT (the view measure_part) with each month's number among those that occur (month_number).
*/
SELECT
    part.survey_year,
    part.agency_id,
    part.seniority,
    part.has_ended,
    entered.number AS entry_month,
    gone.number AS exit_month
FROM measure_part AS part
LEFT JOIN month_number AS entered
    ON greatest(cast(part.entry_months AS DOUBLE), 0) = entered.at_months
LEFT JOIN month_number AS gone
    ON greatest(cast(part.exit_months AS DOUBLE), 0) = gone.at_months
WHERE part.exit_months IS NOT NULL
