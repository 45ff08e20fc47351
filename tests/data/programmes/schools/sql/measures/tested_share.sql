/*
title: Students tested
kind: ratio
unit: share of students enrolled
rounds_to: 0.001
format: percent
people: students enrolled
definition: Students tested over students enrolled.
*/
SELECT
    survey_year,
    agency_id,
    api_stu AS numerator,
    enroll AS denominator,
    enroll AS people
FROM staging.school
WHERE enroll > 0
