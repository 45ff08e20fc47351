/*
title: Answers that need no second look, one question's cells at a time
grain: one row a cell
definition: >
  Most cells are blank, or plain digits, an ISO date or printable text: they mean here what they mean in the SELECTs that
  look closely, and cost a tenth.
*/
SELECT
    file_no,
    line,
    roster_row,
    own_line,
    $question AS question,
    raw_text,
    CASE WHEN raw_text IS NULL THEN 'not_asked' WHEN raw_text = '' THEN 'blank' ELSE 'answered' END AS state,
    NULL::VARCHAR AS rule_id,
    CASE WHEN $type = 'text' THEN nullif(raw_text, '') END AS value_text,
    CASE
        WHEN $type IN ('money', 'count', 'number') THEN try_cast(nullif(raw_text, '') AS DECIMAL(18, 6))
    END AS value_number,
    CASE
        WHEN $type = 'money' THEN round(try_cast(nullif(raw_text, '') AS DECIMAL(18, 6)) * 100)::BIGINT
    END AS value_minor,
    CASE WHEN $type = 'date' THEN try_cast(nullif(raw_text, '') AS DATE) END AS value_date
FROM plain_cell
