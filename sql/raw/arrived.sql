/*
title: Submissions that have just arrived
grain: one row a submission, in the order of their files and rows
definition: >
  A row that could not be cut into answers is a submission all the same, and so is a file that could not be read.
*/
WITH line_in_hand AS (
    SELECT
        file_no,
        line
    FROM key_in_hand
    UNION
    SELECT
        file_no,
        line
    FROM fault WHERE line > 0
    UNION
    SELECT
        file_no,
        0 AS line
    FROM file_in_hand WHERE is_refused
)

SELECT
    line_in_hand.file_no,
    line_in_hand.line,
    line_in_hand.file_no * 4294967296 + line_in_hand.line AS position,
    file_in_hand.source,
    file_in_hand.file_sha256,
    file_in_hand.received_at,
    file_in_hand.form_version,
    key_in_hand.agency_id,
    key_in_hand.survey_year,
    coalesce(key_in_hand.record_id, '') AS record_id,
    moment.submitted_at,
    coalesce(key_in_hand.submitted_at_text, '') AS submitted_at_text,
    coalesce(moment.assumed_zone, '') AS assumed_zone,
    coalesce(key_in_hand.content_sha256, '') AS content_sha256,
    CASE
        WHEN file_in_hand.is_refused THEN 'file'
        WHEN file_in_hand.place LIKE 'sheet %' THEN file_in_hand.place
        ELSE file_in_hand.place || line_in_hand.line
    END AS locator,
    CASE
        WHEN file_in_hand.place LIKE 'sheet %' THEN file_in_hand.place
        ELSE file_in_hand.place || line_in_hand.line
    END || ' of ' || file_in_hand.file_name AS told,
    left(
        sha256(
            concat_ws(
                chr(31), file_in_hand.source, $survey, file_in_hand.file_sha256, file_in_hand.file_name, line_in_hand.line
            )
        ),
        32
    ) AS submission_id
FROM line_in_hand
JOIN file_in_hand USING (file_no)
LEFT JOIN key_in_hand USING (file_no, line)
LEFT JOIN moment USING (file_no, line)
