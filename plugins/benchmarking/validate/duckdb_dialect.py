"""A SQLAlchemy dialect with which Great Expectations reads data inside DuckDB, both unpatched.

Great Expectations fetches results after it has closed their connection, opens several connections where an
in-memory database has only one, and picks its regular-expression operator by the kind of dialect. This dialect
reads every result at once, hands out one database for ever, and asks for `regexp_matches()` and `LIKE`. It is
never taken for PostgreSQL, whose `~` is a full match in DuckDB and would be silently wrong.

Use it by itself: `duckdb+gx:///:memory:` or `duckdb+gx:////path/file.duckdb` after `register()`; or lend it an open
connection, so that nothing is copied: `with lent(connection) as url: context.data_sources.add_sql(name, url)`.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from duckdb_sqlalchemy import ConnectionWrapper, DuckDBExecutionContext
from duckdb_sqlalchemy import Dialect as DuckDBDialect
from sqlalchemy import pool
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

NAME = "duckdb.gx"
LENT = "lent-"
_lent: dict[str, duckdb.DuckDBPyConnection] = {}
_cursors: dict[str, list[duckdb.DuckDBPyConnection]] = {}


class BufferingContext(DuckDBExecutionContext):
    """Reads each result as soon as it exists, for callers that fetch after closing."""

    def post_exec(self) -> None:
        """Take all rows off the cursor and leave them where SQLAlchemy looks for rows."""
        super().post_exec()
        if self.cursor.description is not None:
            rows = deque(self.cursor.fetchall())
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(self.cursor, initial_buffer=rows)


class Dialect(DuckDBDialect):
    """DuckDB as Great Expectations needs it."""

    driver = "gx"
    supports_statement_cache = False
    execution_ctx_cls = BufferingContext
    # Great Expectations looks for this attribute, and by it chooses regexp_matches() and LIKE.
    DremioDialect = True

    @classmethod
    def get_pool_class(cls, url: Any) -> type[pool.Pool]:
        """Keep one connection, so that tables and views in memory stay visible."""
        return pool.StaticPool

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        """Open the database of the URL, or a second cursor on the connection that was lent."""
        name = str(parameters.get("database", ""))
        if name.startswith(LENT):
            cursor = _lent[name].cursor()
            _cursors[name].append(cursor)
            return ConnectionWrapper(cursor)
        return super().connect(*arguments, **parameters)


def register() -> None:
    """Make `duckdb+gx://` known to SQLAlchemy; as often as you like."""
    registry.register(NAME, __name__, "Dialect")


@contextmanager
def lent(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Give a URL by which SQLAlchemy reads the database of an open connection, for the length of the block.

    Tables and views of the database are visible; temporary ones belong to one connection and are not. Afterwards
    nothing keeps the database alive but its owner.
    """
    register()
    name = f"{LENT}{uuid.uuid4().hex}"
    _lent[name], _cursors[name] = connection, []
    try:
        yield f"duckdb+gx:///{name}"
    finally:
        del _lent[name]
        for cursor in _cursors.pop(name):
            cursor.close()
