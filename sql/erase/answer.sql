/*
title: Answers of an erased agency that change
grain: one row a submission, roster row and question
definition: >
  An answer of its question's type and within its limits stays; beyond them stands a telephone number, perhaps. What
  could not be read as an answer may be anything, so its text goes; a text that holds a contact detail or one of the
  agency's private texts goes like a private answer. Names of sheets go too.
*/
WITH judged AS (
    SELECT
        answer.*,
        answer.state = 'error'
        OR (answer.state = 'redacted' AND answer.raw_text <> '')
        OR coalesce(answer.value_number < limit_of.low OR answer.value_number > limit_of.high, FALSE) AS is_unreadable,
        answer.state = 'answered'
        AND list_contains($text_questions, answer.question)
        AND (
            regexp_matches(answer.raw_text, $contact)
            OR (list_contains($record_questions, answer.question) AND NOT regexp_full_match(answer.raw_text, $tool_id))
            OR (list_contains($people_questions, answer.question) AND regexp_matches(answer.raw_text, '\s'))
            OR len(list_filter($traces, LAMBDA trace: contains(answer.raw_text, trace))) > 0
        ) AS is_private,
        erased_submission.agency_id AS told_agency_id,
        sheet_name.erased AS erased_sheet
    FROM raw.answer AS answer
    INNER JOIN erased_submission USING (submission_id)
    LEFT JOIN limit_of ON answer.survey = limit_of.survey AND answer.question = limit_of.question
    LEFT JOIN sheet_name
        ON
            erased_submission.file_sha256 = sheet_name.file_sha256
            AND regexp_extract(answer.locator, '^(.*)![A-Z]+\d+$', 1) = sheet_name.sheet
)

SELECT
    submission_id,
    survey,
    survey_year,
    told_agency_id AS agency_id,
    roster_row,
    question,
    CASE WHEN contains(column_name, '<') THEN question ELSE column_name END AS column_name,
    CASE
        WHEN erased_sheet IS NOT NULL THEN erased_sheet || regexp_extract(locator, '![A-Z]+\d+$')
        WHEN contains(locator, '<') THEN question || regexp_extract(locator, ' of record \d+$')
        ELSE locator
    END AS locator,
    CASE WHEN is_unreadable THEN $erased WHEN is_private THEN '' ELSE raw_text END AS raw_text,
    CASE WHEN is_unreadable OR is_private THEN 'redacted' ELSE state END AS state,
    CASE WHEN is_unreadable OR is_private THEN NULL ELSE value_text END AS value_text,
    CASE WHEN is_unreadable OR is_private THEN NULL ELSE value_number END AS value_number,
    CASE WHEN is_unreadable OR is_private THEN NULL ELSE value_minor END AS value_minor,
    CASE WHEN is_unreadable OR is_private THEN NULL ELSE value_date END AS value_date
FROM judged
EXCEPT
SELECT
    submission_id,
    survey,
    survey_year,
    agency_id,
    roster_row,
    question,
    column_name,
    locator,
    raw_text,
    state,
    value_text,
    value_number,
    value_minor,
    value_date
FROM raw.answer
