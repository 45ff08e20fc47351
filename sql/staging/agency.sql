/*
title: Agency
grain: one row an agency of the frame and year
definition: >
  The organiser's facts on each agency, whether it answered or not. Agencies of one holding group count as one
  contributor; an agency without a group is its own. The development-budget band is that of its answer, blank
  where it gave none.
*/
WITH per_marketer AS (
    SELECT
        survey_year,
        agency_id,
        development_budget_gbp / nullif(marketer_years_count, 0) AS gbp_per_marketer
    FROM staging.agency_year
)

SELECT
    frame.survey_year,
    frame.agency_id,
    coalesce(frame.holding_group, frame.agency_id) AS holding_id,
    frame.size_band,
    frame.sector,
    frame.region,
    frame.ownership,
    CASE
        WHEN per_marketer.gbp_per_marketer = 0 THEN 'nothing'
        WHEN per_marketer.gbp_per_marketer < 500 THEN 'under_500'
        WHEN per_marketer.gbp_per_marketer < 1000 THEN 'from_500'
        WHEN per_marketer.gbp_per_marketer >= 1000 THEN 'from_1000'
    END AS development_budget_band
FROM staging.frame
LEFT JOIN per_marketer
    ON frame.survey_year = per_marketer.survey_year AND frame.agency_id = per_marketer.agency_id
