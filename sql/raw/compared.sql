/*
title: What a file says anew, compared with the file before it
grain: one row an agency and year that is new, changed or gone
*/
SELECT
    compared_with.file_no,
    compared_with.file_sha256 AS compared_with,
    CASE WHEN earlier.agency_id IS NULL THEN 'new' ELSE 'changed' END AS kind,
    mine.agency_id,
    mine.survey_year
FROM mine
JOIN compared_with USING (file_no)
LEFT JOIN earlier
    ON
        compared_with.file_sha256 = earlier.file_sha256
        AND compared_with.earlier_no = earlier.file_no
        AND mine.agency_id = earlier.agency_id
        AND mine.survey_year = earlier.survey_year
WHERE earlier.agency_id IS NULL OR NOT mine.is_same
UNION ALL
SELECT
    compared_with.file_no,
    compared_with.file_sha256 AS compared_with,
    'gone' AS kind,
    earlier.agency_id,
    earlier.survey_year
FROM earlier
JOIN compared_with ON earlier.file_sha256 = compared_with.file_sha256 AND earlier.file_no = compared_with.earlier_no
ANTI JOIN mine
    ON
        mine.file_no = compared_with.file_no
        AND mine.agency_id = earlier.agency_id
        AND mine.survey_year = earlier.survey_year
ORDER BY ALL
