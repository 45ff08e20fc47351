/*
title: Answers that are one of given choices, yes and no among them
grain: one row a text that differs, numbered by line
definition: The code or the label of a choice counts, whatever the case of its letters; anything else is parked.
*/
WITH trimmed AS (
    SELECT
        *,
        regexp_replace(trim(replace(raw_text, chr(2), ''), $space_around), '[\s\x{00A0}\x{2007}\x{2009}\x{202F}]+', ' ', 'g') AS text
    FROM cell
),

ruled AS (
    SELECT
        trimmed.*,
        choice.code,
        CASE
            WHEN
                choice.code IS NOT NULL
                OR coalesce(text, '') = ''
                OR lower(text) IN ('refused', 'prefer not to say', 'rather not say', 'declined') THEN NULL
            WHEN text = chr(1) || 'formula' THEN 'answer.formula'
            WHEN starts_with(text, chr(1) || 'error') THEN 'answer.error'
            WHEN $type = 'boolean' THEN 'answer.yes_no'
            WHEN
                len(
                    list_intersect(
                        list_transform(string_split(replace(lower(text), ';', ','), ','), LAMBDA piece: trim(piece)),
                        (SELECT list(choice_text) FROM choice)
                    )
                ) > 1
                THEN 'answer.choices'
            ELSE 'answer.choice'
        END AS rule_id
    FROM trimmed
    LEFT JOIN choice ON choice.choice_text = lower(trimmed.text)
)

SELECT
    line,
    replace(raw_text, chr(2), '') AS raw_text,
    CASE
        WHEN text = '' THEN 'blank'
        WHEN rule_id IS NOT NULL THEN 'error'
        WHEN code IS NULL THEN 'refused'
        ELSE 'answered'
    END AS state,
    rule_id,
    code AS value_text,
    NULL::DECIMAL(18, 6) AS value_number,
    NULL::BIGINT AS value_minor,
    NULL::DATE AS value_date
FROM ruled
