/*
title: Contact details and free text
grain: one row a private answer that was given
*/
SELECT
    typed.file_no,
    submission_key.submission_id,
    submission_key.agency_id,
    typed.roster_row,
    typed.question,
    typed.raw_text
FROM typed
JOIN submission_key USING (file_no, line)
JOIN private_question USING (question)
WHERE typed.state IN ('answered', 'error', 'refused')
ORDER BY typed.file_no, submission_key.submission_id, typed.roster_row, typed.question
