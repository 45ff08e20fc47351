/*
title: Answers that are numbers, one question's cells at a time
grain: one row a text that differs, numbered by line
definition: >
  A cell that the file holds as a number is taken as it is. Text is taken when it can be read in one way only;
  where a separator could mean thousands or decimals, the rest of the file decides, and else nobody. What begins with
  a plus or a zero and is ten to fifteen digits long may be a telephone number.
*/
WITH trimmed AS (
    SELECT
        *,
        raw_text LIKE chr(2) || '%' AS is_native,
        trim(replace(raw_text, chr(2), ''), $space_around) AS text
    FROM cell
),

quick AS (
    SELECT
        *,
        CASE
            WHEN is_native THEN try_cast(text AS DECIMAL(18, 6))
            WHEN
                text[-4] <> '.'
                AND NOT contains(text, ',')
                AND NOT contains(text, 'e')
                AND NOT contains(text, 'E')
                AND NOT contains(text, '_')
                THEN try_cast(text AS DECIMAL(18, 6))
        END AS quick_number
    FROM trimmed
),

bare AS (
    SELECT
        *,
        CASE
            WHEN quick_number IS NULL AND text <> ''
                THEN regexp_replace(
                    regexp_replace(replace(text, chr(8722), '-'), '^(-?)(' || $symbol || ')\s*', '\1'),
                    '\s*(' || $symbol || CASE WHEN $type = 'percent' THEN '|%' ELSE '' END || ')$',
                    ''
                )
        END AS bare_text
    FROM quick
),

-- Spaces and apostrophes set thousands apart, before the decimals only.
body AS (
    SELECT
        *,
        CASE
            WHEN regexp_full_match(bare_text, '-?\d{1,3}([ \x{00A0}\x{2007}\x{202F}\x{2009}''’]\d{3})+([.,]\d+)?')
                THEN regexp_replace(bare_text, '[ \x{00A0}\x{2007}\x{202F}\x{2009}''’]', '', 'g')
            ELSE bare_text
        END AS plain
    FROM bare
),

read AS (
    SELECT
        body.*,
        evidence.has_comma,
        evidence.has_point,
        CASE
            WHEN plain IS NULL THEN 'none'
            WHEN is_native THEN 'point'
            WHEN regexp_full_match(plain, '-?\d+') THEN 'point'
            WHEN regexp_full_match(plain, '-?[1-9]\d{0,2}(,\d{3})+\.\d+|-?[1-9]\d{0,2}(,\d{3}){2,}') THEN 'point'
            WHEN regexp_full_match(plain, '-?[1-9]\d{0,2}(\.\d{3})+,\d+|-?[1-9]\d{0,2}(\.\d{3}){2,}') THEN 'comma'
            WHEN regexp_full_match(plain, '-?[1-9]\d{0,2},\d{3}')
                THEN CASE
                    WHEN has_comma AND NOT has_point AND $type IN ('number', 'percent') THEN 'comma'
                    WHEN has_comma THEN 'unclear'
                    WHEN has_point OR $type IN ('money', 'count') THEN 'point'
                    ELSE 'unclear'
                END
            WHEN regexp_full_match(plain, '-?[1-9]\d{0,2}\.\d{3}')
                THEN CASE
                    WHEN has_comma AND NOT has_point THEN 'comma'
                    -- Nobody writes money or people with three decimals, whatever the others in the file do.
                    WHEN has_point AND NOT has_comma AND $type NOT IN ('money', 'count') THEN 'point'
                    ELSE 'unclear'
                END
            WHEN regexp_full_match(plain, '-?\d*,\d+') THEN 'comma'
            WHEN regexp_full_match(plain, '-?\d*\.\d+') THEN 'point'
            ELSE 'none'
        END AS separator
    FROM body
    JOIN evidence USING (file_no)
),

valued AS (
    SELECT
        *,
        CASE
            WHEN quick_number IS NOT NULL THEN quick_number
            WHEN separator = 'point' THEN try_cast(replace(plain, ',', '') AS DECIMAL(18, 6))
            WHEN separator = 'comma' THEN try_cast(replace(replace(plain, '.', ''), ',', '.') AS DECIMAL(18, 6))
        END AS number
    FROM read
),

ruled AS (
    SELECT
        *,
        CASE
            WHEN coalesce(text, '') = '' OR lower(text) IN ('refused', 'prefer not to say', 'rather not say', 'declined') THEN NULL
            WHEN text = chr(1) || 'formula' THEN 'answer.formula'
            WHEN starts_with(text, chr(1) || 'error') THEN 'answer.error'
            WHEN starts_with(text, chr(1) || 'digits') THEN 'answer.digits'
            WHEN
                NOT is_native
                AND regexp_matches(text, '^\(?[+0]')
                AND regexp_full_match(regexp_replace(text, '[\s\x{00A0}\x{202F}()+-]', '', 'g'), '\d{10,15}') THEN 'answer.telephone'
            WHEN separator = 'unclear' THEN 'answer.separator'
            WHEN
                number IS NULL
                AND regexp_matches(
                    bare_text,
                    '[$€£¥]|(?i)(^|[\d\s.,])(AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|NOK|NZD|PLN|SEK|SGD|USD|ZAR)([\d\s.,]|$)'
                ) THEN 'answer.currency'
            WHEN number IS NULL AND regexp_full_match(text, '-?\d(\.\d+)?[eE]\+?\d+') THEN 'answer.digits'
            WHEN number IS NULL THEN 'answer.number'
            WHEN $type = 'count' AND number <> floor(number) THEN 'answer.whole'
            WHEN $type = 'percent' AND abs(number) > 0 AND abs(number) <= 1 AND text NOT LIKE '%\%' ESCAPE '\' THEN 'answer.percent'
        END AS rule_id
    FROM valued
)

SELECT
    line,
    replace(raw_text, chr(2), '') AS raw_text,
    CASE
        WHEN text = '' THEN 'blank'
        WHEN rule_id IS NOT NULL THEN 'error'
        WHEN number IS NULL THEN 'refused'
        ELSE 'answered'
    END AS state,
    rule_id,
    NULL::VARCHAR AS value_text,
    -- A hundredth by multiplying: a division would take all of them through floating point, and round the largest too far.
    CASE
        WHEN rule_id IS NOT NULL THEN NULL
        WHEN $type = 'percent' THEN (number::DECIMAL(24, 6) * 0.01)::DECIMAL(18, 6)
        ELSE number
    END AS value_number,
    CASE WHEN rule_id IS NULL AND $type = 'money' THEN round(number::DECIMAL(24, 6) * 100)::BIGINT END AS value_minor,
    NULL::DATE AS value_date
FROM ruled
