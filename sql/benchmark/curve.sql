/*
title: Survival curves
grain: one row a survival measure, peer group, peer value and whole month
definition: >
  Kaplan-Meier with delayed entry, weighted to the frame: the share still there after each whole month up to the last one
  asked for that anybody was followed to, and the people and holdings at risk in it. Someone is at risk at month t where
  entry < t <= exit, and from the start where entry is 0. Weights are decimals, so running sums are exact; logarithms are
  added in the order of months.
*/
WITH person AS (
    SELECT
        spell.measure,
        cut.peer_group,
        cut.peer_value,
        spell.holding_id,
        CASE WHEN spell.entry_months > 0 THEN spell.entry_months ELSE -1 END AS entry_months,
        spell.exit_months,
        spell.has_ended,
        spell.weight
    FROM spell
    INNER JOIN cut
        ON spell.agency_id = cut.agency_id
    WHERE cut.peer_group IN ('all', $band)
),

move AS (
    SELECT
        measure,
        peer_group,
        peer_value,
        entry_months AS at_months,
        weight AS entering,
        0 AS leaving,
        0 AS ending
    FROM person
    UNION ALL
    SELECT
        measure,
        peer_group,
        peer_value,
        exit_months AS at_months,
        0 AS entering,
        weight AS leaving,
        CASE WHEN has_ended THEN weight ELSE 0 END AS ending
    FROM person
),

moment AS (
    SELECT
        measure,
        peer_group,
        peer_value,
        at_months,
        sum(ending) AS ended,
        sum(sum(entering) - sum(leaving)) OVER (
            PARTITION BY measure, peer_group, peer_value
            ORDER BY at_months
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS at_risk
    FROM move
    GROUP BY measure, peer_group, peer_value, at_months
),

curve AS (
    SELECT
        measure,
        peer_group,
        peer_value,
        at_months,
        exp(sum(ln(CASE WHEN ended >= at_risk THEN 1e-300 ELSE 1 - CAST(ended AS DOUBLE) / CAST(at_risk AS DOUBLE) END)) OVER (
            PARTITION BY measure, peer_group, peer_value
            ORDER BY at_months
        )) AS share
    FROM moment
    WHERE ended > 0 AND at_risk > 0
),

followed AS (
    SELECT
        measure,
        peer_group,
        peer_value,
        unnest(range(CAST(least($last_month, floor(max(exit_months))) AS BIGINT) + 1)) AS month
    FROM person
    GROUP BY measure, peer_group, peer_value
),

risk AS (
    SELECT
        followed.measure,
        followed.peer_group,
        followed.peer_value,
        followed.month,
        count(*) AS people_at_risk,
        count(DISTINCT person.holding_id) AS holdings_at_risk
    FROM followed
    INNER JOIN person
        ON
            followed.measure = person.measure
            AND followed.peer_group = person.peer_group
            AND followed.peer_value = person.peer_value
            AND person.entry_months < followed.month
            AND followed.month <= person.exit_months
    GROUP BY followed.measure, followed.peer_group, followed.peer_value, followed.month
)

SELECT
    followed.measure,
    followed.peer_group,
    followed.peer_value,
    followed.month,
    coalesce(CASE WHEN curve.share < 1e-200 THEN 0 ELSE curve.share END, 1.0) AS share,
    coalesce(risk.people_at_risk, 0) AS people_at_risk,
    coalesce(risk.holdings_at_risk, 0) AS holdings_at_risk
FROM followed
ASOF LEFT JOIN curve
    ON
        followed.measure = curve.measure
        AND followed.peer_group = curve.peer_group
        AND followed.peer_value = curve.peer_value
        AND followed.month >= curve.at_months
LEFT JOIN risk
    ON
        followed.measure = risk.measure
        AND followed.peer_group = risk.peer_group
        AND followed.peer_value = risk.peer_value
        AND followed.month = risk.month
ORDER BY followed.measure, followed.peer_group, followed.peer_value, followed.month
