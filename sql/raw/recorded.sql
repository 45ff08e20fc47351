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
WHERE submission.submission_id IN (SELECT submission_id FROM asking)
