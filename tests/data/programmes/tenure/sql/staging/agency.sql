/*
title: Agency
grain: one row a person and sample
definition: Each person is an agency and a holding.
*/
SELECT
    survey_year,
    agency_id,
    agency_id AS holding_id,
    sex
FROM staging.person
