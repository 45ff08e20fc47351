/*
title: Tenure
kind: survival
unit: months
rounds_to: 1
format: months
better: higher
group: Leaving
people: marketers under observation in the year
version: 1
definition: >
  Months from starting to leaving, estimated by Kaplan-Meier with delayed entry: those employed when the year
  opened enter at the tenure they then had, those still there at its end have not left yet. Gone after
  eighteen months is one less the share still there at 18 months.
*/
SELECT
    survey_year,
    agency_id,
    entry_months,
    exit_months,
    has_ended,
    seniority
FROM staging.spell
WHERE exit_months > entry_months
