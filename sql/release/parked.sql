/*
title: What is still parked of one survey year
grain: one row a survey and rule
*/
SELECT
    verdict.survey,
    coalesce(parked.rule_id, 'intake') AS rule_id,
    count(DISTINCT verdict.submission_id) AS submission_count,
    min(coalesce(parked.message, verdict.reason)) AS message
FROM staging.verdict AS verdict
LEFT JOIN staging.parked AS parked
    ON verdict.submission_id = parked.submission_id AND parked.severity = 'fail'
WHERE verdict.survey_year = $year AND verdict.verdict = 'parked'
GROUP BY verdict.survey, parked.rule_id
ORDER BY verdict.survey, rule_id
