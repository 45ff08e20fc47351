"""What one contributor may be told privately: how closely anyone could infer its own figures."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarking.errors import BenchmarkingError
from benchmarking.protect.cells import SHARE, SUM, Row
from benchmarking.protect.decide import systems_of
from benchmarking.protect.interval import Attacker, independent
from benchmarking.protect.ledger import read_ledger
from benchmarking.protect.system import System
from benchmarking.warehouse import Warehouse

Record = dict[str, Any]


def certificate(warehouse: Warehouse, agency_id: str, ledger: list[Row] | None = None) -> list[Record]:
    """Give, for each year and measure of an agency, the best that anyone could infer from everything ever published.

    Intervals are of the agency's own contribution: a ratio's numerator, in the measure's unit times its denominator's;
    for a share whether it is known what the agency answered. `upper` is None where nothing bounds it. `ledger` holds
    the ledger's rows where the caller has read them already, for many agencies in a row.

    Raises:
        BenchmarkingError: the ledger holds no figure to which the agency contributed.
    """
    rows = read_rows(warehouse) if ledger is None else ledger
    found = []
    for family in (SUM, SHARE):
        for year in sorted({row.unit.survey_year for row in rows}):
            mine = [row for row in rows if row.family == family and row.unit.survey_year == year]
            for scales in systems_of(mine, family):
                found += _of_system([row for row in mine if row.unit.measure in scales], scales, agency_id, warehouse)
    if not found:
        raise BenchmarkingError(
            "nothing was published to which it contributed.", f"agency {agency_id}", "Check the agency's id."
        )
    return found


def read_rows(warehouse: Warehouse) -> list[Row]:
    """Read every figure of the ledger with its contributors."""
    connection = warehouse.connect()
    try:
        return list(read_ledger(connection).rows)
    finally:
        connection.close()


def _of_system(
    rows: list[Row], scales: dict[str, tuple[str, float]], agency_id: str, warehouse: Warehouse
) -> list[Record]:
    system = System(rows, len(rows), scales)
    places = {place for (agency, _), place in system.position.items() if agency == agency_id}
    found = []
    for members, figures, most in system.figure_groups():
        columns = np.flatnonzero(~np.isnan(figures))
        mine = [int(np.searchsorted(columns, place)) for place in sorted(places & set(columns.tolist()))]
        if not mine or np.any(figures[columns] < 0):
            continue
        sums = system.vectors(members)[:, columns].toarray()
        attacker = Attacker(sums[independent(sums)], figures[columns], 0.0, most)
        for place in mine:
            found.append(_record(rows[members[0]], figures[columns], place, attacker, warehouse))
    return found


def _record(row: Row, figures: np.ndarray, place: int, attacker: Attacker, warehouse: Warehouse) -> Record:
    target = np.zeros(len(figures))
    target[place] = 1.0
    low, high = attacker.interval(target)
    low, upper = max(low, 0.0), None if np.isinf(high) else float(high)
    measure = warehouse.programme.measures.get(row.unit.measure)
    title = measure.title if measure else row.unit.measure
    ends = f"{low:,.0f} and {upper:,.0f}" if upper is not None else f"{low:,.0f} and any amount"
    return {
        "survey_year": row.unit.survey_year,
        "measure": row.unit.measure,
        "family": row.family,
        "figure": float(figures[place]),
        "lower": float(low),
        "upper": upper,
        "sentence": f"{title}, {row.unit.survey_year}: the best that anyone could infer about your figure from "
        f"everything ever published lies between {ends}.",
    }
