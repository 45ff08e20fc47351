/*
title: Submissions that do not say who answers, or for which year, or answer nothing
grain: one row a fault
*/
SELECT
    file_no,
    line,
    $agency AS column_name,
    '' AS seen,
    'key.agency' AS rule_id
FROM key_in_hand
WHERE agency_id IS NULL
UNION ALL
SELECT
    file_no,
    line,
    $year AS column_name,
    coalesce(year_text, '') AS seen,
    'key.year' AS rule_id
FROM key_in_hand
WHERE survey_year IS NULL
UNION ALL
SELECT
    file_no,
    line,
    '' AS column_name,
    '' AS seen,
    'row.empty' AS rule_id
FROM key_in_hand
WHERE is_unanswered
