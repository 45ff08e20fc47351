/*
title: Rate of leaving
kind: ratio
unit: leavers a headcount-year
rounds_to: 0.001
interval: events
definition: Leavers over headcount-years, with the exact Poisson interval while events are few.
*/
SELECT
    survey_year,
    agency_id,
    leavers_count AS numerator,
    headcount_years_count AS denominator
FROM staging.answers
WHERE headcount_years_count > 0
