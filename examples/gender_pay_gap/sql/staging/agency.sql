/*
title: Employer
grain: one row an employer and reporting year
definition: >
  The employers that filed. The filings do not say which employers belong together, so each counts as its own
  contributor. The activity is the branch of SIC division 78 that the employer named.
*/
WITH named AS (
    SELECT
        survey_year,
        agency_id,
        employer_size,
        cast(sic_codes LIKE '%781__%' AS INTEGER) AS is_placement,
        cast(sic_codes LIKE '%782__%' AS INTEGER) AS is_temporary,
        cast(sic_codes LIKE '%783__%' AS INTEGER) AS is_provision
    FROM staging.filing
)

SELECT
    survey_year,
    agency_id,
    agency_id AS holding_id,
    employer_size AS size_band,
    CASE
        WHEN is_placement + is_temporary + is_provision > 1 THEN 'several'
        WHEN is_placement = 1 THEN 'placement'
        WHEN is_temporary = 1 THEN 'temporary'
        WHEN is_provision = 1 THEN 'provision'
    END AS activity
FROM named
