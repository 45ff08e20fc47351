"""What a file says anew beside the file before it, worked out for a range of agencies at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from benchmarking import sql
from benchmarking.collect.shelf import Shelf, laid, looked_at
from benchmarking.collect.verdicts import Verdicts

COMPARED_AT_ONCE = 50_000
SAMPLE = 1_000
COMPARED = pa.schema(
    [
        ("file_no", pa.int64()),
        ("compared_with", pa.string()),
        ("kind", pa.string()),
        ("agency_id", pa.string()),
        ("survey_year", pa.int64()),
    ]
)
KINDS = ("changed", "gone", "new")
Range = tuple[str | None, str | None]


@dataclass(frozen=True)
class Compared:
    """Agencies and years that are new, changed or gone since the file before, of the schema COMPARED.

    tables: one a range of agencies, in the order of these; each in the order of its columns.
    """

    tables: list[pa.Table]
    shelf: Shelf | None

    def in_file(self, file_no: int) -> Iterator[pa.Table]:
        """Give a file's rows in the order of the columns, table by table."""
        for kind in KINDS:
            for table in looked_at(self.shelf, self.tables):
                is_mine = pc.and_(pc.equal(table.column("file_no"), file_no), pc.equal(table.column("kind"), kind))
                yield table.filter(is_mine)


class Comparing:
    """One comparison under way; `told` is who answered for which year in which file, and whether it says the same."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, survey: str, told: list[pa.Table], shelf: Shelf | None
    ) -> None:
        self.connection, self.survey, self.told, self.shelf = connection, survey, told, shelf
        self.ranges = _ranges(told)
        self.laid: Range | None = None

    def compared(self) -> Compared:
        """Find for each file the one it is compared with, then what differs."""
        run = self.connection.execute
        for number, ends in enumerate(self.ranges):
            self._lay(ends)
            for table in ("met", "size"):
                how = f"INSERT INTO {table}" if number else f"CREATE OR REPLACE TEMP TABLE {table} AS"
                run(f"{how} {sql.read(f'raw/earlier_{table}')}")
        run(f"CREATE OR REPLACE TEMP TABLE compared_with AS {sql.read('raw/compared_with')}")
        if not run("SELECT 1 FROM compared_with LIMIT 1").fetchone():
            return Compared([], self.shelf)
        return Compared(laid(self.shelf, map(self._differing, self.ranges)), self.shelf)

    def _differing(self, ends: Range) -> pa.Table:
        self._lay(ends)
        return self.connection.execute(sql.read("raw/compared")).to_arrow_table().cast(COMPARED)

    def _lay(self, ends: Range) -> None:
        """Have what is said in hand, and what was said before, of a range of agencies in DuckDB."""
        if self.laid == ends:
            return
        low, high = ends
        here = [
            table.filter(_is_between(table.column("agency_id"), ends)) for table in looked_at(self.shelf, self.told)
        ]
        self.connection.register("settled_now", pa.concat_tables(here))
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE mine AS {sql.read('raw/settled')}")
        values = {"survey": self.survey, "low": low, "high": high}
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE earlier AS {sql.read('raw/earlier')}", values)
        self.laid = ends


def compare(
    connection: duckdb.DuckDBPyConnection, verdicts: Verdicts, survey: str, is_first: bool, shelf: Shelf | None
) -> Compared:
    """Compare each file with the newest one before it of which it names at least half.

    Args:
        connection: with one version of raw.submission.
        is_first: nothing of the survey is known yet, so that files are compared among themselves only.
    """
    # A form of one agency is compared with nothing, and neither is the first file of all.
    several = pa.array([file_no for file_no, count in verdicts.named.received.items() if count > 1], pa.int64())
    if not len(several) or (is_first and len(several) < 2):
        return Compared([], shelf)
    connection.register("file_in_hand", verdicts.files)
    told = laid(shelf, (_settled(table, several) for table in verdicts.told()))
    return Comparing(connection, survey, told, shelf).compared()


def _settled(told: pa.Table, several: pa.Array) -> pa.Table:
    """Take from who answered those who can be compared; say of each whether it is what was known."""
    is_wanted = pc.and_(told.column("agency_id").is_valid(), told.column("survey_year").is_valid())
    is_wanted = pc.and_(is_wanted, pc.not_equal(told.column("verdict"), "rejected"))
    some = told.filter(pc.and_(is_wanted, pc.is_in(told.column("file_no"), several)))
    is_same = pc.equal(some.column("verdict"), "duplicate")
    return some.drop_columns("verdict").append_column("is_same", is_same)


def _ranges(told: list[pa.Table]) -> list[Range]:
    """Cut the agencies into ranges of about as many answers each."""
    step = max(COMPARED_AT_ONCE // SAMPLE, 1)
    sample = sorted(agency for table in told for agency in table.column("agency_id").to_pylist()[::step])
    cuts: list[str | None] = [*dict.fromkeys(sample[SAMPLE::SAMPLE])]
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def _is_between(agencies: pa.ChunkedArray, ends: Range) -> pa.ChunkedArray:
    low, high = ends
    is_here = agencies.is_valid()
    is_here = is_here if low is None else pc.and_(is_here, pc.greater_equal(agencies, low))
    return is_here if high is None else pc.and_(is_here, pc.less(agencies, high))
