/*
title: Current submissions
grain: one row a survey and agency, its newest submission that breaks no rule of severity fail
*/
WITH failed AS (
    SELECT broken.submission_id
    FROM broken
    INNER JOIN rule USING (rule_id)
    WHERE rule.severity = 'fail'
)

SELECT
    submission.survey,
    submission.agency_id,
    submission.submission_id
FROM checked_submission AS submission
ANTI JOIN failed USING (submission_id)
QUALIFY row_number() OVER (PARTITION BY submission.survey, submission.agency_id ORDER BY submission.newest_first) = 1
