/*
title: Answers of an erased agency that stay
grain: one row a file and cell
*/
SELECT DISTINCT
    submission.file_sha256,
    answer.locator
FROM raw.answer AS answer
INNER JOIN erased_submission AS submission USING (submission_id)
LEFT JOIN limit_of ON answer.survey = limit_of.survey AND answer.question = limit_of.question
WHERE
    answer.state IN ('answered', 'refused')
    AND NOT coalesce(answer.value_number < limit_of.low OR answer.value_number > limit_of.high, FALSE)
    AND NOT (
        list_contains($text_questions, answer.question)
        AND (
            regexp_matches(answer.raw_text, $contact)
            OR (list_contains($record_questions, answer.question) AND NOT regexp_full_match(answer.raw_text, $tool_id))
            OR (list_contains($people_questions, answer.question) AND regexp_matches(answer.raw_text, '\s'))
            OR len(list_filter($traces, LAMBDA trace: contains(answer.raw_text, trace))) > 0
        )
    )
ORDER BY ALL
