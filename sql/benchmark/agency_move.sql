/*
title: People moving, by agency and month
grain: one row an agency and month of one survival measure
definition: >
  The one scan of the spells that serves all cuts: people entering observation, leaving it and ending their spell in each
  month, of each agency. Someone there from the start enters before month 0, so that whoever leaves in month 0 was at risk.
  Weights are whole numbers or decimals, so sums do not depend on the order of rows.
*/
SELECT
    agency_id,
    exit_months AS at_months,
    0 AS entering,
    sum(weight) AS leaving,
    sum(CASE WHEN has_ended THEN weight ELSE 0 END) AS ending
FROM spell
GROUP BY agency_id, exit_months
UNION ALL
SELECT
    agency_id,
    CASE WHEN entry_months > 0 THEN entry_months ELSE -1 END AS at_months,
    sum(weight) AS entering,
    0 AS leaving,
    0 AS ending
FROM spell
GROUP BY agency_id, CASE WHEN entry_months > 0 THEN entry_months ELSE -1 END
