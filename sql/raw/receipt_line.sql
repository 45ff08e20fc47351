/*
title: What happened to every line
grain: one row a run of neighbouring lines of a file with the same verdict for the same reason
*/
WITH marked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY file_no ORDER BY position)
        - row_number() OVER (PARTITION BY file_no, verdict, reason ORDER BY position) AS run
    FROM settled
)

SELECT
    file_no,
    min(line) AS first_line,
    max(line) AS last_line,
    count(*) AS submissions,
    arg_min(locator, position) AS first_locator,
    arg_max(locator, position) AS last_locator,
    verdict,
    rule_id,
    reason
FROM marked
GROUP BY file_no, verdict, rule_id, reason, run
ORDER BY file_no, min(position)
