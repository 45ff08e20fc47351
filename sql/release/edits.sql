/*
title: Broken rules of one survey year by severity, and corrections sent back
grain: one row a kind of edit
*/
SELECT
    edit_kind,
    count(*) AS edit_count
FROM (
    SELECT severity AS edit_kind
    FROM staging.parked
    WHERE survey_year = $year
    UNION ALL
    SELECT kind AS edit_kind
    FROM raw.correction
    WHERE survey_year = $year
) AS edits
GROUP BY edit_kind
ORDER BY edit_kind
