/*
title: Records of a source that are known and not withdrawn
grain: one row
*/
SELECT count(DISTINCT submission.record_id) AS record_count
FROM raw.submission AS submission
WHERE
    submission.source = $source
    AND submission.survey = $survey
    AND submission.record_id <> ''
    AND NOT submission.is_deleted
    AND NOT EXISTS (
        SELECT 1
        FROM raw.submission AS tombstone
        WHERE
            tombstone.is_deleted
            AND tombstone.survey = submission.survey
            AND tombstone.source = submission.source
            AND tombstone.record_id = submission.record_id
            AND tombstone.received_at >= submission.received_at
            AND coalesce(tombstone.version, 0) >= coalesce(submission.version, 0)
    )
