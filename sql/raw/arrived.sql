/*
title: Submissions that have just arrived
grain: one row a submission
definition: >
  A row that could not be cut into answers is a submission all the same, and so is a file that could not be read. A
  submission is named after its file's key and its row, so that a rerun names it again.
*/
SELECT
    key_in_hand.*,
    key_in_hand.file_no * 4294967296 + key_in_hand.line AS position,
    file_in_hand.source,
    file_in_hand.received_at,
    CASE WHEN file_in_hand.is_whole THEN file_in_hand.place ELSE file_in_hand.place || key_in_hand.line END
    || ' of ' || file_in_hand.file_name AS told,
    file_in_hand.file_key || printf('%08d', key_in_hand.line) AS submission_id
FROM key_in_hand
JOIN file_in_hand USING (file_no)
