/*
title: Answers that are text, one question's cells at a time
grain: one row a text that differs, numbered by line
definition: Text is kept as written, without the space around it; control characters and cells in error are parked.
*/
WITH trimmed AS (
    SELECT
        *,
        trim(replace(raw_text, chr(2), ''), ' ' || chr(9) || chr(10) || chr(13) || chr(160)) AS text
    FROM cell
),

ruled AS (
    SELECT
        *,
        CASE
            WHEN text = chr(1) || 'formula' THEN 'answer.formula'
            WHEN starts_with(text, chr(1) || 'error') THEN 'answer.error'
            WHEN starts_with(text, chr(1) || 'digits') THEN 'answer.digits'
            WHEN regexp_matches(text, '[\x00-\x08\x0B\x0C\x0E-\x1F]') THEN 'answer.control'
        END AS rule_id
    FROM trimmed
)

SELECT
    line,
    replace(raw_text, chr(2), '') AS raw_text,
    CASE
        WHEN text = '' THEN 'blank'
        WHEN rule_id IS NOT NULL THEN 'error'
        ELSE 'answered'
    END AS state,
    rule_id,
    CASE WHEN rule_id IS NULL AND text <> '' THEN text END AS value_text,
    NULL::DECIMAL(18, 6) AS value_number,
    NULL::BIGINT AS value_minor,
    NULL::DATE AS value_date
FROM ruled
