/*
title: The file before
grain: one row a file in hand that is compared with another
definition: >
  A file is compared with the newest earlier file of its source of which it names at least half; a form of one agency
  is compared with nothing.
*/
WITH sizes AS (
    SELECT
        file_no,
        file_sha256,
        sum(names) AS names
    FROM size
    GROUP BY file_no, file_sha256
),

shared AS (
    SELECT
        file_no,
        earlier_no,
        file_sha256,
        max(received_at) AS received_at,
        sum(named) AS named
    FROM met
    GROUP BY file_no, earlier_no, file_sha256
)

SELECT
    shared.file_no,
    shared.earlier_no,
    shared.file_sha256
FROM shared
JOIN sizes AS before ON shared.file_sha256 = before.file_sha256 AND shared.earlier_no = before.file_no
JOIN sizes AS own ON shared.file_no = own.file_no
WHERE own.names > 1 AND before.names > 1 AND shared.named * 2 >= before.names
QUALIFY
    row_number() OVER (
        PARTITION BY shared.file_no ORDER BY shared.earlier_no DESC, shared.received_at DESC, shared.file_sha256
    ) = 1
