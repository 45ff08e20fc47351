/*
title: Each contributor's own survival curve
grain: one row an agency, survival measure and whole month
definition: >
  Kaplan-Meier with delayed entry over each contributor's own people, unweighted: at risk at t are those with
  entry < t <= exit. For that contributor's eyes only.
*/
WITH own AS (
    SELECT
        agency_id,
        measure,
        entry_months,
        exit_months,
        has_ended
    FROM benchmark.spell
    WHERE survey_year = $year
),

event AS (
    SELECT
        agency_id,
        measure,
        exit_months AS at_months,
        count(*) AS ended
    FROM own
    WHERE has_ended
    GROUP BY agency_id, measure, exit_months
),

risk AS (
    SELECT
        event.agency_id,
        event.measure,
        event.at_months,
        event.ended,
        count(*) AS at_risk
    FROM event
    INNER JOIN own
        ON
            event.agency_id = own.agency_id
            AND event.measure = own.measure
            AND event.at_months > own.entry_months
            AND event.at_months <= own.exit_months
    GROUP BY event.agency_id, event.measure, event.at_months, event.ended
),

curve AS (
    SELECT
        agency_id,
        measure,
        at_months,
        exp(sum(ln(CASE WHEN ended >= at_risk THEN 1e-300 ELSE 1 - ended / at_risk END)) OVER (
            PARTITION BY agency_id, measure
            ORDER BY at_months
        )) AS still_there
    FROM risk
),

followed AS (
    SELECT
        agency_id,
        measure,
        count(*) AS people,
        unnest(range(cast(least($last_month, floor(max(exit_months))) AS BIGINT) + 1)) AS whole_month
    FROM own
    GROUP BY agency_id, measure
)

SELECT
    followed.agency_id,
    followed.measure,
    followed.people,
    followed.whole_month,
    coalesce(CASE WHEN curve.still_there < 1e-200 THEN 0 ELSE curve.still_there END, 1.0) AS still_there
FROM followed
ASOF LEFT JOIN curve
    ON
        followed.agency_id = curve.agency_id
        AND followed.measure = curve.measure
        AND followed.whole_month >= curve.at_months
ORDER BY followed.agency_id, followed.measure, followed.whole_month
