/*
title: One contributor's own part of each measure
grain: one row a measure and category of one survey year
*/
SELECT
    measure,
    category,
    numerator,
    denominator
FROM benchmark.contribution
WHERE survey_year = $year AND agency_id = $agency
ORDER BY measure, category
