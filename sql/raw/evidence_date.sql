/*
title: What a file's dates say about the order of day and month
grain: one row a file, over the cells of one question
*/
SELECT
    file_no,
    bool_or(first > 12 AND second <= 12) AS day_first,
    bool_or(second > 12 AND first <= 12) AS month_first
FROM (
    SELECT
        file_no,
        try_cast(regexp_extract(raw_text, '^\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}', 1) AS INTEGER) AS first,
        try_cast(regexp_extract(raw_text, '^\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}', 2) AS INTEGER) AS second
    FROM cell
    WHERE raw_text <> '' AND raw_text NOT LIKE '____-__-__%'
)
GROUP BY file_no
