/*
title: Development budget per marketer, real terms
kind: ratio
unit: GBP of 2026 per marketer per year
rounds_to: 10
format: money
better: neutral
group: Development
version: 2
people: marketers employed on average
definition: >
  The development budget per marketer in pounds of 2026: the amount times the consumer price index of the twelve months to
  June 2026, over the index of the months it was set aside for. Its change from last year is what is left after prices rose.
*/
SELECT
    answered.survey_year,
    answered.agency_id,
    cast(round(answered.development_budget_gbp * price.to_base_pounds, 2) AS DECIMAL(18, 2)) AS numerator,
    answered.marketer_years_count AS denominator,
    cast(round(answered.marketers_average_count) AS BIGINT) AS people
FROM staging.agency_year AS answered
INNER JOIN staging.consumer_price AS price
    ON answered.survey_year = price.survey_year AND answered.agency_id = price.agency_id
WHERE answered.marketer_years_count > 0 AND answered.development_budget_gbp IS NOT NULL
