/*
title: People moving, in whole numbers
grain: one row an agency, seniority and month of one survival measure in which people come or go, apart for either
definition: >
  The one counting of people that serves all cuts, of some agencies and from the view spell_month: how many came under
  observation in a month (flow above 0), and how many went (below) and of them left. Someone there from the start comes in no
  row. Agency by its number from $first_unit on, seniority by its place among $levels and month lie in one whole number of
  four bytes to group by, which takes two thirds of the time that three columns take. The two kinds are counted apart, since
  one list of both (unnest) takes half as long again.
*/
WITH coded AS NOT MATERIALIZED (
    SELECT
        (
            (frame_agency.unit - cast($first_unit AS INTEGER)) * cast(len($levels) AS INTEGER)
            + list_position($levels, coalesce(cast(spell_month.seniority AS VARCHAR), '')) - 1
        ) * cast($months AS INTEGER) AS cell,
        greatest(coalesce(spell_month.entry_month, 0), 0) AS entry_month,
        greatest(spell_month.exit_month, 0) AS exit_month,
        spell_month.has_ended
    FROM spell_month
    INNER JOIN frame_agency
        ON spell_month.agency_id = frame_agency.agency_id
    WHERE
        spell_month.survey_year = $survey_year
        AND spell_month.exit_month IS NOT NULL
        AND frame_agency.unit BETWEEN $first_unit AND $last_unit
),

moved AS (
    SELECT
        cell + exit_month AS place,
        -count(*) AS flow,
        count_if(has_ended) AS ended
    FROM coded
    GROUP BY cell + exit_month
    UNION ALL
    SELECT
        cell + entry_month AS place,
        count(*) AS flow,
        0 AS ended
    FROM coded
    WHERE entry_month > 0
    GROUP BY cell + entry_month
)

SELECT
    cast($first_unit AS INTEGER) * cast(len($levels) AS INTEGER) + place // cast($months AS INTEGER) AS cell,
    place % cast($months AS INTEGER) AS month,
    cast(flow AS INTEGER) AS flow,
    cast(ended AS INTEGER) AS ended
FROM moved
