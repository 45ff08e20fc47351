/*
title: Mean hourly pay gap
kind: ratio
unit: share of men's mean hourly pay
rounds_to: 0.001
format: percent
better: neutral
group: Pay gap
version: 1
definition: >
  The difference between men's and women's mean hourly pay as a share of men's, as the employer filed it. Every
  employer counts once, whatever its size; negative where women are paid more.
*/
SELECT
    survey_year,
    agency_id,
    mean_hourly_gap_share AS numerator,
    1 AS denominator
FROM staging.agency_year
WHERE mean_hourly_gap_share IS NOT NULL
