/*
title: How many agencies and years a file names
grain: one row a file
*/
SELECT
    file_no,
    file_sha256,
    count(*) AS names
FROM earlier
GROUP BY file_no, file_sha256
