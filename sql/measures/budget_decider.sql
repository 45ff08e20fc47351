/*
title: Who decides how the marketing budget is spent
kind: share
unit: share of agencies
rounds_to: 0.001
format: percent
better: neutral
group: Marketing budget
version: 1
definition: >
  Share of agencies by who decides how the marketing budget is spent: marketing, both together, marketing is
  told where to spend it, or there is none.
*/
SELECT
    survey_year,
    agency_id,
    budget_decider AS category
FROM staging.agency_year
WHERE budget_decider IS NOT NULL
