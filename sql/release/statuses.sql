/*
title: Published figures of one survey year by measure and status
grain: one row a measure and status
*/
SELECT
    measure,
    status,
    count(*) AS cell_count,
    count(*) FILTER (WHERE value IS NULL AND status <> '') AS hidden_count
FROM published.cell
WHERE survey_year = $year
GROUP BY measure, status
ORDER BY measure, status
