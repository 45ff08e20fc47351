/*
title: Files in hand whose submissions an earlier run wrote already
grain: one row a file
*/
SELECT DISTINCT left(submission_id, 24) AS file_key
FROM raw.submission
WHERE left(submission_id, 24) IN (SELECT file_key FROM file_in_hand)
