/*
title: Verdicts of the contested submissions, those given before included
grain: one row a submission
definition: >
  A verdict once written stands, so that a run that was cut short ends as it would have. Submissions of one code have
  one verdict for one reason; 0 is accepted without a word.
*/
WITH standing AS (
    SELECT
        decided.file_no * 4294967296 + decided.line AS position,
        recorded.submission_id IS NOT NULL AS is_recorded,
        CASE WHEN is_recorded THEN recorded.version ELSE decided.version END AS version,
        coalesce(recorded.verdict, decided.verdict) AS verdict,
        coalesce(recorded.rule_id, decided.rule_id) AS rule_id,
        coalesce(recorded.reason, decided.reason) AS reason
    FROM decided
    LEFT JOIN recorded USING (submission_id)
)

SELECT
    *,
    CASE
        WHEN verdict = 'accepted' AND rule_id = '' AND reason = '' THEN 0
        ELSE dense_rank() OVER (ORDER BY verdict, rule_id, reason)
    END AS code
FROM standing
