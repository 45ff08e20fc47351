/*
title: Marketers have a personal development plan
kind: share
unit: share of agencies
rounds_to: 0.001
format: percent
better: neutral
group: Development
version: 1
definition: >
  Share of agencies by how many of their marketers have a personal development plan. Asked since 2025.
*/
SELECT
    survey_year,
    agency_id,
    development_plans AS category
FROM staging.agency_year
WHERE development_plans IS NOT NULL
