/*
title: What a file says anew, compared with the file before it
grain: one row an agency and year that is new, changed or gone
definition: >
  A file is compared with the newest earlier file of its source of which it names at least half; a form of one agency
  is compared with nothing.
*/
WITH mine AS (
    SELECT
        file_no,
        file_sha256,
        agency_id,
        survey_year,
        bool_and(verdict = 'duplicate') AS is_same
    FROM settled_now
    WHERE agency_id IS NOT NULL AND survey_year IS NOT NULL AND verdict <> 'rejected'
    GROUP BY file_no, file_sha256, agency_id, survey_year
    QUALIFY count(*) OVER (PARTITION BY file_no) > 1
),

earlier AS (
    SELECT
        0 AS file_no,
        file_sha256,
        agency_id,
        survey_year,
        max(received_at) AS received_at
    FROM raw.submission
    WHERE
        survey = $survey
        AND source IN (SELECT source FROM settled_now)
        AND NOT is_deleted
        AND verdict <> 'rejected'
        AND agency_id IS NOT NULL
        AND survey_year IS NOT NULL
        AND file_sha256 NOT IN (SELECT file_sha256 FROM settled_now)
    GROUP BY file_sha256, agency_id, survey_year
    UNION ALL
    SELECT
        file_no,
        file_sha256,
        agency_id,
        survey_year,
        NULL AS received_at
    FROM mine
),

shared AS (
    SELECT
        mine.file_no,
        earlier.file_no AS earlier_no,
        earlier.file_sha256,
        max(earlier.received_at) AS received_at,
        count(*) AS named
    FROM mine
    JOIN earlier
        ON
            mine.agency_id = earlier.agency_id
            AND mine.survey_year = earlier.survey_year
            AND mine.file_sha256 <> earlier.file_sha256
            AND earlier.file_no < mine.file_no
    GROUP BY mine.file_no, earlier.file_no, earlier.file_sha256
),

before AS (
    SELECT
        shared.file_no,
        shared.earlier_no,
        shared.file_sha256
    FROM shared
    JOIN (SELECT
        file_no,
        file_sha256,
        count(*) AS names
    FROM earlier GROUP BY file_no, file_sha256) AS size
        ON shared.file_sha256 = size.file_sha256 AND shared.earlier_no = size.file_no
    WHERE size.names > 1 AND shared.named * 2 >= size.names
    QUALIFY
        row_number() OVER (
            PARTITION BY shared.file_no ORDER BY shared.earlier_no DESC, shared.received_at DESC, shared.file_sha256
        ) = 1
)

SELECT
    before.file_no,
    before.file_sha256 AS compared_with,
    CASE WHEN earlier.agency_id IS NULL THEN 'new' ELSE 'changed' END AS kind,
    mine.agency_id,
    mine.survey_year
FROM mine
JOIN before USING (file_no)
LEFT JOIN earlier
    ON
        before.file_sha256 = earlier.file_sha256
        AND before.earlier_no = earlier.file_no
        AND mine.agency_id = earlier.agency_id
        AND mine.survey_year = earlier.survey_year
WHERE earlier.agency_id IS NULL OR NOT mine.is_same
UNION ALL
SELECT
    before.file_no,
    before.file_sha256 AS compared_with,
    'gone' AS kind,
    earlier.agency_id,
    earlier.survey_year
FROM earlier
JOIN before ON earlier.file_sha256 = before.file_sha256 AND earlier.file_no = before.earlier_no
ANTI JOIN mine
    ON mine.file_no = before.file_no AND mine.agency_id = earlier.agency_id AND mine.survey_year = earlier.survey_year
ORDER BY ALL
