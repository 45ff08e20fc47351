/*
title: Stayed
kind: survival
unit: months
rounds_to: 1
format: months
definition: Months until the end, with delayed entry.
*/
SELECT
    survey_year,
    agency_id,
    entry_months,
    exit_months,
    has_ended
FROM staging.person
