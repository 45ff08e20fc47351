/*
title: Cells that an agency is in
grain: one row an agency of the year's frame and cell
definition: The cuts of a year by the numbers of agencies and cells, since grouping by names costs several times as much.
*/
SELECT
    frame_agency.unit,
    cut.agency_id,
    cell.cell
FROM cut
INNER JOIN cell
    ON cut.peer_group = cell.peer_group AND cut.peer_value = cell.peer_value
INNER JOIN frame_agency
    ON cut.agency_id = frame_agency.agency_id
ORDER BY cell.cell, frame_agency.unit
