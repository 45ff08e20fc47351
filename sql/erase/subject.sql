/*
title: Whose submissions each file holds
grain: one row a file and survey
definition: An agency's id that is one of the erased agency's texts names nobody.
*/
SELECT
    file_sha256,
    survey,
    coalesce(bool_or(agency_id = $agency), FALSE) AS is_mine,
    coalesce(
        bool_or(
            agency_id NOT IN ($agency, $erased)
            AND len(list_filter($traces, LAMBDA trace: contains(agency_id, trace))) = 0
        ),
        FALSE
    ) AS is_others
FROM raw.submission
GROUP BY file_sha256, survey
ORDER BY file_sha256, survey
