/*
title: Agencies of the frame by number
grain: one row an agency of the frame in a survey year
definition: A whole number for every agency, in the order of their ids, since joining and counting by numbers is cheap.
*/
SELECT
    cast(row_number() OVER (ORDER BY agency_id, holding_id) - 1 AS INTEGER) AS unit,
    agency_id,
    holding_id
FROM staging.agency
WHERE survey_year = $survey_year
ORDER BY unit
