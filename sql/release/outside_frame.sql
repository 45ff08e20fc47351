/*
title: Agencies outside the frame
grain: one row an agency whose answers were accepted in a survey year but that staging.agency does not know
definition: >
  Not of the population that the figures speak for, so it enters none of them. That it is left out is counted, never silent.
*/
SELECT DISTINCT verdict.agency_id
FROM staging.verdict AS verdict
ANTI JOIN staging.agency AS frame
    ON verdict.survey_year = frame.survey_year AND verdict.agency_id = frame.agency_id
WHERE verdict.survey_year = $year AND verdict.verdict = 'accepted' AND verdict.is_current
ORDER BY verdict.agency_id
