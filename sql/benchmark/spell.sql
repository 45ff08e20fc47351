/*
title: Spells
grain: one row a person's spell in one measure and year
definition: >
  A survival measure's SELECT (the view measure_part) with the agency's holding and its weight to the frame (the table
  agency_weight). Rows are numbered within the agency by what they say, so that the order in which files came changes
  nothing.
*/
SELECT
    part.survey_year,
    $measure AS measure,
    part.agency_id,
    agency_weight.holding_id,
    row_number() OVER (
        PARTITION BY part.agency_id
        ORDER BY part.entry_months, part.exit_months, part.has_ended, part.seniority
    ) AS row_number,
    cast(part.entry_months AS DOUBLE) AS entry_months,
    cast(part.exit_months AS DOUBLE) AS exit_months,
    cast(part.has_ended AS BOOLEAN) AS has_ended,
    cast(part.seniority AS VARCHAR) AS seniority,
    agency_weight.weight
FROM measure_part AS part
INNER JOIN agency_weight
    ON part.agency_id = agency_weight.agency_id
WHERE part.survey_year = $survey_year AND part.exit_months IS NOT NULL
ORDER BY part.agency_id, row_number
