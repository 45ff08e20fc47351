/*
title: Cuts of the frame
grain: one row an agency of the frame, year and peer group it belongs to
definition: >
  Every agency of the frame once for each declared cut, so that one scan of a measure's contributions serves all peer
  groups. The list of cuts is the table cut_column (peer_group, first_column, second_column); frame_value holds each
  agency's value of every column. An agency without a value of a cut is in none of its groups.
*/
SELECT
    whole.survey_year,
    whole.agency_id,
    'all' AS peer_group,
    'all' AS peer_value
FROM staging.agency AS whole
UNION ALL
SELECT
    first_value.survey_year,
    first_value.agency_id,
    cut_column.peer_group,
    CASE
        WHEN cut_column.second_column IS NULL THEN first_value.peer_value
        ELSE first_value.peer_value || ' x ' || second_value.peer_value
    END AS peer_value
FROM cut_column
INNER JOIN frame_value AS first_value
    ON cut_column.first_column = first_value.peer_column
LEFT JOIN frame_value AS second_value
    ON
        cut_column.second_column = second_value.peer_column
        AND first_value.survey_year = second_value.survey_year
        AND first_value.agency_id = second_value.agency_id
WHERE cut_column.second_column IS NULL OR second_value.peer_value IS NOT NULL
