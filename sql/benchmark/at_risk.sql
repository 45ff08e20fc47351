/*
title: People and holdings at risk
grain: one row a cell of one survival measure and whole month
definition: >
  How many people, and of how many holdings, were under observation and still there just before each whole month: those
  whose spell has entry < month <= exit, or from the start where entry is 0.
*/
WITH held AS (
    SELECT
        cut.peer_group,
        cut.peer_value,
        spell.holding_id,
        unnest(range(
            CASE WHEN spell.entry_months > 0 THEN cast(floor(spell.entry_months) AS BIGINT) + 1 ELSE 0 END,
            cast(least($last_month, floor(spell.exit_months)) AS BIGINT) + 1
        )) AS at_month
    FROM spell
    INNER JOIN cut
        ON spell.agency_id = cut.agency_id
    WHERE cut.peer_group IN ('all', $band)
)

SELECT
    peer_group,
    peer_value,
    at_month,
    count(*) AS people_at_risk,
    count(DISTINCT holding_id) AS holdings_at_risk
FROM held
GROUP BY peer_group, peer_value, at_month
ORDER BY peer_group, peer_value, at_month
