/*
title: What was found in one contributor's answers
grain: one row a survey, rule and roster row of one survey year
*/
SELECT
    parked.survey,
    parked.severity,
    parked.roster_row,
    parked.fields,
    parked.values_seen,
    parked.message
FROM staging.parked AS parked
INNER JOIN staging.verdict AS verdict ON parked.submission_id = verdict.submission_id
WHERE parked.survey_year = $year AND parked.agency_id = $agency AND verdict.is_current
ORDER BY parked.survey, parked.severity, parked.rule_id, parked.roster_row
