"""What one contributor may be told privately: how closely anyone could infer its own figures."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarking.errors import BenchmarkingError
from benchmarking.progress import track
from benchmarking.protect.categories import least_of_answers
from benchmarking.protect.cells import SHARE, SUM, Row
from benchmarking.protect.decide import systems_of
from benchmarking.protect.interval import Attacker, independent
from benchmarking.protect.ledger import read_ledger
from benchmarking.protect.system import System
from benchmarking.warehouse import Warehouse

Record = dict[str, Any]


def certificate(warehouse: Warehouse, agency_id: str) -> list[Record]:
    """Give, for each year and measure of an agency, the best that anyone could infer from everything ever published.

    Intervals are of the agency's own contribution: a ratio's numerator, in the measure's unit times its denominator's;
    for a share the answer that the agency gave, 1, and the least that it can be when all categories are attacked
    together: 1 again where it is known. `upper` is None where nothing bounds it.

    Raises:
        BenchmarkingError: the ledger holds no figure to which the agency contributed.
    """
    found = certificates(warehouse, [agency_id])[agency_id]
    if not found:
        raise BenchmarkingError(
            "nothing was published to which it contributed.", f"agency {agency_id}", "Check the agency's id."
        )
    return found


def certificates(
    warehouse: Warehouse, agency_ids: Collection[str], year: int | None = None, until: str | None = None
) -> dict[str, list[Record]]:
    """Give the certificates of many agencies, each system of sums set up once; an agency without figures has none.

    Args:
        year: figures of that survey year alone; of every year unless given.
        until: as of that release, it included; as of now unless given.
    """
    connection = warehouse.connect()
    try:
        rows = [row for row in read_ledger(connection, until).rows if year in (None, row.unit.survey_year)]
    finally:
        connection.close()
    found: dict[str, list[Record]] = {agency: [] for agency in agency_ids}
    systems = [
        ([row for row in mine if row.unit.measure in scales], scales)
        for family in (SUM, SHARE)
        for mine in _by_year(rows, family)
        for scales in systems_of(mine, family)
    ]
    for members, scales in track(systems, "certificates", len(systems)):
        for agency, record in _of_system(members, scales, found, warehouse):
            found[agency].append(record)
    return found


def _by_year(rows: list[Row], family: str) -> Iterator[list[Row]]:
    mine = [row for row in rows if row.family == family]
    for year in sorted({row.unit.survey_year for row in mine}):
        yield [row for row in mine if row.unit.survey_year == year]


def _of_system(
    rows: list[Row], scales: dict[str, tuple[str, float]], wanted: Collection[str], warehouse: Warehouse
) -> Iterator[tuple[str, Record]]:
    system = System(rows, len(rows), scales)
    agency_at = {place: agency for (agency, _), place in system.position.items() if agency in wanted}
    if rows[0].family == SHARE:
        for place, least in least_of_answers(system, sorted(agency_at)).items():
            yield agency_at[place], _answer_record(rows[0], least, warehouse)
        return
    for members, figures, most in system.figure_groups:
        columns = np.flatnonzero(~np.isnan(figures))
        if not set(columns.tolist()) & agency_at.keys() or np.any(figures[columns] < 0):
            continue
        sums = system.vectors(members)[:, columns].toarray()
        attacker = Attacker(sums[independent(sums)], figures[columns], 0.0, most)
        # Measures in proportion share their numbers, which are those of one of them.
        unit = rows[members[0]].unit
        lead = replace(rows[members[0]], unit=replace(unit, measure=scales.get(unit.measure, (unit.measure, 1.0))[0]))
        for position, place in enumerate(columns.tolist()):
            if place in agency_at:
                yield agency_at[place], _record(lead, figures[columns], position, attacker, warehouse)


def _answer_record(row: Row, least: float, warehouse: Warehouse) -> Record:
    measure = warehouse.programme.measures.get(row.unit.measure)
    title = measure.title if measure else row.unit.measure
    verdict = "nobody can tell" if least < 1 - KNOWN else "anyone can tell"
    return {
        "survey_year": row.unit.survey_year,
        "measure": row.unit.measure,
        "family": SHARE,
        "figure": 1.0,
        "lower": least,
        "upper": 1.0,
        "sentence": f"{title}, {row.unit.survey_year}: from everything ever published, all answers to the question "
        f"taken together, {verdict} what you said.",
    }


# What the solver leaves open within its tolerance is known.
KNOWN = 1e-6


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
        f"everything ever published lies between {ends}. Before it is divided, it is {figures[place]:,.0f}.",
    }
