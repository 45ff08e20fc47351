/*
title: What each file proves about its separators and its order of day and month
grain: one row a file
definition: >
  The order of day and month counts where the file itself proves it. A file whose columns are parted by commas writes
  its decimals with a point unless it shows otherwise.
*/
SELECT
    declared.file_no,
    coalesce(bool_or(found.has_comma), FALSE) AS has_comma,
    coalesce(bool_or(found.has_point), FALSE)
    OR (any_value(declared.has_point) AND NOT coalesce(bool_or(found.has_comma), FALSE)) AS has_point,
    coalesce(bool_or(found.day_first), FALSE) AS day_first,
    coalesce(bool_or(found.month_first), FALSE) AS month_first
FROM declared
LEFT JOIN found USING (file_no)
GROUP BY declared.file_no
