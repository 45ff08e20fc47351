/*
title: People moving, by cell and month
grain: one row a cell of a cut and month, of one survival measure
definition: >
  Adds agency_move up to every cell that an agency is in: those of all agencies and of the peer group $wanted, or of every
  one where it is blank. agency_cell has a number a cell and agency: whole numbers, since grouping by the names of peer
  groups costs several times as much.
*/
SELECT
    agency_cell.cell,
    agency_move.at_months,
    sum(agency_move.entering) AS entering,
    sum(agency_move.leaving) AS leaving,
    sum(agency_move.ending) AS ending
FROM agency_move
INNER JOIN agency_cell
    ON agency_move.agency_id = agency_cell.agency_id
INNER JOIN cell
    ON agency_cell.cell = cell.cell
WHERE $wanted IS NULL OR cell.peer_group IN ('all', $wanted)
GROUP BY agency_cell.cell, agency_move.at_months
