/*
title: Submissions whose verdict depends on something else
grain: one row a submission
definition: >
  Those that break a rule, share an agency and year with another or with one known already, have an id of their own, or
  were written by an earlier run. All others are accepted as the first version of their agency and year.
*/
WITH shared AS (
    SELECT
        agency_id,
        survey_year
    FROM key_in_hand
    GROUP BY agency_id, survey_year
    HAVING count(*) > 1
    UNION ALL
    SELECT
        agency_id,
        survey_year
    FROM known
    WHERE agency_id IS NOT NULL AND survey_year IS NOT NULL
)

SELECT arrived.*
FROM arrived
WHERE
    arrived.agency_id IS NULL
    OR arrived.survey_year IS NULL
    OR arrived.record_id <> ''
    OR arrived.file_no IN (SELECT file_no FROM fault WHERE line = 0)
    OR (arrived.file_no, arrived.line) IN (SELECT (file_no, line) FROM fault WHERE line > 0)
    OR (arrived.agency_id, arrived.survey_year) IN (SELECT (agency_id, survey_year) FROM shared)
    OR arrived.submission_id IN (SELECT submission_id FROM recorded)
