/*
title: Submissions of one survey year by survey and verdict
grain: one row a survey
*/
SELECT
    survey,
    count(*) AS received_count,
    count(*) FILTER (WHERE verdict = 'accepted') AS accepted_count,
    count(*) FILTER (WHERE verdict = 'parked') AS parked_count,
    count(*) FILTER (WHERE verdict = 'rejected') AS rejected_count,
    count(*) FILTER (WHERE verdict = 'duplicate') AS duplicate_count
FROM staging.verdict
WHERE survey_year = $year
GROUP BY survey
ORDER BY survey
