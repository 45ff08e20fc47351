/*
title: Cells by number
grain: one row a peer group and value that an agency of the year is in
definition: A whole number for every cell of the cuts asked for, since grouping by numbers is cheap.
*/
WITH named AS (
    SELECT DISTINCT
        peer_group,
        peer_value
    FROM cut
    WHERE $wanted IS NULL OR peer_group IN ('all', $wanted)
)

SELECT
    cast(row_number() OVER (ORDER BY peer_group, peer_value) AS INTEGER) AS cell,
    peer_group,
    peer_value
FROM named
