/*
title: Verdicts of the submissions in hand, those given before included
grain: one row a submission
definition: A verdict once written stands, so that a run that was cut short ends as it would have.
*/
SELECT
    decided.file_no,
    decided.line,
    decided.position,
    decided.submission_id,
    $survey AS survey,
    decided.survey_year,
    decided.agency_id,
    decided.source,
    decided.record_id,
    CASE WHEN recorded.submission_id IS NULL THEN decided.version ELSE recorded.version END AS version,
    decided.file_sha256,
    decided.locator,
    decided.form_version,
    decided.received_at,
    decided.submitted_at,
    decided.submitted_at_text,
    decided.assumed_zone,
    coalesce(recorded.verdict, decided.verdict) AS verdict,
    coalesce(recorded.rule_id, decided.rule_id) AS rule_id,
    coalesce(recorded.reason, decided.reason) AS reason,
    decided.content_sha256,
    FALSE AS is_deleted
FROM decided
LEFT JOIN recorded USING (submission_id)
ORDER BY decided.position
