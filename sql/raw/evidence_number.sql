/*
title: What a file's numbers say about its separators
grain: one row a file, over the cells of one question
*/
SELECT
    file_no,
    bool_or(
        regexp_full_match(text, '-?(\d{0,3}(\.\d{3})*|0|\d{4,}),(\d{1,2}|\d{4,})|-?0,\d+|-?\d{1,3}(\.\d{3})+,\d+|-?\d{1,3}(\.\d{3}){2,}')
    ) AS has_comma,
    bool_or(
        regexp_full_match(text, '-?(\d{0,3}(,\d{3})*|0|\d{4,})\.(\d{1,2}|\d{4,})|-?0\.\d+|-?\d{1,3}(,\d{3})+\.\d+|-?\d{1,3}(,\d{3}){2,}')
    ) AS has_point
FROM (
    SELECT
        file_no,
        regexp_replace(raw_text, '[£$€%\s\x{00A0}]|[A-Z]{3}', '', 'g') AS text
    FROM cell
    WHERE (contains(raw_text, ',') OR contains(raw_text, '.')) AND NOT starts_with(raw_text, chr(2))
)
GROUP BY file_no
