/*
title: What decides a faulty submission
grain: one row a submission that breaks a rule
definition: What rejects outweighs what parks; then what was found first. A fault of the whole file counts for each row.
*/
WITH spread AS (
    SELECT
        contested.file_no,
        contested.line,
        fault.rule_id,
        fault.column_name,
        fault.seen,
        FALSE AS is_of_file
    FROM fault
    JOIN contested ON contested.file_no = fault.file_no AND contested.line = fault.line AND fault.line > 0
    UNION ALL
    SELECT
        contested.file_no,
        contested.line,
        fault.rule_id,
        fault.column_name,
        fault.seen,
        TRUE AS is_of_file
    FROM fault
    JOIN contested ON contested.file_no = fault.file_no AND fault.line = 0
),

told AS (
    SELECT
        spread.file_no,
        spread.line,
        spread.rule_id,
        intake_rule.verdict,
        CASE WHEN spread.column_name <> '' THEN spread.column_name || ': ' ELSE '' END
        || replace(intake_rule.sentence, '{seen}', coalesce(nullif(left(spread.seen, 80), ''), 'nothing')) AS reason,
        row_number() OVER (
            PARTITION BY spread.file_no, spread.line
            ORDER BY intake_rule.verdict <> 'rejected', NOT spread.is_of_file, intake_rule.position, spread.column_name
        ) AS place,
        count(*) OVER (PARTITION BY spread.file_no, spread.line) AS faults
    FROM spread
    JOIN intake_rule USING (rule_id)
)

SELECT
    file_no,
    line,
    verdict,
    rule_id,
    reason || CASE WHEN faults > 1 AND verdict = 'parked' THEN ' (and ' || (faults - 1) || ' more)' ELSE '' END AS reason
FROM told
WHERE place = 1
