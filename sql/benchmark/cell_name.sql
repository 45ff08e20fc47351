/*
title: Cells by number
grain: one row a peer group and value that an agency of the year is in
definition: A whole number for every cell of all cuts, since grouping by numbers is cheap.
*/
WITH named AS (
    SELECT DISTINCT
        peer_group,
        peer_value
    FROM cut
)

SELECT
    cast(row_number() OVER (ORDER BY peer_group, peer_value) AS INTEGER) AS cell,
    peer_group,
    peer_value
FROM named
ORDER BY cell
