/*
title: Figures of others in private reports that their release does not show
grain: one row a report and figure; none where every report shows what was admitted and nothing else
definition: >
  A figure is admitted where the ledger shows the same text for the same figure of the same release; a curve where the
  ledger shows a quantile of the same measure and group, since the rules admit them together. `report_figure` is
  ledger.report_figure, or what would be entered in it.
*/
SELECT
    report.release,
    report.agency_id,
    report.measure,
    report.category,
    report.peer_group,
    report.peer_value,
    report.statistic,
    report.display
FROM report_figure AS report
LEFT JOIN ledger.cell AS cell
    ON
        report.release = cell.release
        AND report.survey_year = cell.survey_year
        AND report.measure = cell.measure
        AND report.category = cell.category
        AND report.peer_group = cell.peer_group
        AND report.peer_value = cell.peer_value
        AND report.statistic = cell.statistic
        AND report.display = cell.display
        AND cell.basis = ''
        AND cell.reason = ''
LEFT JOIN (
    SELECT DISTINCT
        release,
        survey_year,
        measure,
        peer_group,
        peer_value
    FROM ledger.cell
    WHERE family = 'order' AND basis = '' AND reason = ''
) AS line
    ON
        report.release = line.release
        AND report.survey_year = line.survey_year
        AND report.measure = line.measure
        AND report.peer_group = line.peer_group
        AND report.peer_value = line.peer_value
        AND report.statistic = 'curve'
WHERE cell.release IS NULL AND line.release IS NULL
ORDER BY ALL
