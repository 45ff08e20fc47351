/*
title: Exchange rates of answers
grain: one row an agency and year that answered about money in another currency
definition: >
  Pounds for one unit of the answer's currency, averaged over the months that it covers: those up to the month in which its
  financial year ended, twelve unless it says fewer. Blank unless the input table (reference.exchange_rate) has the rate of
  every one of them: an amount is never converted by a rate of other months.
*/
WITH covered AS (
    SELECT
        survey_year,
        agency_id,
        currency,
        coalesce(period_months, 12) AS covered_months,
        cast(date_trunc('month', financial_year_end_date) AS DATE) AS last_month_date
    FROM staging.budget
    WHERE currency <> 'GBP'
)

SELECT
    covered.survey_year,
    covered.agency_id,
    covered.currency,
    any_value(covered.covered_months) AS covered_months,
    any_value(covered.last_month_date) AS last_month_date,
    count(rate.gbp_for_one) AS known_months,
    CASE
        WHEN count(rate.gbp_for_one) = any_value(covered.covered_months)
            THEN cast(round(sum(rate.gbp_for_one) / count(rate.gbp_for_one), 6) AS DECIMAL(18, 6))
    END AS gbp_for_one
FROM covered
LEFT JOIN reference.exchange_rate AS rate
    ON
        covered.currency = rate.currency_code
        AND covered.last_month_date >= rate.month_date
        AND cast(covered.last_month_date - to_months(cast(covered.covered_months AS INTEGER)) AS DATE) < rate.month_date
GROUP BY covered.survey_year, covered.agency_id, covered.currency
