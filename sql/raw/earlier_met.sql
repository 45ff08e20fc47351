/*
title: How many agencies and years of a file in hand an earlier file names too
grain: one row a file and earlier file
*/
SELECT
    mine.file_no,
    earlier.file_no AS earlier_no,
    earlier.file_sha256,
    max(earlier.received_at) AS received_at,
    count(*) AS named
FROM mine
JOIN earlier
    ON
        mine.agency_id = earlier.agency_id
        AND mine.survey_year = earlier.survey_year
        AND mine.file_sha256 <> earlier.file_sha256
        AND earlier.file_no < mine.file_no
GROUP BY mine.file_no, earlier.file_no, earlier.file_sha256
