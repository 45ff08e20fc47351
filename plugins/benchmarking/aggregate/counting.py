"""Heavy counting of people: one scan of the spells serves every cut, by GROUPING SETS made from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from benchmarking.catalog import TWO_WAY

IS_EXIT = "grouping(exit_months) = 0"
TOTALS = (
    f"CASE WHEN {IS_EXIT} THEN 0 ELSE sum(weight) END AS entering, "
    f"CASE WHEN {IS_EXIT} THEN sum(weight) ELSE 0 END AS leaving, "
    f"CASE WHEN {IS_EXIT} THEN sum(CASE WHEN has_ended THEN weight ELSE 0 END) ELSE 0 END AS ending"
)


def count_moves(connection: duckdb.DuckDBPyConnection, source: str, cuts: Mapping[str, Sequence[str]]) -> None:
    """Make the temporary table cell_move: people entering, leaving and ending by measure, peer group, value and month.

    Args:
        source: a relation of one row a spell with measure, entry_months, exit_months, has_ended, weight (a whole number
            or a decimal, so that sums do not depend on their order) and every column of the cuts.
        cuts: peer group to its columns; "all" has none.
    """
    columns = sorted({column for names in cuts.values() for column in names})
    sets, groups, values = [], [], []
    for group, names in cuts.items():
        apart = [column for column in columns if column not in names]
        is_this = " AND ".join(
            [f"grouping({column}) = 0" for column in names] + [f"grouping({column}) = 1" for column in apart]
        )
        shown = f" || '{TWO_WAY}' || ".join(f"CAST({column} AS VARCHAR)" for column in names) or f"'{group}'"
        groups.append(f"WHEN {is_this or 'true'} THEN '{group}'")
        values.append(f"WHEN {is_this or 'true'} THEN {shown}")
        for month in ("exit_months", "entered_months"):
            sets.append(f"({', '.join(['measure', *names, month])})")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE cell_move AS SELECT * FROM (SELECT measure, "
        f"CASE {' '.join(groups)} END AS peer_group, CASE {' '.join(values)} END AS peer_value, "
        f"CASE WHEN {IS_EXIT} THEN exit_months ELSE entered_months END AS at_months, {TOTALS} "
        # Someone there from the start enters before month 0, so that whoever leaves in month 0 was at risk.
        "FROM (SELECT *, CASE WHEN entry_months > 0 THEN entry_months ELSE -1 END AS entered_months "
        f"FROM {source}) AS spells GROUP BY GROUPING SETS ({', '.join(sets)})) WHERE peer_value IS NOT NULL"
    )
