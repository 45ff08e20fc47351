/*
title: Files all of whose submissions depend on something else
grain: one row a file
definition: Those with a fault of the whole file, and those that an earlier run began to write.
*/
SELECT file_no
FROM fault
WHERE line = 0
UNION
SELECT file_no
FROM file_in_hand
WHERE file_key IN (SELECT left(submission_id, 24) FROM recorded)
