/*
title: Rows without any answer to be taken
grain: one row a submission
definition: A row that could not be cut into answers, and a file that could not be read.
*/
WITH found AS (
    SELECT DISTINCT
        file_no,
        line
    FROM found_fault
    WHERE line > 0
    UNION ALL
    SELECT
        file_no,
        0 AS line
    FROM file_in_hand WHERE is_refused
)

SELECT
    found.file_no,
    found.line,
    NULL::VARCHAR AS agency_id,
    NULL::BIGINT AS survey_year,
    '' AS record_id,
    NULL::TIMESTAMPTZ AS submitted_at,
    '' AS submitted_at_text,
    '' AS assumed_zone,
    '' AS content_sha256
FROM found
ANTI JOIN line_in_hand ON found.file_no * 4294967296 + found.line = line_in_hand.position
