"""The protect step: decide what of every year up to one may be shown, and write the published tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarking.catalog import Programme
from benchmarking.protect import write
from benchmarking.protect.cells import (
    PEOPLE,
    Population,
    Row,
    Unit,
    fetch_rows,
    load_populations,
)
from benchmarking.protect.decide import (
    MATCHED,
    MATCHED_NEXT,
    PRIMARY,
    SECONDARY,
    Decided,
    Verdict,
    decide,
    order_of,
    sort_candidates,
)
from benchmarking.protect.inspect import secrets
from benchmarking.protect.ledger import BESIDE, Ledger, read_ledger, row_id
from benchmarking.protect.settle import settle
from benchmarking.tables import CELL_KEYS, TABLES
from benchmarking.warehouse import Warehouse

Record = dict[str, Any]
TABLES_WRITTEN = ("cell", "change", "curve", "association", "headline", "decision")


@dataclass(frozen=True)
class ProtectSummary:
    """Counts of one run: published figures of the year, those shown and hidden, and why."""

    cells: int
    shown: int
    hidden: int
    primary: int
    secondary: int
    nested: int
    held_back: int
    low_reliability: int
    narrowest_interval: float | None
    programmes_solved: int


@dataclass(frozen=True)
class Case:
    """Everything a decision stands on: contributors' rows by unit and family, the order, the ledger, and verdicts."""

    rows: dict[tuple[Unit, str], Row]
    ledger: Ledger
    decided: Decided
    ordered: list[Row]


def protect(warehouse: Warehouse, year: int) -> ProtectSummary:
    """Hide what must stay hidden in the figures of a survey year.

    Reads benchmark.*, staging.agency, the ledger, and what the published tables show of the years beside it; writes
    published.*, the year's rows replaced in one commit.
    """
    connection = warehouse.connect()
    try:
        case = build_case(connection, warehouse.programme, year, warehouse.settings.now())
        records = _settled_records(connection, warehouse.programme, case, year)
    finally:
        connection.close()
    for name in TABLES_WRITTEN:
        table = f"published.{name}"
        warehouse.replace_year(table, year, pa.Table.from_pylist(records[name], schema=TABLES[table].schema))
    return _summary(records, case.decided)


def build_case(connection: duckdb.DuckDBPyConnection, programme: Programme, year: int, now: datetime) -> Case:
    """Collect who stands behind every figure of the year, and decide against everything known."""
    ledger = read_ledger(connection)
    populations = {y: load_populations(connection, programme, y) for y in (year - 2, year - 1, year, year + 1)}
    rows = rows_behind(connection, programme, populations, year)
    young = young_agencies(connection, programme, year, now)
    too_young = {key: YOUNG for key, row in rows.items() if young & set(row.agency.tolist())}
    # A neighbouring year's figures may not be released yet; what its tables show is kept as if it were.
    beside: dict[tuple[Unit, str], Row] = {}
    for other in (year - 1, year + 1):
        shown = shown_keys(connection, programme, other)
        found = rows_behind(connection, programme, populations, other) if shown else {}
        beside |= {key: row for key, row in found.items() if key in shown}
    headlines = [(line["measure"], line.get("peer_group", "all")) for line in programme.headlines]
    candidates = [row for key, row in rows.items() if key not in too_young and key not in beside]
    ordered = sort_candidates(candidates, order_of(programme), headlines)
    closed = secrets(ledger.hidden, [*ledger.rows, *ordered], programme.disclosure)
    decided = decide(
        [*ledger.rows, *beside.values()],
        ordered,
        programme.disclosure,
        closed=closed,
        settled=_settled(ledger, ordered),
    )
    decided.verdicts.update(too_young)
    return Case(rows, ledger, decided, ordered)


def _settled(ledger: Ledger, candidates: Iterable[Row]) -> dict[tuple[Unit, str], Verdict]:
    """Give the verdicts that stand: what a release hid or held back, and nothing behind it has changed, stays so.

    Or each release would show a little more than the one before, and running it again would not give it again.
    """
    aged = {_place(unit) for (unit, _, _), reason in ledger.reasons.items() if reason == "age"}
    verdicts: dict[tuple[Unit, str], Verdict] = {}
    for row in candidates:
        where = (row.unit, row.family, row_id(row))
        reason = BESIDE if where in ledger.held else ledger.reasons.get(where, "")
        if reason and reason not in PASSING and _place(row.unit) not in aged:
            verdicts[row.unit, row.family] = Verdict("secondary" if reason == BESIDE else reason, _STANDS)
    return verdicts


def _place(unit: Unit) -> tuple[int, str, str, str]:
    """Give the year, measure and group that a figure, its people and both halves of its change share."""
    year = unit.survey_year + (unit.basis == MATCHED_NEXT)
    return year, unit.measure, unit.peer_group, unit.peer_value


# Reasons that pass: too young data grows older, what was not known or had no value may come to have one.
PASSING = ("age", "unknown", "unavailable")
_STANDS = "an earlier release hid it, and nothing behind it has changed"


def shown_keys(connection: duckdb.DuckDBPyConnection, programme: Programme, year: int) -> set[tuple[Unit, str]]:
    """Give what the published tables show of a year, by unit and family; restatements held back are not shown."""
    records = {name: _rows(connection, f"published.{name}", year) for name in ("cell", "change", "decision")}
    return keys_of(records, programme)


def keys_of(records: Mapping[str, Iterable[Record]], programme: Programme) -> set[tuple[Unit, str]]:
    """Give what records of the published tables show, by unit and family."""
    held = {
        tuple(decision[name] for name in CELL_KEYS)
        for decision in records["decision"]
        if decision["reason"] == "revision"
    }
    keys: set[tuple[Unit, str]] = set()
    for cell in records["cell"]:
        if cell["status"] in HIDDEN or tuple(cell[name] for name in CELL_KEYS) in held:
            continue
        unit = write.unit_of(cell)
        keys.add((unit, write.family_of(programme.measures[unit.measure], cell["statistic"])))
        if cell["people"] is not None:
            keys.add((unit, PEOPLE))
    for change in records["change"]:
        if change["basis"] == MATCHED and change["status"] not in HIDDEN:
            unit = write.unit_of(change, MATCHED)
            family = write.family_of(programme.measures[unit.measure], change["statistic"])
            before = replace(unit, survey_year=unit.survey_year - 1, basis=MATCHED_NEXT)
            keys |= {(unit, family), (before, family)}
    return keys


HIDDEN = (write.CONFIDENTIAL, write.UNAVAILABLE)
YOUNG = Verdict("age", "its data is younger at release than the programme allows")


def rows_behind(
    connection: duckdb.DuckDBPyConnection,
    programme: Programme,
    populations: Mapping[int, Mapping[str, Population]],
    year: int,
) -> dict[tuple[Unit, str], Row]:
    """Give the contributors behind every figure and change of a year, by unit and family of rules.

    The matched panel behind a change is a row of the year and another of the year before.
    """
    found = _unit_rows(programme, populations[year], _rows(connection, "benchmark.estimate", year))
    return found | _matched_rows(programme, populations, year, _rows(connection, "benchmark.change", year))


def _unit_rows(
    programme: Programme, populations: Mapping[str, Population], estimates: Iterable[Record]
) -> dict[tuple[Unit, str], Row]:
    """Give the contributors behind every estimate; one whose count does not agree is left out and so stays hidden."""
    rows: dict[tuple[Unit, str], Row] = {}
    for estimate in estimates:
        measure = programme.measures.get(estimate["measure"])
        if measure is None or estimate["measure"] not in populations:
            continue
        unit = write.unit_of(estimate)
        families = [write.family_of(measure, estimate["statistic"])]
        families += [PEOPLE] if estimate["people"] is not None and measure.kind == "ratio" else []
        for family in families:
            if (unit, family) not in rows:
                row = _row(populations[unit.measure], unit, family)
                if len(np.unique(row.agency)) == estimate["contributors"]:
                    rows[unit, family] = row
    return rows


def _row(population: Population, unit: Unit, family: str) -> Row:
    row = population.unit(unit.peer_group, unit.peer_value)
    return replace(row, family=family, unit=unit)


def _matched_rows(
    programme: Programme, populations: Mapping[int, Mapping[str, Population]], year: int, changes: Iterable[Record]
) -> dict[tuple[Unit, str], Row]:
    """Give the matched panel behind every change, as a row of this year and as one of the year before."""
    rows: dict[tuple[Unit, str], Row] = {}
    for change in changes:
        measure = programme.measures.get(change["measure"])
        now = populations[year].get(change["measure"])
        before = populations.get(year - 1, {}).get(change["measure"])
        if change["basis"] != MATCHED or measure is None or now is None or before is None:
            continue
        family = write.family_of(measure, change["statistic"])
        unit = write.unit_of(change, MATCHED)
        if (unit, family) in rows:
            continue
        mine = _row(now, unit, family)
        mine = mine.take(np.isin(mine.agency, before.row.agency))
        theirs = replace(before.row, family=family, unit=replace(unit, survey_year=year - 1, basis=MATCHED_NEXT))
        theirs = theirs.take(np.isin(theirs.agency, mine.agency))
        rows[unit, family], rows[theirs.unit, family] = mine, _weighed_as(theirs, mine)
    return rows


def _weighed_as(theirs: Row, mine: Row) -> Row:
    """Give a panel's year before under this year's weights: a change on the matched panel weighs both years so."""
    weights = dict(zip(mine.agency.tolist(), mine.weight.tolist(), strict=True))
    return replace(theirs, weight=np.array([weights[agency] for agency in theirs.agency.tolist()]))


def young_agencies(connection: duckdb.DuckDBPyConnection, programme: Programme, year: int, now: datetime) -> set[str]:
    """Give the agencies whose answers tell of a period that closed less than the minimum age ago."""
    limit = _months_before(now.date(), programme.disclosure.minimum_age_months)
    young: set[str] = set()
    for survey in programme.surveys.values():
        for question in survey.questions:
            if question.role == "period" and question.type == "date":
                young |= _answered_after(connection, survey.name, question.name, year, limit)
    return young


def _answered_after(
    connection: duckdb.DuckDBPyConnection, survey: str, question: str, year: int, limit: date
) -> set[str]:
    statement = f"SELECT DISTINCT agency_id FROM staging.{survey} WHERE survey_year = ? AND {question} > ?"
    try:
        return {agency for (agency,) in connection.execute(statement, [year, limit]).fetchall()}
    except duckdb.CatalogException:
        return set()  # the survey was never answered, so nothing of it can be young


def _months_before(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 - months
    return date(total // 12, total % 12 + 1, min(day.day, 28))


def _settled_records(
    connection: duckdb.DuckDBPyConnection, programme: Programme, case: Case, year: int
) -> dict[str, list[Record]]:
    """Write the records, attack what they show as the audit will, and hide more until it finds nothing."""

    def shown() -> set[tuple[Unit, str]]:
        return keys_of(_records(connection, programme, case, year), programme)

    settle(case.decided, (case.ledger.rows, case.ledger.hidden), case.rows, case.ordered, programme.disclosure, shown)
    return _records(connection, programme, case, year)


def _records(
    connection: duckdb.DuckDBPyConnection, programme: Programme, case: Case, year: int
) -> dict[str, list[Record]]:
    known = [row for row in _rows(connection, "benchmark.estimate", year) if row["measure"] in programme.measures]
    judge = write.Judge(programme, case.rows, case.decided.verdict, case.ledger.newest)
    cells = write.cell_records(judge, known)
    by_key = {tuple(cell[name] for name in CELL_KEYS): cell for cell in cells}
    before = {tuple(cell[name] for name in CELL_KEYS): cell for cell in _rows(connection, "published.cell", year - 1)}
    changes = [row for row in _rows(connection, "benchmark.change", year) if row["measure"] in programme.measures]
    change_records = write.change_records(judge, changes, {**before, **by_key})
    return {
        "cell": cells,
        "decision": list(judge.decisions),
        "change": change_records,
        "curve": write.curve_records(judge, _rows(connection, "benchmark.curve", year)),
        "association": write.association_records(programme, _rows(connection, "benchmark.association", year)),
        "headline": write.headline_records(programme, year, by_key, change_records),
    }


def _rows(connection: duckdb.DuckDBPyConnection, table: str, year: int) -> list[Record]:
    order = ", ".join(TABLES[table].keys)
    return fetch_rows(connection, f"SELECT * FROM {table} WHERE survey_year = ? ORDER BY {order}", [year])


def _summary(records: Mapping[str, list[Record]], decided: Decided) -> ProtectSummary:
    cells = records.get("cell", [])
    reasons = Counter(decision["reason"] for decision in records.get("decision", []))
    hidden = sum(cell["status"] in (write.CONFIDENTIAL, write.UNAVAILABLE) for cell in cells)
    narrowest = decided.audit.narrowest
    return ProtectSummary(
        cells=len(cells),
        shown=len(cells) - hidden,
        hidden=hidden,
        primary=sum(reasons[reason] for reason in PRIMARY),
        secondary=sum(reasons[reason] for reason in SECONDARY),
        nested=reasons["nested"],
        held_back=reasons["revision"],
        low_reliability=sum(cell["status"] == write.UNRELIABLE for cell in cells),
        narrowest_interval=float(narrowest) if np.isfinite(narrowest) else None,
        programmes_solved=decided.audit.programmes,
    )
