/*
title: Consumer prices of answers
grain: one row an agency and year that answered about money, where the index of every month it covers is known
definition: >
  Consumer price index averaged over the months that the answer covers (as for exchange rates), and what a pound of those
  months is worth in pounds of the base year, the twelve months to June 2026: the base year's index over the answer's. The
  base year is fixed, so that figures of earlier years do not move when a year is added.
*/
WITH base AS (
    SELECT sum(price_index) / count(*) AS price_index
    FROM reference.consumer_price
    WHERE month_date BETWEEN DATE '2025-07-01' AND DATE '2026-06-01'
    HAVING count(*) = 12
),

covered AS (
    SELECT
        survey_year,
        agency_id,
        coalesce(period_months, 12) AS covered_months,
        cast(date_trunc('month', financial_year_end_date) AS DATE) AS last_month_date
    FROM staging.budget
),

averaged AS (
    SELECT
        covered.survey_year,
        covered.agency_id,
        sum(price.price_index) / count(*) AS price_index
    FROM covered
    INNER JOIN reference.consumer_price AS price
        ON
            covered.last_month_date >= price.month_date
            AND cast(covered.last_month_date - to_months(cast(covered.covered_months AS INTEGER)) AS DATE) < price.month_date
    GROUP BY covered.survey_year, covered.agency_id
    HAVING count(*) = any_value(covered.covered_months)
)

SELECT
    averaged.survey_year,
    averaged.agency_id,
    cast(round(averaged.price_index, 6) AS DECIMAL(18, 6)) AS price_index,
    cast(round(base.price_index / averaged.price_index, 6) AS DECIMAL(9, 6)) AS to_base_pounds
FROM averaged
CROSS JOIN base
