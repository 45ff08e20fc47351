/*
title: Answers
grain: one row a submission, roster row and question
definition: >
  The text as received beside its value. Contact details and free text lie in the erasable store instead; their row
  here says only that they were given.
*/
SELECT
    submission_key.submission_id,
    $survey AS survey,
    submission_key.survey_year,
    submission_key.agency_id,
    typed.roster_row,
    typed.question,
    coalesce(column_in_hand.column_name, '') AS column_name,
    CASE
        WHEN column_in_hand.is_fixed THEN column_in_hand.prefix
        ELSE coalesce(column_in_hand.prefix, '') || typed.own_line
    END AS locator,
    CASE
        WHEN private_question.question IS NULL
            THEN regexp_replace(coalesce(typed.raw_text, ''), '^\x01(error |digits )?', '')
        ELSE ''
    END AS raw_text,
    CASE
        WHEN private_question.question IS NOT NULL AND typed.state IN ('answered', 'error', 'refused') THEN 'redacted'
        ELSE typed.state
    END AS state,
    CASE
        WHEN private_question.question IS NULL THEN typed.value_text
        WHEN typed.state IN ('answered', 'error', 'refused') THEN 'private:' || submission_key.submission_id
    END AS value_text,
    CASE WHEN private_question.question IS NULL THEN typed.value_number END AS value_number,
    CASE WHEN private_question.question IS NULL THEN typed.value_minor END AS value_minor,
    CASE WHEN private_question.question IS NULL THEN typed.value_date END AS value_date
FROM typed
JOIN submission_key USING (file_no, line)
LEFT JOIN column_in_hand ON typed.file_no = column_in_hand.file_no AND typed.question = column_in_hand.question
LEFT JOIN private_question ON typed.question = private_question.question
WHERE typed.raw_text IS NOT NULL
