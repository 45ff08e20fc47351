/*
title: People and holdings at risk
grain: one row a survival measure, peer group, peer value and whole month
definition: >
  How many people, and of how many holdings, were under observation and still there just before each whole month: those
  whose spell (view spell_cut, one row a spell and cut) has entry < month <= exit, or from the start where entry is 0.
*/
WITH held AS (
    SELECT
        measure,
        peer_group,
        peer_value,
        holding_id,
        unnest(range(
            CASE WHEN entry_months > 0 THEN CAST(floor(entry_months) AS BIGINT) + 1 ELSE 0 END,
            CAST(least($last_month, floor(exit_months)) AS BIGINT) + 1
        )) AS month
    FROM spell_cut
)

SELECT
    measure,
    peer_group,
    peer_value,
    month,
    count(*) AS people_at_risk,
    count(DISTINCT holding_id) AS holdings_at_risk
FROM held
GROUP BY measure, peer_group, peer_value, month
ORDER BY measure, peer_group, peer_value, month
