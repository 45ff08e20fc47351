/*
title: Verdict
grain: one row a submission received for the year
definition: >
  What intake accepted is parked here when it breaks a rule of severity fail; what intake parked for unreadable
  answers is accepted once they are corrected. An older version that was accepted stays accepted; it is not current.
*/
WITH failed AS (
    SELECT
        broken.submission_id,
        string_agg(DISTINCT rule.message, ' ' ORDER BY rule.message) AS reason
    FROM broken
    INNER JOIN rule USING (rule_id)
    WHERE rule.severity = 'fail'
    GROUP BY broken.submission_id
)

SELECT
    submission.submission_id,
    submission.survey,
    submission.survey_year,
    submission.agency_id,
    submission.source,
    submission.file_sha256,
    CASE
        WHEN failed.submission_id IS NOT NULL THEN 'parked'
        WHEN checked_submission.submission_id IS NOT NULL THEN 'accepted'
        ELSE submission.verdict
    END AS verdict,
    CASE
        WHEN failed.submission_id IS NULL AND checked_submission.submission_id IS NOT NULL THEN ''
        WHEN submission.verdict = 'accepted' THEN coalesce(failed.reason, '')
        ELSE coalesce(submission.reason, '')
    END AS reason,
    current_submission.submission_id IS NOT NULL AS is_current
FROM raw.submission AS submission
LEFT JOIN failed USING (submission_id)
LEFT JOIN checked_submission USING (submission_id)
LEFT JOIN current_submission USING (submission_id)
WHERE submission.survey_year = $survey_year
ORDER BY submission.survey, submission.submission_id
