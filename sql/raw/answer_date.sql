/*
title: Answers that are dates, one question's cells at a time
grain: one row a text that differs, numbered by line
definition: >
  Year first is read as it stands, and so is a month in words. Day and month in figures are read in the order that the
  file's own dates prove, or that its survey tool is known to write; without proof they are parked.
*/
WITH trimmed AS (
    SELECT
        *,
        trim(replace(raw_text, chr(2), ''), $space_around) AS text,
        -- 31st-Mar-2026 and March 31, 2026 are spoken alike.
        regexp_replace(regexp_replace(lower(text), '(\d)(st|nd|rd|th)\b', '\1'), '[ ,-]+', ' ', 'g') AS spoken
    FROM cell
),

parts AS (
    SELECT
        trimmed.*,
        evidence.day_first,
        evidence.month_first,
        CASE
            WHEN regexp_full_match(text, '\d{4}-\d{2}-\d{2}([T ][0-9:.]*(Z|[+-]\d\d:?\d\d)?)?') THEN try_cast(left(text, 10) AS DATE)
            WHEN regexp_full_match(text, '\d{4}[/.]\d{1,2}[/.]\d{1,2}( [0-9:.]*( [AP]M)?( GMT[0-9:+-]*)?)?')
                THEN try_cast(try_strptime(replace(split_part(text, ' ', 1), '.', '/'), '%Y/%m/%d') AS DATE)
            WHEN regexp_full_match(spoken, '\d{1,2} [a-z]+ \d{4}')
                THEN coalesce(try_strptime(spoken, '%d %B %Y'), try_strptime(spoken, '%d %b %Y'))::DATE
            WHEN regexp_full_match(spoken, '[a-z]+ \d{1,2} \d{4}')
                THEN coalesce(try_strptime(spoken, '%B %d %Y'), try_strptime(spoken, '%b %d %Y'))::DATE
        END AS plain_date,
        regexp_extract(text, '^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})( [0-9:.]*( ?[AaPp][Mm])?)?$', ['first', 'second', 'year', 'time'])
            AS part
    FROM trimmed
    JOIN evidence USING (file_no)
),

ordered AS (
    SELECT
        *,
        try_strptime(part.year || '-' || part.second || '-' || part.first, '%Y-%m-%d')::DATE AS by_day,
        try_strptime(part.year || '-' || part.first || '-' || part.second, '%Y-%m-%d')::DATE AS by_month
    FROM parts
),

decided AS (
    SELECT
        *,
        CASE
            WHEN plain_date IS NOT NULL THEN plain_date
            WHEN day_first AND NOT month_first THEN by_day
            WHEN month_first AND NOT day_first THEN by_month
            WHEN by_day IS NULL OR by_month IS NULL OR by_day = by_month THEN coalesce(by_day, by_month)
        END AS day
    FROM ordered
),

ruled AS (
    SELECT
        *,
        CASE
            WHEN coalesce(text, '') = '' OR lower(text) IN ('refused', 'prefer not to say', 'rather not say', 'declined') THEN NULL
            WHEN text = chr(1) || 'formula' THEN 'answer.formula'
            WHEN starts_with(text, chr(1) || 'error') THEN 'answer.error'
            WHEN day IS NOT NULL THEN NULL
            WHEN by_day IS NOT NULL AND by_month IS NOT NULL THEN 'answer.day_month'
            ELSE 'answer.date'
        END AS rule_id
    FROM decided
)

SELECT
    line,
    replace(raw_text, chr(2), '') AS raw_text,
    CASE
        WHEN text = '' THEN 'blank'
        WHEN rule_id IS NOT NULL THEN 'error'
        WHEN day IS NULL THEN 'refused'
        ELSE 'answered'
    END AS state,
    rule_id,
    NULL::VARCHAR AS value_text,
    NULL::DECIMAL(18, 6) AS value_number,
    NULL::BIGINT AS value_minor,
    CASE WHEN rule_id IS NULL THEN day END AS value_date
FROM ruled
