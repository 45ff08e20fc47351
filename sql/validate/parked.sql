/*
title: Broken rules
grain: one row a submission, roster row and broken rule; and one row a submission that intake parked
*/
SELECT
    broken.submission_id,
    rule.survey,
    broken.survey_year,
    broken.agency_id,
    broken.roster_row,
    broken.rule_id,
    rule.severity,
    rule.fields,
    broken.values_seen,
    rule.message
FROM broken
INNER JOIN rule USING (rule_id)
UNION ALL
SELECT
    submission_id,
    survey,
    survey_year,
    agency_id,
    0 AS roster_row,
    coalesce(rule_id, 'intake') AS rule_id,
    'fail' AS severity,
    '' AS fields,
    '' AS values_seen,
    coalesce(reason, '') AS message
FROM raw.submission
WHERE survey_year = $year AND verdict = 'parked'
