/*
title: Met the school-wide target
kind: share
unit: share of schools
rounds_to: 0.001
format: percent
definition: Share of schools that met their school-wide target.
*/
SELECT
    survey_year,
    agency_id,
    sch_wide AS category
FROM staging.school
