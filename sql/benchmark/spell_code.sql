/*
title: Spells in whole numbers
grain: one row a person of a survival measure and year whose agency is in the frame
definition: >
  The one scan of people that serves all cuts: each person's agency by its number in the frame, seniority by its place among
  $levels, and months as the view spell_month gives them. Grouping people by agency, seniority and month costs several times
  as much as handing them over in a few bytes each, since there are almost as many groups as people.
*/
SELECT
    frame_agency.unit,
    cast(list_position($levels, coalesce(cast(spell_month.seniority AS VARCHAR), '')) - 1 AS SMALLINT) AS level,
    greatest(coalesce(spell_month.entry_months, 0), 0) AS entry,
    greatest(spell_month.exit_months, 0) AS exit,
    cast(coalesce(spell_month.has_ended, FALSE) AS TINYINT) AS has_ended
FROM spell_month
INNER JOIN frame_agency
    ON spell_month.agency_id = frame_agency.agency_id
WHERE spell_month.survey_year = $survey_year AND spell_month.exit_months IS NOT NULL
