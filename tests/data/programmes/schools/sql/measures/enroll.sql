/*
title: Students enrolled
kind: ratio
unit: students
rounds_to: 1
definition: Students enrolled, per school.
*/
SELECT
    survey_year,
    agency_id,
    enroll AS numerator,
    1 AS denominator
FROM staging.school
