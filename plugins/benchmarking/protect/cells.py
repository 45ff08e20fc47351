"""Which contributors stand behind which figure: the rows of M, from the warehouse.

A unit is everything published for one year, measure, peer group and value; its figures come from the same
contributors. A row of M is one unit's contributors with the weights used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarking.catalog import TWO_WAY, Programme
from benchmarking.protect.primary import Floats

Texts = NDArray[np.str_]
SUM, SHARE, ORDER, PEOPLE = "sum", "share", "order", "people"
POOLED = "pooled"
PEER_ALL = "all"
SENIORITY = "seniority"


@dataclass(frozen=True, order=True)
class Unit:
    """One year, measure, peer group and value; `basis` is "" or, for a change, "matched" or "all"."""

    survey_year: int
    measure: str
    peer_group: str
    peer_value: str
    basis: str = ""


@dataclass(frozen=True)
class Row:
    """One unit's contributors.

    Arrays have one entry an agency, ordered by agency: its holding, its weight, its figure (the numerator, 1 for a
    share, months for spells), denominator and category, and its people.
    """

    unit: Unit
    family: str
    agency: Texts
    holding: Texts
    weight: Floats
    figure: Floats
    denominator: Floats
    category: Texts
    people: Floats

    def __len__(self) -> int:
        return len(self.agency)

    @property
    def holdings(self) -> int:
        """Give the number of contributors, a holding group counting once."""
        return len(np.unique(self.holding))

    def take(self, chosen: NDArray) -> Row:
        """Give the row of the chosen contributors (mask or positions)."""
        names = ("agency", "holding", "weight", "figure", "denominator", "category", "people")
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})


@dataclass(frozen=True)
class Population:
    """All contributors of one year and measure, and the peer columns they are cut by."""

    row: Row
    peers: dict[str, Texts]

    def members(self, peer_group: str, peer_value: str) -> NDArray[np.bool_]:
        """Say of each contributor whether it is in a peer group's value; two-way groups are "a x b"."""
        if peer_group == PEER_ALL:
            return np.ones(len(self.row), bool)
        columns, values = peer_group.split(TWO_WAY), peer_value.split(TWO_WAY)
        if len(columns) != len(values) or any(column not in self.peers for column in columns):
            return np.zeros(len(self.row), bool)
        return np.logical_and.reduce([self.peers[c] == v for c, v in zip(columns, values, strict=True)])

    def unit(self, peer_group: str, peer_value: str) -> Row:
        """Give the row of one peer group's value."""
        row = self.row.take(self.members(peer_group, peer_value))
        return replace(row, unit=replace(row.unit, peer_group=peer_group, peer_value=peer_value))


def load_populations(connection: duckdb.DuckDBPyConnection, programme: Programme, year: int) -> dict[str, Population]:
    """Give the contributors of every measure of a survey year."""
    peers = _peer_columns(connection, programme)
    found = {}
    for measure, columns in _by_measure(connection, _contribution_sql(peers), year):
        found[measure] = _population(programme, year, measure, columns, peers)
    for measure, columns in _by_measure(connection, _spell_sql(peers), year):
        found[measure] = _population(programme, year, measure, columns, [*peers, SENIORITY])
    return found


def _peer_columns(connection: duckdb.DuckDBPyConnection, programme: Programme) -> list[str]:
    wanted = [*programme.peer_columns, *([programme.bands["peer_group"]] if programme.bands else [])]
    try:
        there = {row[0] for row in connection.execute("DESCRIBE staging.agency").fetchall()}
    except duckdb.CatalogException:
        return []
    return [column for column in dict.fromkeys(wanted) if column in there]


def _contribution_sql(peers: list[str]) -> str:
    cuts = "".join(f", coalesce(CAST(a.{column} AS VARCHAR), '') AS {column}" for column in peers)
    join = "LEFT JOIN staging.agency AS a USING (survey_year, agency_id)" if peers else ""
    return (
        "SELECT measure, agency_id, c.holding_id, coalesce(category, '') AS category, "
        "CAST(coalesce(numerator, 1) AS DOUBLE) AS figure, CAST(coalesce(denominator, 1) AS DOUBLE) AS denominator, "
        "CAST(coalesce(people, 0) AS DOUBLE) AS people, CAST(coalesce(weight, 1) AS DOUBLE) AS weight"
        f"{cuts} FROM benchmark.contribution AS c {join} WHERE survey_year = ? ORDER BY measure, agency_id, category"
    )


def _spell_sql(peers: list[str]) -> str:
    cuts = "".join(f", coalesce(CAST(a.{column} AS VARCHAR), '') AS {column}" for column in peers)
    join = "LEFT JOIN staging.agency AS a USING (survey_year, agency_id)" if peers else ""
    return (
        "SELECT measure, agency_id, c.holding_id, '' AS category, coalesce(exit_months, 0) AS figure, "
        "coalesce(entry_months, 0) AS denominator, 1.0 AS people, CAST(coalesce(weight, 1) AS DOUBLE) AS weight, "
        f"coalesce(seniority, '') AS seniority{cuts} FROM benchmark.spell AS c {join} "
        "WHERE survey_year = ? ORDER BY measure, agency_id, row_number"
    )


def _by_measure(
    connection: duckdb.DuckDBPyConnection, statement: str, year: int
) -> Iterator[tuple[str, dict[str, NDArray]]]:
    columns = {name: np.asarray(values) for name, values in connection.execute(statement, [year]).fetchnumpy().items()}
    names = columns.pop("measure").astype(str)
    for measure in np.unique(names):
        yield str(measure), {name: values[names == measure] for name, values in columns.items()}


def _population(
    programme: Programme, year: int, measure: str, columns: dict[str, NDArray], peers: list[str]
) -> Population:
    kind = programme.measures[measure].kind if measure in programme.measures else "ratio"
    family = {"ratio": SUM, "share": SHARE, "survival": ORDER}[kind]
    row = Row(
        Unit(year, measure, PEER_ALL, PEER_ALL),
        family,
        columns["agency_id"].astype(str),
        columns["holding_id"].astype(str),
        columns["weight"].astype(float),
        columns["figure"].astype(float),
        columns["denominator"].astype(float),
        columns["category"].astype(str),
        columns["people"].astype(float),
    )
    return Population(row, {name: columns[name].astype(str) for name in peers})


def fetch_rows(
    connection: duckdb.DuckDBPyConnection, statement: str, values: list[Any] | dict[str, Any]
) -> list[dict[str, Any]]:
    """Give a query's rows as mappings of column to value."""
    cursor = connection.execute(statement, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
