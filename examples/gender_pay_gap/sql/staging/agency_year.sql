/*
title: Employer and reporting year
grain: one row an employer and reporting year
definition: Gaps as fractions of men's pay; positive where men are paid more.
*/
SELECT
    survey_year,
    agency_id,
    cast(mean_hourly_gap_percent / 100 AS DECIMAL(18, 6)) AS mean_hourly_gap_share,
    cast(median_hourly_gap_percent / 100 AS DECIMAL(18, 6)) AS median_hourly_gap_share,
    CASE
        WHEN median_hourly_gap_percent > 0 THEN 'favours_men'
        WHEN median_hourly_gap_percent < 0 THEN 'favours_women'
        WHEN median_hourly_gap_percent = 0 THEN 'no_gap'
    END AS gap_direction
FROM staging.filing
