/*
title: Agency
grain: one row a school of the population and year
definition: >
  The schools that answered, and as many unnamed ones as make up the population's 6,194: by type E 4421, H 755, M 1018, and
  by the school-wide target No 1072, Yes 5122.
*/
WITH years AS (
    SELECT DISTINCT survey_year FROM staging.school
),

wanted AS (
    SELECT
        years.survey_year,
        unnest(range(1, 6195)) AS place
    FROM years
),

ranked AS (
    SELECT
        survey_year,
        agency_id,
        stype,
        sch_wide,
        row_number() OVER (PARTITION BY survey_year, stype ORDER BY agency_id) AS place_in_stype,
        row_number() OVER (PARTITION BY survey_year, sch_wide ORDER BY agency_id) AS place_in_wide
    FROM staging.school
),

stype_left AS (
    SELECT
        wanted.survey_year,
        slot.stype,
        row_number() OVER (PARTITION BY wanted.survey_year ORDER BY slot.stype, wanted.place) AS number
    FROM wanted
    INNER JOIN (VALUES ('E', 4421), ('H', 755), ('M', 1018)) AS slot (stype, size)
        ON wanted.place <= slot.size
    ANTI JOIN ranked
        ON wanted.survey_year = ranked.survey_year AND slot.stype = ranked.stype AND wanted.place = ranked.place_in_stype
),

wide_left AS (
    SELECT
        wanted.survey_year,
        slot.sch_wide,
        row_number() OVER (PARTITION BY wanted.survey_year ORDER BY slot.sch_wide, wanted.place) AS number
    FROM wanted
    INNER JOIN (VALUES ('No', 1072), ('Yes', 5122)) AS slot (sch_wide, size)
        ON wanted.place <= slot.size
    ANTI JOIN ranked
        ON wanted.survey_year = ranked.survey_year AND slot.sch_wide = ranked.sch_wide AND wanted.place = ranked.place_in_wide
)

SELECT
    survey_year,
    agency_id,
    agency_id AS holding_id,
    stype,
    sch_wide,
    'everyone' AS everyone
FROM ranked
UNION ALL
SELECT
    stype_left.survey_year,
    'unnamed ' || stype_left.number AS agency_id,
    'unnamed ' || stype_left.number AS holding_id,
    stype_left.stype,
    wide_left.sch_wide,
    'everyone' AS everyone
FROM stype_left
INNER JOIN wide_left
    ON stype_left.survey_year = wide_left.survey_year AND stype_left.number = wide_left.number
