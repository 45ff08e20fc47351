/*
title: Agencies and years in hand that are known already
grain: one row a mark, the hash of an agency and a year
*/
SELECT DISTINCT hash(agency_id, survey_year) AS mark
FROM raw.submission
WHERE
    survey = $survey
    AND NOT is_deleted
    AND verdict IN ('accepted', 'parked')
    AND hash(agency_id, survey_year) IN (SELECT mark FROM mark_in_hand)
ORDER BY mark
