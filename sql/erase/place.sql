/*
title: Where in their files an erased agency's submissions stand
grain: one row a file and locator
*/
SELECT
    file_sha256,
    locator
FROM raw.submission
INNER JOIN erased_submission USING (submission_id, file_sha256)
UNION
SELECT
    erased_submission.file_sha256,
    answer.locator
FROM raw.answer AS answer
INNER JOIN erased_submission USING (submission_id)
ORDER BY ALL
