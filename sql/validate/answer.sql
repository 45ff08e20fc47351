/*
title: Answers to check
grain: one row a submission to check, roster row and question, corrections replayed
definition: An answer that could not be read cannot be read either once its text was erased.
*/
SELECT
    answer.submission_id,
    answer.roster_row,
    answer.question,
    answer.raw_text,
    CASE WHEN answer.state = 'redacted' AND answer.raw_text = '[erased]' THEN 'error' ELSE answer.state END AS state,
    answer.value_text,
    answer.value_number,
    answer.value_minor,
    answer.value_date
FROM raw.answer AS answer
INNER JOIN submission_to_check USING (submission_id)
ANTI JOIN replayed
    ON
        answer.submission_id = replayed.submission_id
        AND answer.roster_row = replayed.roster_row
        AND answer.question = replayed.question
UNION ALL
SELECT
    submission_id,
    roster_row,
    question,
    raw_text,
    state,
    value_text,
    value_number,
    value_minor,
    value_date
FROM replayed
