/*
title: Who answered in the files that others may be compared with
grain: one row a file, agency and year
definition: The files known already of the same source, of file number 0; and each file in hand.
*/
SELECT
    0 AS file_no,
    file_sha256,
    agency_id,
    survey_year,
    max(received_at) AS received_at
FROM raw.submission
WHERE
    survey = $survey
    AND source IN (SELECT source FROM file_in_hand)
    AND NOT is_deleted
    AND verdict <> 'rejected'
    AND agency_id IS NOT NULL
    AND survey_year IS NOT NULL
    AND ($low IS NULL OR agency_id >= $low)
    AND ($high IS NULL OR agency_id < $high)
    AND file_sha256 NOT IN (SELECT file_sha256 FROM file_in_hand)
GROUP BY file_sha256, agency_id, survey_year
UNION ALL
SELECT
    file_no,
    file_sha256,
    agency_id,
    survey_year,
    NULL AS received_at
FROM mine
