/*
title: Amount
kind: ratio
unit: as answered
rounds_to: 0.001
definition: The amount of each unit, one a unit, so that quantiles are those of the amounts.
*/
SELECT
    survey_year,
    agency_id,
    amount AS numerator,
    1 AS denominator
FROM staging.answers
WHERE amount IS NOT NULL
