/*
title: Submissions that have just arrived
grain: one row a submission
definition: >
  A row that could not be cut into answers is a submission all the same, and so is a file that could not be read. A
  submission is named after its file's key and its row, so that a rerun names it again.
*/
WITH line_in_hand AS (
    SELECT
        file_no,
        line,
        agency_id,
        survey_year,
        record_id,
        submitted_at,
        submitted_at_text,
        assumed_zone,
        content_sha256
    FROM key_in_hand
    UNION ALL
    SELECT
        file_no,
        line,
        NULL AS agency_id,
        NULL AS survey_year,
        '' AS record_id,
        NULL AS submitted_at,
        '' AS submitted_at_text,
        '' AS assumed_zone,
        '' AS content_sha256
    FROM lost_line
)

SELECT
    line_in_hand.*,
    line_in_hand.file_no * 4294967296 + line_in_hand.line AS position,
    file_in_hand.source,
    file_in_hand.file_sha256,
    file_in_hand.received_at,
    CASE
        WHEN file_in_hand.is_refused THEN 'file'
        WHEN file_in_hand.place LIKE 'sheet %' THEN file_in_hand.place
        ELSE file_in_hand.place || line_in_hand.line
    END AS locator,
    file_in_hand.file_name,
    file_in_hand.file_key || printf('%08d', line_in_hand.line) AS submission_id
FROM line_in_hand
JOIN file_in_hand USING (file_no)
