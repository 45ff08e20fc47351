/*
title: Submissions of an erased agency that change
grain: one row a submission
definition: >
  Reasons repeat what was seen and name files; both go. So do the texts of times, record ids and form versions that are
  none, and names of sheets. Of the others in its files only reasons change that name a column nobody knows.
*/
WITH named AS (
    SELECT
        submission.* REPLACE (coalesce(erased_submission.agency_id, submission.agency_id) AS agency_id),
        erased_submission.submission_id IS NOT NULL AS is_mine,
        intake_rule.sentence,
        sheet_name.erased AS erased_sheet
    FROM raw.submission AS submission
    LEFT JOIN erased_submission ON submission.submission_id = erased_submission.submission_id
    LEFT JOIN intake_rule USING (rule_id)
    LEFT JOIN sheet_name
        ON
            submission.file_sha256 = sheet_name.file_sha256
            AND submission.locator = 'sheet ' || sheet_name.sheet
    WHERE
        erased_submission.submission_id IS NOT NULL
        OR (list_contains($files, submission.file_sha256) AND submission.rule_id LIKE 'header.%')
)

SELECT
    submission_id,
    survey,
    survey_year,
    agency_id,
    source,
    CASE
        WHEN is_mine AND NOT regexp_full_match(record_id, $tool_id) THEN 'erased-' || left(submission_id, 12)
        ELSE record_id
    END AS record_id,
    version,
    file_sha256,
    CASE WHEN erased_sheet IS NULL THEN locator ELSE 'sheet ' || erased_sheet END AS locator,
    CASE WHEN is_mine AND NOT regexp_full_match(form_version, '[0-9.]*') THEN '' ELSE form_version END AS form_version,
    received_at,
    submitted_at,
    CASE WHEN is_mine AND submitted_at IS NULL THEN '' ELSE submitted_at_text END AS submitted_at_text,
    assumed_zone,
    verdict,
    rule_id,
    CASE
        WHEN verdict = 'duplicate' THEN $duplicate
        WHEN sentence IS NOT NULL THEN sentence || regexp_extract(reason, ' \(and \d+ more\)$')
        ELSE reason
    END AS reason,
    content_sha256,
    is_deleted
FROM named
EXCEPT
SELECT * FROM raw.submission
