/*
title: Spell
grain: one row a marketer and year in which the agency employed them
definition: >
  How long each marketer had been there when the reported year opened (or 0 for those who joined in it), and when
  they left or were last seen. Months are days / 30.4375. A marketer who left before the year opened, or started
  after it closed, was not under observation and has no spell.
*/
WITH observed AS (
    SELECT
        marketer.survey_year,
        marketer.agency_id,
        marketer.roster_row,
        marketer.seniority,
        marketer.leaving_kind,
        marketer.started_date,
        marketer.left_date IS NOT NULL AND marketer.left_date <= attrition.period_end_date AS has_ended,
        least(coalesce(marketer.left_date, attrition.period_end_date), attrition.period_end_date) AS last_seen_date,
        -- The day before the reported year opens, so that somebody who left on its first day is still observed.
        attrition.period_end_date - to_months(cast(coalesce(attrition.attrition_period_months, 12) AS INTEGER)) AS opens_date
    FROM staging.attrition_marketer AS marketer
    INNER JOIN staging.attrition
        ON marketer.survey_year = attrition.survey_year AND marketer.agency_id = attrition.agency_id
),

measured AS (
    SELECT
        *,
        cast(greatest(date_diff('day', started_date, cast(opens_date AS DATE)), 0) / 30.4375 AS DECIMAL(9, 3)) AS entry_months,
        cast(date_diff('day', started_date, last_seen_date) / 30.4375 AS DECIMAL(9, 3)) AS exit_months
    FROM observed
)

SELECT
    survey_year,
    agency_id,
    roster_row,
    entry_months,
    exit_months,
    has_ended,
    leaving_kind,
    seniority
FROM measured
WHERE exit_months > entry_months
