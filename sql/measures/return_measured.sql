/*
title: The return on marketing is measured
kind: share
unit: share of agencies
rounds_to: 0.001
format: percent
better: neutral
group: How marketing works
version: 1
definition: >
  Share of agencies by whether the return on marketing is measured.
*/
SELECT
    survey_year,
    agency_id,
    return_measured AS category
FROM staging.agency_year
WHERE return_measured IS NOT NULL
