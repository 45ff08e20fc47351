/*
title: Consumer prices
grain: one row a survey year
definition: >
  Consumer price index, averaged over the twelve months to 30 June of the survey year, and what a pound of that year is
  worth in pounds of the newest year listed: the newest index over the year's. Rounded and illustrative, as all of the
  example is; a programme on real answers puts its statistical office's averages here.
*/
WITH prices AS (
    SELECT
        cast(listed.survey_year AS BIGINT) AS survey_year,
        cast(listed.price_index AS DECIMAL(9, 3)) AS price_index,
        listed.source
    FROM (
        VALUES
        (2024, 131.8, 'Illustrative average, July 2023 to June 2024'),
        (2025, 135.6, 'Illustrative average, July 2024 to June 2025'),
        (2026, 140.2, 'Illustrative average, July 2025 to June 2026')
    ) AS listed (survey_year, price_index, source)
)

SELECT
    survey_year,
    price_index,
    cast(max_by(price_index, survey_year) OVER () / price_index AS DECIMAL(9, 6)) AS to_newest_pounds,
    source
FROM prices
