"""What weighting does: every figure of a year without weights, beside the one that is published."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarking import sql
from benchmarking.aggregate import compare
from benchmarking.aggregate.figures import Book
from benchmarking.aggregate.panel import prepare
from benchmarking.aggregate.step import estimate_rows, read_year
from benchmarking.warehouse import Warehouse


@dataclass(frozen=True)
class UnweightedSummary:
    """Where the comparison lies, how many figures it holds, and of how many the weighted interval misses the other."""

    file: str
    figures: int
    outside: int
    note: str = "Not protected: for the organiser alone, never to be published."


def write_unweighted(warehouse: Warehouse, year: int) -> UnweightedSummary:
    """Estimate a survey year as if every contributor counted once, of an endless population, and write both as CSV.

    Every measure, statistic and peer group of benchmark.estimate is there, with its interval. The file is for the
    organiser: two sums over the same contributors would tell more than one, so only the weighted one can be published.

    Raises:
        DefinitionError: a measure or staging.agency lacks a column.
    """
    plain = Warehouse(warehouse.settings, replace(warehouse.programme, frame_margins=()))
    connection = plain.connect()
    prepare(connection, plain.programme)
    before, now = (read_year(connection, plain, one) for one in (year - 1, year))
    books = {name: Book.of(panel, compare.categories_of(panel, before.get(name))) for name, panel in now.items()}
    connection.register("unweighted_rows", estimate_rows(connection, books, year))
    connection.execute("CREATE TEMP TABLE unweighted AS SELECT * FROM unweighted_rows")
    connection.execute(f"CREATE TEMP TABLE both_ways AS {sql.read('benchmark/both_ways')}", {"survey_year": year})
    path = warehouse.folder("figures") / f"unweighted-{year}.csv"
    part = path.with_name(path.name + ".part")
    connection.execute(f"COPY (FROM both_ways ORDER BY ALL) TO '{str(part).replace(chr(39), chr(39) * 2)}' (HEADER)")
    part.replace(path)
    counted = connection.sql(
        "SELECT count(*), count(*) FILTER (WHERE unweighted_value NOT BETWEEN weighted_lower AND weighted_upper) "
        "FROM both_ways"
    ).fetchone()
    return UnweightedSummary(str(path), *(counted or (0, 0)))
