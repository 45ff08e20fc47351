/*
title: Spells
grain: one row a person's spell in one measure and year
definition: >
  A survival measure's SELECT (the view measure_part) with the agency's holding. Rows are numbered within the agency by
  what they say, so that the order in which files came changes nothing.
*/
SELECT
    part.survey_year,
    part.agency_id,
    frame.holding_id,
    row_number() OVER (
        PARTITION BY part.agency_id
        ORDER BY part.entry_months, part.exit_months, part.has_ended, part.seniority
    ) AS row_number,
    cast(part.entry_months AS DOUBLE) AS entry_months,
    cast(part.exit_months AS DOUBLE) AS exit_months,
    cast(part.has_ended AS BOOLEAN) AS has_ended,
    cast(part.seniority AS VARCHAR) AS seniority
FROM measure_part AS part
INNER JOIN staging.agency AS frame
    ON part.survey_year = frame.survey_year AND part.agency_id = frame.agency_id
WHERE part.survey_year = $survey_year
ORDER BY part.agency_id, row_number
