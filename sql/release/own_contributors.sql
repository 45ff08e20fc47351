/*
title: Whom a private report is for
grain: one row a contributor that sent something for one survey year
*/
SELECT agency_id FROM staging.verdict
WHERE survey_year = $year AND agency_id IS NOT NULL
UNION
SELECT agency_id FROM benchmark.contribution
WHERE survey_year = $year
ORDER BY agency_id
