/*
title: Agencies of one survey year's frame and whether they answered
grain: one row an agency of the frame
*/
SELECT
    agency.*,
    verdict.agency_id IS NOT NULL AS has_answered
FROM staging.agency AS agency
LEFT JOIN (
    SELECT DISTINCT agency_id
    FROM staging.verdict
    WHERE survey_year = $year AND verdict = 'accepted' AND list_contains($surveys, survey)
) AS verdict ON agency.agency_id = verdict.agency_id
WHERE agency.survey_year = $year
