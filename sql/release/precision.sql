/*
title: Contributors and effective sample size of each measure's widest published figure
grain: one row a measure with a figure shown for all contributors
*/
SELECT
    cell.measure,
    max(cell.contributors) AS contributors,
    max(cell.people) AS people,
    CAST(max(round(estimate.effective_n, 0)) AS BIGINT) AS effective_count
FROM published.cell AS cell
LEFT JOIN benchmark.estimate AS estimate
    ON
        estimate.survey_year = cell.survey_year
        AND estimate.measure = cell.measure
        AND estimate.category = cell.category
        AND estimate.peer_group = cell.peer_group
        AND estimate.peer_value = cell.peer_value
        AND estimate.statistic = cell.statistic
WHERE
    cell.survey_year = $year
    AND cell.peer_group = 'all'
    AND cell.value IS NOT NULL
GROUP BY cell.measure
ORDER BY cell.measure
