/*
title: Submissions known already that the ones in hand may repeat or replace
grain: one row a submission of the same survey
*/
WITH named AS (
    SELECT
        file_sha256,
        source,
        survey,
        min(file_name) AS file_name
    FROM raw.file
    GROUP BY file_sha256, source, survey
),

gone AS (
    SELECT DISTINCT submission.submission_id
    FROM raw.submission AS submission
    INNER JOIN raw.submission AS tombstone
        ON
            tombstone.is_deleted
            AND submission.survey = tombstone.survey
            AND submission.source = tombstone.source
            AND submission.record_id = tombstone.record_id
            AND submission.received_at <= tombstone.received_at
            AND coalesce(submission.version, 0) <= coalesce(tombstone.version, 0)
    WHERE submission.record_id <> ''
)

SELECT
    submission.survey_year,
    submission.agency_id,
    submission.version,
    submission.verdict,
    submission.content_sha256,
    submission.submitted_at,
    submission.received_at,
    CASE
        -- What was withdrawn is repeated by nobody: a record that comes back says it anew.
        WHEN gone.submission_id IS NOT NULL THEN NULL
        WHEN coalesce(submission.record_id, '') <> '' THEN submission.source || chr(31) || submission.record_id
        WHEN submission.agency_id IS NOT NULL AND submission.survey_year IS NOT NULL
            THEN submission.agency_id || chr(31) || submission.survey_year
    END AS chain,
    submission.locator || ' of ' || coalesce(named.file_name, 'an earlier file') AS told,
    row_number() OVER (ORDER BY submission.received_at, submission.version, submission.submission_id) AS position
FROM raw.submission AS submission
LEFT JOIN named USING (file_sha256, source, survey)
LEFT JOIN gone ON submission.submission_id = gone.submission_id
WHERE
    submission.survey = $survey
    AND NOT submission.is_deleted
    AND submission.verdict IN ('accepted', 'parked')
    AND left(submission.submission_id, 24) NOT IN (SELECT file_key FROM file_in_hand)
    AND (
        (
            submission.agency_id IN (SELECT agency_id FROM asking WHERE agency_id IS NOT NULL)
            AND submission.survey_year IN (SELECT survey_year FROM asking WHERE survey_year IS NOT NULL)
        )
        OR submission.record_id IN (SELECT record_id FROM asking WHERE record_id <> '')
    )
