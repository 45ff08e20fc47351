/*
title: Submissions that are erased
grain: one row a submission, with the agency's id as it stands afterwards
definition: >
  The agency's own, those of files that are its alone, and those in the files of several that nobody could attribute
  but that hold its texts. A row cut wrongly may hold a text where the agency's id should be.
*/
SELECT
    submission.submission_id,
    submission.file_sha256,
    submission.survey,
    CASE WHEN agency_id <> $agency THEN $erased ELSE agency_id END AS agency_id
FROM raw.submission AS submission
WHERE
    agency_id = $agency
    OR (
        agency_id IS NULL
        AND (
            list_contains($own_files, file_sha256)
            OR list_contains($told, submission_id)
        )
    )
    OR len(list_filter($traces, LAMBDA trace: contains(agency_id, trace))) > 0
    OR (agency_id = $erased AND list_contains($own_files, file_sha256))
