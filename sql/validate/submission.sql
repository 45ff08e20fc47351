/*
title: Submissions to check
grain: one row a submission of one survey and year that nobody withdrew and intake accepted, or parked for answers
definition: >
  What intake parked only because answers cannot be read is checked too: the agency is asked for those answers, and
  its corrections can make the submission acceptable. $questions are the questions that can be corrected. The highest
  version of an agency is its newest; among equal versions the one received last, then by its id.
*/
SELECT
    submission.submission_id,
    submission.survey,
    submission.survey_year,
    submission.agency_id,
    submission.source,
    submission.file_sha256,
    submission.version,
    submission.received_at,
    row_number() OVER (
        PARTITION BY submission.agency_id
        ORDER BY submission.version DESC, submission.received_at DESC, submission.submission_id DESC
    ) AS newest_first
FROM raw.submission AS submission
WHERE
    submission.survey = $survey
    AND submission.survey_year = $survey_year
    AND (
        submission.verdict = 'accepted'
        OR (
            submission.verdict = 'parked'
            AND submission.agency_id IS NOT NULL
            AND submission.rule_id LIKE 'answer.%'
            AND coalesce((
                SELECT bool_and(list_contains($questions, unreadable.question))
                FROM raw.answer AS unreadable
                WHERE
                    unreadable.submission_id = submission.submission_id
                    AND (unreadable.state = 'error' OR unreadable.raw_text = '[erased]')
            ), FALSE)
        )
    )
    AND NOT coalesce(submission.is_deleted, FALSE)
    AND NOT EXISTS (
        SELECT 1
        FROM raw.submission AS withdrawn
        WHERE
            withdrawn.is_deleted
            AND withdrawn.survey = submission.survey
            AND withdrawn.source = submission.source
            AND withdrawn.record_id = submission.record_id
            AND withdrawn.received_at >= submission.received_at
            AND coalesce(withdrawn.version, 0) >= coalesce(submission.version, 0)
    )
