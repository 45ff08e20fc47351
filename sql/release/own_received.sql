/*
title: What each contributor sent for one survey year, and what became of it
grain: one row a submission that stands, or that came after the one that stands; surveys of answers only
*/
WITH sent AS (
    SELECT
        verdict.submission_id,
        verdict.survey,
        verdict.agency_id,
        verdict.verdict,
        verdict.is_current,
        submission.received_at,
        max(submission.received_at) FILTER (WHERE verdict.is_current) OVER (
            PARTITION BY verdict.survey, verdict.agency_id
        ) AS stands_since
    FROM staging.verdict AS verdict
    INNER JOIN raw.submission AS submission USING (submission_id)
    WHERE verdict.survey_year = $year AND verdict.agency_id IS NOT NULL AND list_contains($surveys, verdict.survey)
)

SELECT
    agency_id,
    submission_id,
    survey,
    verdict,
    received_at
FROM sent
WHERE is_current OR (verdict = 'parked' AND (stands_since IS NULL OR received_at > stands_since))
ORDER BY agency_id, survey, received_at, submission_id
