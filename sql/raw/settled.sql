/*
title: Who answers in the files in hand
grain: one row a file, agency and year
*/
SELECT
    settled_now.file_no,
    file_in_hand.file_sha256,
    settled_now.agency_id,
    settled_now.survey_year,
    bool_and(settled_now.is_same) AS is_same
FROM settled_now
JOIN file_in_hand USING (file_no)
GROUP BY settled_now.file_no, file_in_hand.file_sha256, settled_now.agency_id, settled_now.survey_year
