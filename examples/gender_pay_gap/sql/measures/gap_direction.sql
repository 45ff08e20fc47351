/*
title: Whom the median gap favours
kind: share
unit: share of employers
rounds_to: 0.001
format: percent
better: neutral
group: Pay gap
version: 1
definition: >
  Share of employers whose median hourly pay gap is above zero, zero or below zero, as filed.
*/
SELECT
    survey_year,
    agency_id,
    gap_direction AS category
FROM staging.agency_year
WHERE gap_direction IS NOT NULL
