/*
title: Broken rules
grain: one row a submission, roster row and broken rule; and one row a submission that intake parked and nobody corrected
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
    submission.submission_id,
    submission.survey,
    submission.survey_year,
    submission.agency_id,
    0 AS roster_row,
    coalesce(submission.rule_id, 'intake') AS rule_id,
    'fail' AS severity,
    '' AS question_names,
    '' AS values_seen,
    coalesce(submission.reason, '') AS message
FROM raw.submission AS submission
LEFT JOIN checked_submission USING (submission_id)
LEFT JOIN broken USING (submission_id)
WHERE
    submission.survey_year = $survey_year
    AND submission.verdict = 'parked'
    AND (checked_submission.submission_id IS NULL OR broken.submission_id IS NOT NULL)
GROUP BY ALL
