/*
title: Submissions in hand that an earlier run wrote already
grain: one row a submission
*/
SELECT
    submission.submission_id,
    submission.version,
    submission.verdict,
    submission.rule_id,
    submission.reason
FROM raw.submission AS submission
WHERE left(submission.submission_id, 24) IN (SELECT file_key FROM file_in_hand)
