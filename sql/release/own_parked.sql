/*
title: What was found in each contributor's answers
grain: one row a submission, rule and roster row of one survey year
*/
SELECT
    submission_id,
    agency_id,
    survey,
    rule_id,
    severity,
    roster_row,
    fields,
    values_seen,
    message
FROM staging.parked
WHERE survey_year = $year AND agency_id IS NOT NULL
ORDER BY agency_id, survey, severity, rule_id, roster_row
