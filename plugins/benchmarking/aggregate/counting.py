"""Counting in SQL that every cut is added up from: cells by number, and people moving by agency and month."""

from __future__ import annotations

import duckdb

from benchmarking import sql


def number_cells(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables cell and agency_cell: a whole number for every cell, and the agencies in it.

    Args:
        connection: has cut (agency_id, peer_group, peer_value) and frame_agency (unit, agency_id).
    """
    for table, file in (("cell", "cell_name"), ("agency_cell", "agency_cell")):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS " + sql.read(f"benchmark/{file}"))


def count_moves(connection: duckdb.DuckDBPyConnection, cut: str | None = None) -> None:
    """Make the temporary table cell_move: people entering, leaving and ending by cell and month.

    Args:
        connection: has spell (agency_id, entry_months, exit_months, has_ended, weight; one survival measure) and what
            number_cells makes. Weights are whole numbers or decimals, so that sums do not depend on the order of rows.
        cut: the one peer group wanted beside all agencies; every one where it is None.

    An agency is in the same cells with all its people, so that adding up agencies is exact.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE agency_move AS " + sql.read("benchmark/agency_move"))
    connection.execute("CREATE OR REPLACE TEMP TABLE cell_move AS " + sql.read("benchmark/cell_move"), {"wanted": cut})
