/*
title: Contributors and effective sample size of each measure's widest published figure
grain: one row a measure with a figure shown for all contributors
*/
SELECT
    cell.measure,
    max(cell.contributors) AS contributors,
    max(cell.people) AS people,
    max(round(estimate.effective_n, 0))::BIGINT AS effective_count,
    max(round(estimate.contributors / nullif(estimate.effective_n, 0), 2)) AS design_effect
FROM published.cell AS cell
LEFT JOIN benchmark.estimate AS estimate
    ON
        cell.survey_year = estimate.survey_year
        AND cell.measure = estimate.measure
        AND cell.category = estimate.category
        AND cell.peer_group = estimate.peer_group
        AND cell.peer_value = estimate.peer_value
        AND cell.statistic = estimate.statistic
WHERE
    cell.survey_year = $year
    AND cell.peer_group = 'all'
    AND cell.value IS NOT NULL
GROUP BY cell.measure
ORDER BY cell.measure
