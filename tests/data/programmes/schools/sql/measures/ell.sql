/*
title: English learners
kind: ratio
unit: percent of students
rounds_to: 1
definition: Percent of students who learn English, per school.
*/
SELECT
    survey_year,
    agency_id,
    ell AS numerator,
    1 AS denominator
FROM staging.school
