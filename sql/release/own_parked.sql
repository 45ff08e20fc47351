/*
title: What was found in one contributor's answers
grain: one row a survey, rule and roster row of one survey year
*/
SELECT
    survey,
    severity,
    roster_row,
    fields,
    values_seen,
    message
FROM staging.parked
WHERE
    survey_year = $year
    AND agency_id = $agency
    AND submission_id IN (
        SELECT verdict.submission_id
        FROM staging.verdict AS verdict
        WHERE verdict.is_current
    )
ORDER BY survey, severity, rule_id, roster_row
