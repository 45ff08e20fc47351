/*
title: Exchange rates
grain: one row a survey year and currency
definition: >
  Pounds for one unit of the currency, averaged over the twelve months to 30 June of the survey year. Rounded and
  illustrative, as all of the example is; a programme on real answers puts its central bank's averages here.
*/
SELECT
    cast(rates.survey_year AS BIGINT) AS survey_year,
    rates.currency,
    cast(rates.gbp_for_one AS DECIMAL(9, 6)) AS gbp_for_one,
    rates.source
FROM (
    VALUES
    (2024, 'EUR', 0.86, 'Illustrative average, July 2023 to June 2024'),
    (2025, 'EUR', 0.84, 'Illustrative average, July 2024 to June 2025'),
    (2026, 'EUR', 0.87, 'Illustrative average, July 2025 to June 2026'),
    (2024, 'USD', 0.79, 'Illustrative average, July 2023 to June 2024'),
    (2025, 'USD', 0.77, 'Illustrative average, July 2024 to June 2025'),
    (2026, 'USD', 0.75, 'Illustrative average, July 2025 to June 2026')
) AS rates (survey_year, currency, gbp_for_one, source)
