/*
title: What rules noted
grain: one row a rule of severity note that current answers broke
definition: >
  Notes need no answer from the agency, but they say why something of it enters no figure, such as a period that is too
  short or an amount in a currency whose rate is not known.
*/
SELECT
    parked.rule_id,
    count(DISTINCT parked.submission_id) AS submission_count,
    any_value(parked.message) AS meaning
FROM staging.parked AS parked
INNER JOIN staging.verdict AS verdict
    ON parked.submission_id = verdict.submission_id AND parked.survey_year = verdict.survey_year
WHERE parked.survey_year = $year AND parked.severity = 'note' AND verdict.verdict = 'accepted' AND verdict.is_current
GROUP BY parked.rule_id
ORDER BY parked.rule_id
