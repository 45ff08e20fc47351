/*
title: Each contributor's own part of each measure
grain: one row an agency, survey year (this one and the last), measure and category
*/
SELECT
    agency_id,
    survey_year,
    measure,
    category,
    numerator,
    denominator
FROM benchmark.contribution
WHERE survey_year IN ($year, $year - 1)
ORDER BY agency_id, measure, category, survey_year
