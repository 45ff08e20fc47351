/*
title: Whom a private report is for
grain: one row a contributor that sent answers for one survey year; being in the frame alone is no contribution
*/
SELECT agency_id FROM staging.verdict
WHERE survey_year = $year AND agency_id IS NOT NULL AND list_contains($surveys, survey)
UNION
SELECT agency_id FROM benchmark.contribution
WHERE survey_year = $year
ORDER BY agency_id
