/*
title: Parts of a figure
grain: one row an agency and year of one measure
definition: >
  A measure's SELECT (the view measure_part) with each agency's number in the frame. An agency that the frame does not know
  is not of the population and is left out.
*/
SELECT
    frame_agency.unit,
    part.category,
    cast(part.numerator AS DOUBLE) AS numerator,
    cast(part.denominator AS DOUBLE) AS denominator,
    cast(part.people AS BIGINT) AS people
FROM measure_part AS part
INNER JOIN frame_agency
    ON part.agency_id = frame_agency.agency_id
WHERE
    part.survey_year = $survey_year
    AND part.category IS NOT NULL
    AND part.numerator IS NOT NULL
    AND part.denominator <> 0
ORDER BY frame_agency.unit, part.category
