/*
title: Marketing and sales work to shared goals
kind: share
unit: share of agencies
rounds_to: 0.001
format: percent
better: neutral
group: How marketing works
version: 1
definition: >
  Share of agencies by whether marketing and sales work to shared goals.
*/
SELECT
    survey_year,
    agency_id,
    shared_goals AS category
FROM staging.agency_year
WHERE shared_goals IS NOT NULL
