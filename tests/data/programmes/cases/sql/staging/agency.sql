/*
title: Agency
grain: one row a unit and case
*/
SELECT DISTINCT
    survey_year,
    agency_id,
    agency_id AS holding_id
FROM staging.answers
