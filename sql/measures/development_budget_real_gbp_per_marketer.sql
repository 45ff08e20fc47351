/*
title: Development budget per marketer, real terms
kind: ratio
unit: GBP of the newest year per marketer per year
rounds_to: 10
format: gbp
better: neutral
group: Development
version: 1
people: marketers employed on average
definition: >
  The development budget per marketer in pounds of the newest survey year: the amount times the consumer price index of that
  year, over the index of the year it was set aside in. Its change from last year is what is left after prices rose.
*/
SELECT
    answered.survey_year,
    answered.agency_id,
    cast(round(answered.development_budget_gbp * price.to_newest_pounds, 2) AS DECIMAL(18, 2)) AS numerator,
    answered.marketer_years_count AS denominator,
    cast(round(answered.marketers_average_count) AS BIGINT) AS people
FROM staging.agency_year AS answered
INNER JOIN staging.consumer_price AS price
    ON answered.survey_year = price.survey_year
WHERE answered.marketer_years_count > 0 AND answered.development_budget_gbp IS NOT NULL
