/*
title: What is publishable today
grain: one row a figure of one survey year
definition: >
  Each figure's status and, where too few contributors are the reason, how many more holding groups its peer group needs.
  A figure hidden for another reason needs other contributors, not just more: its reason says which.
*/
SELECT
    decision.survey_year,
    decision.measure,
    decision.category,
    decision.peer_group,
    decision.peer_value,
    decision.statistic,
    decision.status,
    decision.reason,
    decision.detail,
    estimate.holdings AS holdings_count,
    CASE
        WHEN decision.statistic IN ('p10', 'p90') THEN $minimum_tails
        WHEN decision.statistic IN ('p25', 'p75') THEN $minimum_quartiles
        ELSE $minimum_contributors
    END AS needed_count,
    CASE
        WHEN decision.reason = 'contributors' THEN greatest(needed_count - estimate.holdings, 0)
        ELSE 0
    END AS missing_count
FROM published.decision AS decision
INNER JOIN benchmark.estimate AS estimate
    ON
        decision.survey_year = estimate.survey_year
        AND decision.measure = estimate.measure
        AND decision.category = estimate.category
        AND decision.peer_group = estimate.peer_group
        AND decision.peer_value = estimate.peer_value
        AND decision.statistic = estimate.statistic
WHERE decision.survey_year = $survey_year
ORDER BY decision.measure, decision.category, decision.peer_group, decision.peer_value, decision.statistic
