/*
title: Middle halves that last year's newest standing release shows
grain: one row a measure, peer group and value whose two quartiles are both shown
definition: >
  What stands here was published; it is all that a query may say of others. $last_year is the survey year before the
  one that is validated, $retracted are the releases whose figures were withdrawn.
*/
WITH newest AS (
    SELECT release
    FROM ledger.release
    WHERE survey_year = $last_year AND NOT list_contains($retracted, release)
    ORDER BY recorded_at DESC, release DESC
    LIMIT 1
),

shown AS (
    SELECT
        cell.release,
        cell.measure,
        cell.peer_group,
        cell.peer_value,
        max(cell.display) FILTER (WHERE cell.statistic = 'p25') AS lower_display,
        max(cell.display) FILTER (WHERE cell.statistic = 'p75') AS upper_display,
        max(cell.row_id) AS row_id
    FROM ledger.cell AS cell
    INNER JOIN newest USING (release)
    WHERE
        cell.survey_year = $last_year
        AND cell.statistic IN ('p25', 'p75')
        AND coalesce(cell.reason, '') = ''
        AND coalesce(cell.basis, '') = ''
        AND coalesce(cell.category, '') = ''
    GROUP BY cell.release, cell.measure, cell.peer_group, cell.peer_value
    HAVING count(DISTINCT cell.statistic) = 2
)

SELECT
    shown.release,
    shown.measure,
    shown.peer_group,
    shown.peer_value,
    shown.lower_display,
    shown.upper_display,
    list(DISTINCT participation.holding_id) AS holdings
FROM shown
INNER JOIN ledger.participation AS participation USING (row_id)
GROUP BY ALL
ORDER BY shown.measure, shown.peer_group, shown.peer_value
