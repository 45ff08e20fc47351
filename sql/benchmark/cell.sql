/*
title: Contributors of every cell
grain: one row a measure, category, peer group and peer value
definition: >
  Contributors, holdings, people, and how the weighted total is shared among holdings: what the largest holds of it, and
  what all but the two largest hold over the largest. Sums are exact decimals, so that they do not depend on the order of
  rows or the number of threads. Sizes count without their sign.
*/
WITH held AS (
    SELECT
        part.measure,
        part.category,
        cut.peer_group,
        cut.peer_value,
        part.holding_id,
        count(*) AS agencies_count,
        sum(part.people) AS people,
        abs(sum(cast(part.weight AS DECIMAL(19, 9)) * cast(part.numerator AS DECIMAL(19, 6)))) AS size
    FROM contribution AS part
    INNER JOIN cut
        ON part.agency_id = cut.agency_id
    GROUP BY part.measure, part.category, cut.peer_group, cut.peer_value, part.holding_id
),

totalled AS (
    SELECT
        measure,
        category,
        peer_group,
        peer_value,
        cast(sum(agencies_count) AS BIGINT) AS contributors,
        count(*) AS holdings,
        cast(sum(people) AS BIGINT) AS people,
        sum(size) AS total,
        max(size, 2) AS two_largest
    FROM held
    GROUP BY measure, category, peer_group, peer_value
)

SELECT
    measure,
    category,
    peer_group,
    peer_value,
    contributors,
    holdings,
    people,
    cast(two_largest[1] AS DOUBLE) / nullif(cast(total AS DOUBLE), 0) AS largest_share,
    cast(total - two_largest[1] - coalesce(two_largest[2], 0) AS DOUBLE)
    / nullif(cast(two_largest[1] AS DOUBLE), 0) AS p_percent_excess
FROM totalled
ORDER BY measure, category, peer_group, peer_value
