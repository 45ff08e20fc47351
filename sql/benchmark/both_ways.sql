/*
title: Figures with and without weights
grain: one row a figure of a survey year
definition: >
  Each estimate as it stands (weighted to the frame where the programme has one) beside the same figure of contributors that
  count once each. Reads the table unweighted, which has the columns of benchmark.estimate.
*/
SELECT
    weighted.measure,
    weighted.category,
    weighted.statistic,
    weighted.peer_group,
    weighted.peer_value,
    weighted.contributors,
    weighted.effective_n,
    weighted.contributors / nullif(weighted.effective_n, 0) AS design_effect,
    weighted.value AS weighted_value,
    weighted.lower AS weighted_lower,
    weighted.upper AS weighted_upper,
    unweighted.value AS unweighted_value,
    unweighted.lower AS unweighted_lower,
    unweighted.upper AS unweighted_upper,
    weighted.method AS weighted_method,
    unweighted.method AS unweighted_method
FROM benchmark.estimate AS weighted
INNER JOIN unweighted
    ON
        weighted.measure = unweighted.measure
        AND weighted.category = unweighted.category
        AND weighted.statistic = unweighted.statistic
        AND weighted.peer_group = unweighted.peer_group
        AND weighted.peer_value = unweighted.peer_value
WHERE weighted.survey_year = $survey_year
