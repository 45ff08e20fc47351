/*
title: When each submission was sent
grain: one row a submission with a time of sending
definition: >
  A time with its zone is taken as it is. A local time is read in the programme's zone, which is noted; one that the
  clocks skipped or showed twice is parked. The first of January 1980 at midnight is no time: LimeSurvey writes it where
  responses are anonymous.
*/
WITH parts AS (
    SELECT
        cell.file_no,
        cell.line,
        trim(replace(cell.raw_text, chr(2), '')) AS text,
        file_in_hand.zone,
        evidence.month_first AND NOT evidence.day_first AS is_month_first,
        evidence.day_first AND NOT evidence.month_first AS is_day_first
    FROM cell
    JOIN evidence USING (file_no)
    JOIN file_in_hand USING (file_no)
    WHERE cell.raw_text IS NOT NULL
),

zoned AS (
    SELECT
        *,
        CASE
            WHEN regexp_full_match(text, '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)')
                THEN try_cast(text AS TIMESTAMPTZ)
            -- As Google Forms writes it: 2026/03/31 9:05:00 PM GMT+5:30.
            WHEN regexp_full_match(text, '\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d\d:\d\d [AP]M GMT([+-]\d{1,2}(:\d\d)?)?')
                THEN try_cast(
                    strftime(try_strptime(split_part(text, ' GMT', 1), '%Y/%m/%d %I:%M:%S %p'), '%Y-%m-%d %H:%M:%S')
                    || regexp_replace(
                        regexp_replace(coalesce(nullif(split_part(text, ' GMT', 2), ''), '+0'), '^([+-])(\d)(:|$)', '\10\2\3'),
                        '^(...)$', '\1:00'
                    ) AS TIMESTAMPTZ
                )
        END AS moment,
        CASE
            WHEN text = '1980-01-01 00:00:00' THEN NULL
            WHEN regexp_full_match(text, '\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.]\d+)?)?)?') THEN try_cast(text AS TIMESTAMP)
            WHEN regexp_full_match(text, '\d{4}/\d{1,2}/\d{1,2}( [0-9:.]+)?')
                THEN try_cast(replace(text, '/', '-') AS TIMESTAMP)
            WHEN is_month_first
                THEN coalesce(
                    try_strptime(text, '%m/%d/%Y %H:%M:%S'), try_strptime(text, '%m/%d/%Y %H:%M'),
                    try_strptime(text, '%m/%d/%Y %I:%M:%S %p'), try_strptime(text, '%m/%d/%Y')
                )
            WHEN is_day_first
                THEN coalesce(
                    try_strptime(text, '%d/%m/%Y %H:%M:%S'), try_strptime(text, '%d/%m/%Y %H:%M'), try_strptime(text, '%d/%m/%Y')
                )
        END AS local
    FROM parts
),

read AS (
    SELECT
        *,
        timezone(zone, local) AS assumed,
        timezone(zone, timezone(zone, local)) AS shown
    FROM zoned
)

SELECT
    file_no,
    line,
    text,
    coalesce(moment, assumed) AS submitted_at,
    CASE WHEN moment IS NULL AND assumed IS NOT NULL THEN zone ELSE '' END AS assumed_zone,
    CASE
        WHEN moment IS NOT NULL OR local IS NULL OR local = date_trunc('day', local) THEN NULL
        WHEN shown <> local THEN 'answer.zone_gap'
        WHEN
            timezone(zone, assumed + INTERVAL 1 HOUR) = local
            OR timezone(zone, assumed - INTERVAL 1 HOUR) = local THEN 'answer.zone_twice'
    END AS rule_id
FROM read
