/*
title: Frame counts
grain: one row a column of the frame and value
definition: Agencies of the frame in a survey year by each column, which weights and the finite population are made of.
*/
SELECT
    peer_column,
    peer_value,
    count(*) AS agencies_count
FROM frame_value
WHERE survey_year = $survey_year
GROUP BY peer_column, peer_value
ORDER BY peer_column, peer_value
