/*
title: What decides a faulty submission
grain: one row a submission that breaks a rule
definition: What rejects outweighs what parks; then what was found first. A fault of the whole file counts for each row.
*/
WITH ruled AS (
    SELECT
        fault.file_no,
        fault.line,
        fault.rule_id,
        fault.column_name,
        fault.seen,
        intake_rule.verdict,
        intake_rule.position,
        CASE WHEN fault.column_name <> '' THEN fault.column_name || ': ' ELSE '' END
        || replace(intake_rule.sentence, '{seen}', coalesce(nullif(left(fault.seen, 80), ''), 'nothing')) AS reason
    FROM fault
    JOIN intake_rule USING (rule_id)
),

-- Of a line, and of a file, only the worst is looked at further: a file may have many faults and many rows.
worst_here AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY file_no, line) AS faults
    FROM ruled
    QUALIFY
        row_number() OVER (
            PARTITION BY file_no, line ORDER BY verdict <> 'rejected', position, column_name, seen
        ) = 1
),

spread AS (
    SELECT
        contested.line AS of_line,
        worst_here.*
    FROM contested
    JOIN worst_here ON contested.file_no = worst_here.file_no AND contested.line = worst_here.line
    WHERE worst_here.line > 0
    UNION ALL
    SELECT
        contested.line AS of_line,
        worst_here.*
    FROM contested
    JOIN worst_here ON contested.file_no = worst_here.file_no
    WHERE worst_here.line = 0
),

told AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY file_no, of_line ORDER BY verdict <> 'rejected', line > 0, position, column_name
        ) AS place,
        sum(faults) OVER (PARTITION BY file_no, of_line) AS all_faults
    FROM spread
)

SELECT
    file_no,
    of_line AS line,
    verdict,
    rule_id,
    reason || CASE WHEN all_faults > 1 AND verdict = 'parked' THEN ' (and ' || (all_faults - 1)::BIGINT || ' more)' ELSE '' END AS reason
FROM told
WHERE place = 1
