/*
title: Answers that cannot be read
grain: one row a fault
definition: What was seen in a private answer is not repeated.
*/
SELECT
    typed.file_no,
    typed.line,
    coalesce(nullif(column_in_hand.column_name, ''), typed.question)
    || CASE WHEN typed.roster_row > 0 THEN ' (roster row ' || typed.roster_row || ')' ELSE '' END AS column_name,
    CASE
        WHEN private_question.question IS NOT NULL THEN '(private)'
        ELSE regexp_replace(typed.raw_text, '^\x01(error )?(digits )?', '')
    END AS seen,
    typed.rule_id
FROM typed
LEFT JOIN column_in_hand ON typed.file_no = column_in_hand.file_no AND typed.question = column_in_hand.question
LEFT JOIN private_question ON typed.question = private_question.question
WHERE typed.rule_id IS NOT NULL
