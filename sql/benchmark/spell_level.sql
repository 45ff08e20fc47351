/*
title: Seniorities
grain: one row a seniority of a survival measure's people
definition: The seniorities that occur in a year, in order; an empty text where a person has none.
*/
SELECT DISTINCT coalesce(cast(seniority AS VARCHAR), '') AS seniority
FROM spell_month
WHERE survey_year = $survey_year
ORDER BY seniority
