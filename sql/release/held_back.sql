/*
title: Restatements held back, where the earlier figure stands because the newer one would give somebody away
grain: one row a measure, peer value and reason
*/
SELECT
    measure,
    peer_group,
    peer_value,
    string_agg(DISTINCT statistic, ', ' ORDER BY statistic) AS statistics,
    count(*) AS figure_count,
    regexp_replace(detail, '^the restatement is held back: ', '') AS why
FROM published.decision
WHERE survey_year = $year AND reason = 'revision'
GROUP BY measure, peer_group, peer_value, detail
ORDER BY measure, peer_group, peer_value, why
