/*
title: Academic performance index
kind: ratio
unit: points
rounds_to: 1
definition: The school's index; one a school, so that the pooled figure is the mean of schools.
*/
SELECT
    survey_year,
    agency_id,
    api AS numerator,
    1 AS denominator
FROM staging.school
