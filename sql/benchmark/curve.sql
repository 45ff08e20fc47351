/*
title: Survival curves
grain: one row a cell of one survival measure and whole month
definition: >
  Kaplan-Meier with delayed entry, weighted to the frame: the share still there after each whole month up to the last one
  asked for that anybody was followed to. Reads cell_move, the people entering, leaving and ending by month of every cell.
  Someone is at risk at month t where entry < t <= exit, and from the start where entry is 0. Weights are decimals, so
  running sums are exact; logarithms are added in the order of months.
*/
WITH moment AS (
    SELECT
        cell,
        at_months,
        ending AS ended,
        sum(entering - leaving) OVER (
            PARTITION BY cell
            ORDER BY at_months
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS at_risk
    FROM cell_move
),

curve AS (
    SELECT
        cell,
        at_months,
        exp(sum(ln(CASE WHEN ended >= at_risk THEN 1e-300 ELSE 1 - cast(ended AS DOUBLE) / cast(at_risk AS DOUBLE) END)) OVER (
            PARTITION BY cell
            ORDER BY at_months
        )) AS still_there
    FROM moment
    WHERE ended > 0 AND at_risk > 0
),

traced AS (
    SELECT
        cell,
        unnest(range(cast(least($last_month, floor(max(at_months))) AS BIGINT) + 1)) AS at_month
    FROM cell_move
    WHERE leaving > 0
    GROUP BY cell
)

SELECT
    cell.peer_group,
    cell.peer_value,
    traced.at_month,
    coalesce(CASE WHEN curve.still_there < 1e-200 THEN 0 ELSE curve.still_there END, 1.0) AS still_there
FROM traced
INNER JOIN cell
    ON traced.cell = cell.cell
ASOF LEFT JOIN curve
    ON traced.cell = curve.cell AND traced.at_month >= curve.at_months
ORDER BY cell.peer_group, cell.peer_value, traced.at_month
