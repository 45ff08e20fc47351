"""Heavy counting of people: one scan of the spells by agency and month, which every cut is added up from."""

from __future__ import annotations

import duckdb

from benchmarking import sql


def count_moves(connection: duckdb.DuckDBPyConnection, cut: str | None = None) -> None:
    """Make the temporary tables cell and cell_move: people entering, leaving and ending by cell and month.

    Args:
        connection: has spell (agency_id, entry_months, exit_months, has_ended, weight; one survival measure) and cut
            (agency_id, peer_group, peer_value). Weights are whole numbers or decimals, so that sums do not depend on
            the order of rows.
        cut: the one peer group wanted beside all agencies; every one where it is None.

    An agency is in the same cells with all its people, so that adding up agencies is exact.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE agency_move AS " + sql.read("benchmark/agency_move"))
    connection.execute("CREATE OR REPLACE TEMP TABLE cell AS " + sql.read("benchmark/cell_name"), {"wanted": cut})
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE agency_cell AS "
        "SELECT cut.agency_id, cell.cell FROM cut INNER JOIN cell USING (peer_group, peer_value)"
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE cell_move AS " + sql.read("benchmark/cell_move"))
