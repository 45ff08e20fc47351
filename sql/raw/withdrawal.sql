/*
title: Tombstones of withdrawn records
grain: one row a record that its source no longer holds
definition: >
  The newest version, marked as deleted. It is told as rejected, so that the year's counts balance; the versions before
  it are kept.
*/
WITH newest AS (
    SELECT
        submission.*,
        withdrawn_record.withdrawn_at
    FROM raw.submission AS submission
    INNER JOIN withdrawn_record
        ON submission.survey = withdrawn_record.survey AND submission.record_id = withdrawn_record.record_id
    WHERE
        submission.source = $source
        AND NOT submission.is_deleted
    QUALIFY row_number() OVER (
        PARTITION BY submission.survey, submission.record_id
        ORDER BY submission.version DESC NULLS LAST, submission.received_at DESC, submission.submission_id DESC
    ) = 1
),

tombstone AS (
    SELECT
        newest.* EXCLUDE (withdrawn_at) REPLACE (
            left(sha256(concat_ws(chr(31), 'withdrawn', newest.submission_id)), 32) AS submission_id,
            greatest(newest.received_at, newest.withdrawn_at) AS received_at,
            'rejected' AS verdict,
            'record.withdrawn' AS rule_id,
            'The record was withdrawn in the survey tool.' AS reason,
            TRUE AS is_deleted
        )
    FROM newest
)

SELECT
    tombstone.*,
    tombstone.submission_id IN (SELECT submission_id FROM raw.submission) AS is_recorded
FROM tombstone
ORDER BY tombstone.survey, tombstone.record_id
