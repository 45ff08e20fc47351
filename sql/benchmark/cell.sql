/*
title: Contributors of every cell
grain: one row a measure (by number), peer group and peer value
definition: >
  Agencies are joined to the numbers of their cells (agency_cell), so that one scan of the contributions serves
  all cuts. Contributors, holdings, people, and how the weighted total is shared among holdings: what the largest holds,
  and what all but the two largest hold over the largest. Sums are exact decimals, so that they do not depend on the order of
  rows or the number of threads. Sizes count without their sign.
*/
WITH sized AS MATERIALIZED (
    SELECT
        measure,
        unit,
        holding,
        people,
        cast(weight AS DECIMAL(19, 9)) * cast(numerator AS DECIMAL(19, 6)) AS size
    FROM contribution
),

held AS (
    SELECT
        part.measure,
        agency_cell.cell,
        part.holding,
        count(*) AS agencies_count,
        sum(part.people) AS people,
        abs(sum(part.size)) AS size
    FROM sized AS part
    INNER JOIN agency_cell
        ON part.unit = agency_cell.unit
    GROUP BY part.measure, agency_cell.cell, part.holding
),

totalled AS (
    SELECT
        measure,
        cell,
        cast(sum(agencies_count) AS BIGINT) AS contributors,
        count(*) AS holdings,
        cast(sum(people) AS BIGINT) AS people,
        sum(size) AS total,
        max(size, 2) AS two_largest
    FROM held
    GROUP BY measure, cell
)

SELECT
    totalled.measure,
    cell.peer_group,
    cell.peer_value,
    totalled.contributors,
    totalled.holdings,
    totalled.people,
    cast(totalled.two_largest[1] AS DOUBLE) / nullif(cast(totalled.total AS DOUBLE), 0) AS largest_share,
    cast(totalled.total - totalled.two_largest[1] - coalesce(totalled.two_largest[2], 0) AS DOUBLE)
    / nullif(cast(totalled.two_largest[1] AS DOUBLE), 0) AS p_percent_excess
FROM totalled
INNER JOIN cell
    ON totalled.cell = cell.cell
ORDER BY totalled.measure, cell.peer_group, cell.peer_value
