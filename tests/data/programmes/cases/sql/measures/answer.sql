/*
title: Answer
kind: share
unit: share of units
rounds_to: 0.001
format: percent
definition: Share of units that answered yes, or no.
*/
SELECT
    survey_year,
    agency_id,
    answer AS category
FROM staging.answers
WHERE answer IS NOT NULL
