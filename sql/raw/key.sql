/*
title: Who answers for which year
grain: one row a submission in hand
*/
WITH cleaned AS (
    SELECT
        file_no,
        line,
        trim(replace(agency_text, chr(2), ''), ' ' || chr(9) || chr(10) || chr(13) || chr(160)) AS agency,
        trim(replace(year_text, chr(2), ''), ' ' || chr(9) || chr(10) || chr(13) || chr(160)) AS year,
        trim(replace(record_text, chr(2), ''), ' ' || chr(9) || chr(10) || chr(13) || chr(160)) AS record,
        moment_text,
        content,
        has_other,
        is_unanswered
    FROM key_cell
),

below AS (
    SELECT
        file_no,
        line,
        string_agg(content, chr(30) ORDER BY roster_row) AS content
    FROM roster_content
    GROUP BY file_no, line
)

SELECT
    cleaned.file_no,
    cleaned.line,
    CASE WHEN agency <> '' AND NOT regexp_matches(agency, '[\x00-\x1F]') THEN agency END AS agency_id,
    CASE WHEN try_cast(year AS BIGINT) IN (SELECT unnest($years)) THEN try_cast(year AS BIGINT) END AS survey_year,
    year AS year_text,
    coalesce(record, '') AS record_id,
    coalesce(trim(moment_text), '') AS submitted_at_text,
    sha256(cleaned.content || chr(29) || coalesce(below.content, '')) AS content_sha256,
    is_unanswered AND NOT has_other AND below.content IS NULL AS is_unanswered
FROM cleaned
LEFT JOIN below ON cleaned.file_no = below.file_no AND cleaned.line = below.line
