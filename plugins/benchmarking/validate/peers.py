"""What a query may say of others: the middle half that last year's release shows, and nothing else.

No audit looks at query files, and an agency may be sent many of them, or compare its own with another's. So nothing is
computed for them: a figure is looked up among those that were published, which everybody has already (see
docs/decisions/0006-a-query-tells-what-is-published.md). Where none can be shown there are words instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarking import sql
from benchmarking.catalog import TWO_WAY, Programme
from benchmarking.validate.rules import published_beside

AGENCY, ALL = "staging.agency", "all"


@dataclass(frozen=True)
class MiddleHalf:
    """Two quartiles as their release shows them, and of whom they are; without quartiles `basis` says why."""

    lower: str
    upper: str
    basis: str


NOT_COMPARED = MiddleHalf("", "", "No published figure is made of this answer alone.")
NOT_PUBLISHED = MiddleHalf("", "", "No middle half of enough others was published last year.")


@dataclass(frozen=True)
class Published:
    """Last year's published middle halves by measure, peer group and value, each with the holdings behind it."""

    programme: Programme
    beside: Mapping[str, str]
    found: Mapping[tuple[str, str, str], tuple[MiddleHalf, frozenset[str]]]
    holdings: Mapping[str, frozenset[str]]
    groups: Mapping[str, tuple[tuple[str, str], ...]]

    def middle_half(self, question: str, agency_id: str) -> MiddleHalf:
        """Give what may stand beside an agency's answer: its own peer group's middle half, else that of all.

        It is shown only where at least `minimum_quartiles` holdings other than the agency's own are behind it.
        """
        measure = self.beside.get(question)
        if measure is None:
            return NOT_COMPARED
        own = self.holdings.get(agency_id, frozenset())
        for group, value in (*self.groups.get(agency_id, ()), (ALL, ALL)):
            shown, behind = self.found.get((measure, group, value), (NOT_PUBLISHED, frozenset()))
            if len(behind - own) >= self.programme.disclosure.minimum_quartiles:
                return shown
        return NOT_PUBLISHED


def read_published(
    connection: duckdb.DuckDBPyConnection, programme: Programme, year: int, retracted: Path
) -> Published:
    """Read what the release of the year before shows.

    Args:
        connection: has `ledger.*`, and `staging.agency` of the year.
        retracted: the folder to which the files of retracted releases were moved.

    Raises:
        DefinitionError: `published_beside` of rules.yaml names no question or no measure.
    """
    parameters = {"last_year": year - 1, "retracted": sorted(path.name for path in retracted.glob("*"))}
    rows = connection.execute(sql.read("published/middle_half"), parameters).fetchall()
    found = {
        (measure, group, value): (
            MiddleHalf(lower, upper, _basis(programme, measure, group, value, release)),
            frozenset(behind),
        )
        for release, measure, group, value, lower, upper, behind in rows
        if measure in programme.measures
    }
    return Published(programme, published_beside(programme), found, *_agencies(connection, programme, year))


def _basis(programme: Programme, measure: str, group: str, value: str, release: str) -> str:
    return f"{programme.measures[measure].title}; {programme.peer_label(group, value)}; release {release}"


def _agencies(
    connection: duckdb.DuckDBPyConnection, programme: Programme, year: int
) -> tuple[dict[str, frozenset[str]], dict[str, tuple[tuple[str, str], ...]]]:
    """Give each agency's holdings, now and in what was published, and its value of the first peer group."""
    first = [group for group in programme.peer_groups if TWO_WAY not in group and group != ALL][:1]
    holdings: dict[str, set[str]] = defaultdict(set)
    pairs: Iterable[tuple[str, str]] = connection.execute(
        "SELECT DISTINCT agency_id, holding_id FROM ledger.participation"
    ).fetchall()
    groups: dict[str, tuple[tuple[str, str], ...]] = {}
    if AGENCY in programme.table_names:
        names = ", ".join(["agency_id", "holding_id", *first])
        rows = connection.execute(f"SELECT {names} FROM {AGENCY} WHERE survey_year = ?", [year]).fetchall()
        groups = {row[0]: tuple(zip(first, row[2:], strict=True)) for row in rows}
        pairs = [*pairs, *(row[:2] for row in rows)]
    for agency_id, holding_id in pairs:
        holdings[agency_id].add(holding_id)
    return {agency_id: frozenset(some) for agency_id, some in holdings.items()}, groups
