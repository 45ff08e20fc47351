/*
title: Answers that a correction speaks of
grain: one row a submission to check and correction of its agency, in the order of the corrections
*/
SELECT
    submission.submission_id,
    correction.roster_row,
    correction.question,
    answer.raw_text,
    correction.old_text,
    correction.new_text,
    correction.kind,
    correction.correction_id
FROM raw.correction AS correction
INNER JOIN submission_to_check AS submission
    ON
        correction.survey = submission.survey
        AND correction.survey_year = submission.survey_year
        AND correction.agency_id = submission.agency_id
LEFT JOIN raw.answer AS answer
    ON
        submission.submission_id = answer.submission_id
        AND correction.roster_row = answer.roster_row
        AND correction.question = answer.question
ORDER BY
    submission.submission_id, correction.roster_row, correction.question, correction.corrected_at, correction.correction_id
