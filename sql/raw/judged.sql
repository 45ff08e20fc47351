/*
title: Verdicts of the contested submissions, those given before included
grain: one row a submission
definition: A verdict once written stands, so that a run that was cut short ends as it would have.
*/
SELECT
    decided.file_no,
    decided.line,
    CASE WHEN recorded.submission_id IS NULL THEN decided.version ELSE recorded.version END AS version,
    coalesce(recorded.verdict, decided.verdict) AS verdict,
    coalesce(recorded.rule_id, decided.rule_id) AS rule_id,
    coalesce(recorded.reason, decided.reason) AS reason,
    recorded.submission_id IS NOT NULL AS is_recorded
FROM decided
LEFT JOIN recorded USING (submission_id)
