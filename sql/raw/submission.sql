/*
title: Verdicts of the submissions that depend on something else
grain: one row a submission
definition: >
  What breaks a rule is parked or rejected. What says the same as the version before it is a duplicate. The rest is
  accepted as the next version of its agency and year; one that was submitted before the newest known one is kept as
  version 0, since it replaces nothing.
*/
WITH judged AS (
    SELECT
        contested.*,
        worst.verdict AS fault_verdict,
        worst.rule_id AS fault_rule,
        worst.reason AS fault_reason,
        CASE
            WHEN coalesce(contested.record_id, '') <> '' THEN contested.source || chr(31) || contested.record_id
            WHEN contested.agency_id IS NOT NULL AND contested.survey_year IS NOT NULL
                THEN contested.agency_id || chr(31) || contested.survey_year
        END AS chain
    FROM contested
    LEFT JOIN worst USING (file_no, line)
),

newest AS (
    SELECT
        survey_year,
        agency_id,
        max(version) AS version,
        max(coalesce(submitted_at, received_at)) AS moment
    FROM known
    WHERE verdict IN ('accepted', 'parked')
    GROUP BY survey_year, agency_id
),

last_said AS (
    SELECT
        chain,
        arg_max(content_sha256, position) AS content_sha256,
        arg_max(told, position) AS told,
        arg_max(verdict, position) AS verdict
    FROM known
    WHERE chain IS NOT NULL AND verdict IN ('accepted', 'parked')
    GROUP BY chain
),

conflicting AS (
    SELECT
        file_no,
        agency_id,
        survey_year,
        agency_id || ' in ' || survey_year || ', lines '
        || array_to_string(list_slice(list(line ORDER BY line), 1, 10), ', ') AS seen
    FROM judged
    WHERE coalesce(record_id, '') = '' AND submitted_at IS NULL AND agency_id IS NOT NULL AND survey_year IS NOT NULL
    GROUP BY file_no, agency_id, survey_year
    HAVING count(DISTINCT content_sha256) > 1
),

before AS (
    SELECT
        judged.*,
        conflicting.file_no IS NOT NULL AS is_conflicting,
        conflicting.seen AS conflicting_lines,
        coalesce(lag(judged.content_sha256) OVER earlier, last_said.content_sha256) AS content_before,
        coalesce(lag(judged.told) OVER earlier, last_said.told) AS told_before,
        CASE
            WHEN lag(judged.position) OVER earlier IS NOT NULL THEN lag(judged.fault_verdict) OVER earlier
            WHEN last_said.verdict = 'parked' THEN 'parked'
        END AS fault_before
    FROM judged
    LEFT JOIN conflicting USING (file_no, agency_id, survey_year)
    LEFT JOIN last_said USING (chain)
    WINDOW earlier AS (
        PARTITION BY judged.chain, judged.fault_verdict IS NOT DISTINCT FROM 'rejected'
        ORDER BY judged.position
    )
),

decided AS (
    SELECT
        *,
        CASE
            WHEN fault_verdict = 'rejected' THEN 'rejected'
            -- The same words without the fault they were parked for are no repetition, but the cure.
            WHEN
                chain IS NOT NULL AND content_before = content_sha256
                AND (fault_verdict IS NOT NULL OR fault_before IS NULL) THEN 'duplicate'
            WHEN is_conflicting THEN 'parked'
            WHEN fault_verdict IS NOT NULL THEN fault_verdict
            ELSE 'accepted'
        END AS verdict
    FROM before
),

versioned AS (
    SELECT
        decided.*,
        CASE
            WHEN decided.verdict IN ('rejected', 'duplicate') OR decided.agency_id IS NULL OR decided.survey_year IS NULL THEN NULL
            WHEN coalesce(submitted_at, received_at) < newest.moment THEN 0
            ELSE
                coalesce(newest.version, 0) + row_number() OVER (
                    PARTITION BY decided.agency_id, decided.survey_year, decided.verdict IN ('rejected', 'duplicate')
                    ORDER BY coalesce(submitted_at, received_at), position
                )
        END AS version
    FROM decided
    LEFT JOIN newest ON decided.survey_year = newest.survey_year AND decided.agency_id = newest.agency_id
)

SELECT
    file_no,
    line,
    submission_id,
    verdict,
    version,
    CASE
        WHEN verdict = 'duplicate' THEN 'duplicate'
        WHEN is_conflicting AND fault_verdict IS NULL THEN 'row.twice'
        ELSE coalesce(fault_rule, '')
    END AS rule_id,
    CASE
        WHEN verdict = 'duplicate' THEN 'It was received already: it says the same as ' || told_before || '.'
        WHEN is_conflicting AND fault_verdict IS NULL THEN replace($twice, '{seen}', conflicting_lines)
        WHEN verdict = 'accepted' AND version = 0 THEN 'Kept, but a newer answer for this agency and year is known and counts.'
        WHEN verdict = 'accepted' AND version > 1 THEN 'Taken in; it replaces what was received before for this agency and year.'
        ELSE coalesce(fault_reason, '')
    END AS reason
FROM versioned
