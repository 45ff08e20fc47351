/*
title: Parts of a figure
grain: one row an agency and year of one measure
definition: >
  A measure's SELECT (the view measure_part) with the holding that each agency belongs to. An agency
  that the frame does not know is not of the population and is left out.
*/
SELECT
    part.survey_year,
    part.agency_id,
    frame.holding_id,
    part.category,
    cast(part.numerator AS DOUBLE) AS numerator,
    cast(part.denominator AS DOUBLE) AS denominator,
    cast(part.people AS BIGINT) AS people
FROM measure_part AS part
INNER JOIN staging.agency AS frame
    ON part.survey_year = frame.survey_year AND part.agency_id = frame.agency_id
WHERE
    part.survey_year = $survey_year
    AND part.category IS NOT NULL
    AND part.numerator IS NOT NULL
    AND part.denominator <> 0
ORDER BY part.agency_id, part.category
