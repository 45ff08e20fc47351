/*
title: Submissions in hand with their verdicts
grain: one row a submission
*/
SELECT
    arrived.*,
    CASE WHEN judged.verdict IS NULL THEN 1 ELSE judged.version END AS version,
    coalesce(judged.verdict, 'accepted') AS verdict,
    coalesce(judged.rule_id, '') AS rule_id,
    coalesce(judged.reason, '') AS reason,
    coalesce(judged.code, 0) AS code,
    coalesce(judged.is_recorded, FALSE) AS is_recorded
FROM arrived
LEFT JOIN judged ON arrived.file_no = judged.file_no AND arrived.line = judged.line
