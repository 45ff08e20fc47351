/*
title: What happened to every line
grain: one row a run of neighbouring lines of a file with the same verdict for the same reason
*/
SELECT
    first.file_no,
    first.line AS first_line,
    last.line AS last_line,
    run.submissions,
    first.locator AS first_locator,
    last.locator AS last_locator,
    first.verdict,
    first.rule_id,
    first.reason
FROM run
JOIN settled AS first ON run.first_position = first.position
JOIN settled AS last ON run.last_position = last.position
ORDER BY first.position
