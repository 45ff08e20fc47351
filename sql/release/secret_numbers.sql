/*
title: Numbers that must not appear in a release, agencies' parts of each measure and hidden figures
grain: one row a distinct number
*/
SELECT DISTINCT secret_number
FROM (
    SELECT numerator AS secret_number
    FROM benchmark.contribution
    WHERE survey_year = $year
    UNION ALL
    SELECT denominator AS secret_number
    FROM benchmark.contribution
    WHERE survey_year = $year
    UNION ALL
    SELECT numerator / nullif(denominator, 0) AS secret_number
    FROM benchmark.contribution
    WHERE survey_year = $year
    UNION ALL
    SELECT estimate.value AS secret_number
    FROM benchmark.estimate AS estimate
    INNER JOIN published.cell AS cell
        ON
            estimate.survey_year = cell.survey_year
            AND estimate.measure = cell.measure
            AND estimate.category = cell.category
            AND estimate.peer_group = cell.peer_group
            AND estimate.peer_value = cell.peer_value
            AND estimate.statistic = cell.statistic
    WHERE estimate.survey_year = $year AND cell.value IS NULL
) AS numbers
WHERE secret_number IS NOT NULL AND isfinite(secret_number)
ORDER BY secret_number
