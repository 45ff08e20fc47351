"""The dialect runs Great Expectations on DuckDB with the results that its pandas engine gives on the same data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from engines import on_duckdb, on_pandas
from expectation_cases import (
    CASES,
    IMPOSSIBLE,
    NAMES_ITS_OWN_TYPES,
    ON_PANDAS,
    WITHOUT_KEYS,
    planted_rows,
)

from benchmarking.catalog import load_programme
from benchmarking.settings import ROOT
from benchmarking.validate import gate
from benchmarking.validate.duckdb_dialect import lent, register
from benchmarking.validate.rules import checks_of

WORKING = [name for name in CASES if name not in IMPOSSIBLE]
REFERENCE = ROOT / "docs" / "reference" / "expectations.md"


@pytest.fixture(scope="module")
def results() -> tuple[dict[str, Any], dict[str, Any]]:
    """Every case once on DuckDB and once on pandas."""
    columns = planted_rows()
    return on_duckdb(columns, CASES), on_pandas(columns, {**CASES, **ON_PANDAS})


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKING)
def test_an_expectation_gives_on_duckdb_what_it_gives_on_pandas(results, name):
    ours, theirs = (dict(result[name]) for result in results)
    assert ours["raised"] == ""
    if name in WITHOUT_KEYS:
        assert ours.pop("rows") is None
        theirs.pop("rows")
    if name in NAMES_ITS_OWN_TYPES:
        assert ours.pop("observed") and theirs.pop("observed")
    assert ours == theirs


@pytest.mark.slow
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_work_says_so_instead_of_passing(results, name):
    assert results[0][name]["raised"] != "" and not results[0][name]["success"]


@pytest.mark.slow
def test_at_least_fifty_built_in_expectations_are_compared():
    assert len({CASES[name][0] for name in WORKING}) >= 50


def test_every_expectation_used_by_a_rule_is_compared_or_is_sql_itself():
    programmes = [load_programme(folder) for folder in (ROOT, ROOT / "examples" / "gender_pay_gap")]
    used = {
        check.expectation[0] for programme in programmes for some in checks_of(programme).values() for check in some
    }
    assert used - {CASES[name][0] for name in WORKING} == {"unexpected_rows_expectation"}


@pytest.mark.parametrize("name", [*IMPOSSIBLE, *WITHOUT_KEYS])
def test_what_cannot_work_is_documented(name):
    assert f"`{CASES[name][0]}`" in REFERENCE.read_text("utf-8")


def counted(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    entry = {
        "type": "unexpected_rows_expectation",
        "kwargs": {"unexpected_rows_query": query},
        "meta": {"rule_id": "rows"},
    }
    suite = {"name": "rows", "id": None, "expectations": [entry], "meta": {}, "notes": ""}
    return gate.count_broken(connection, suite, "main", "planted")["rows"]


@pytest.fixture
def planted() -> duckdb.DuckDBPyConnection:
    """Five rows, one of them negative, in a database in memory."""
    connection = duckdb.connect(":memory:")
    connection.execute("CREATE TABLE planted AS SELECT n - 1 AS n, 'a' || n AS name FROM range(5) t(n)")
    return connection


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("SELECT n FROM {batch} WHERE n < 0", 1, id="custom-sql"),
        pytest.param("SELECT n FROM {batch} WHERE NOT regexp_matches(name, '^a[0-9]{{1}}$')", 0, id="braces"),
        pytest.param("SELECT n FROM {batch} WHERE regexp_matches(name, '(?\\:a1|a2)')", 2, id="colon"),
        pytest.param("SELECT n FROM {batch} WHERE name LIKE 'a%'", 5, id="per-cent"),
    ],
)
def test_rows_found_by_sql_are_counted(planted, query, expected):
    assert counted(planted, query) == expected


def test_the_lent_database_is_read_where_it_lies(planted):
    with lent(planted) as url:
        engine = sa.create_engine(url)
        planted.execute("INSERT INTO planted VALUES (100, 'later')")
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT max(n) FROM planted")).scalar() == 100
        engine.dispose()
    assert planted.sql("SELECT count(*) FROM planted").fetchone() == (6,)
    with pytest.raises(KeyError):
        sa.create_engine(url).connect()


def test_rows_can_be_fetched_after_their_connection_is_closed(planted):
    with lent(planted) as url:
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            result = connection.execute(sa.text("SELECT n FROM planted ORDER BY n"))
        assert [row[0] for row in result.fetchall()] == [-1, 0, 1, 2, 3]


def test_what_was_lent_is_given_back_whoever_still_holds_it(planted):
    with lent(planted) as url:
        engine = sa.create_engine(url)
        held = engine.raw_connection().cursor()
        held.execute("SELECT count(*) FROM planted")
        assert held.fetchall() == [(5,)]
    with pytest.raises(duckdb.ConnectionException):
        held.execute("SELECT count(*) FROM planted")
    assert planted.sql("SELECT count(*) FROM planted").fetchone() == (5,)


def test_the_module_stands_alone():
    """Others can copy this one file: of this project it needs nothing, and importing it loads nothing."""
    tell = "import sys, benchmarking.validate.duckdb_dialect as _; print(*sorted(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "plugins")}
    found = subprocess.run([sys.executable, "-c", tell], env=environment, capture_output=True, text=True, check=True)
    loaded = {name for name in found.stdout.split() if name.startswith("benchmarking")}
    assert loaded == {"benchmarking", "benchmarking.validate", "benchmarking.validate.duckdb_dialect"}
    assert {"great_expectations", "pandas", "deltalake", "scipy"} & set(found.stdout.split()) == set()


def test_a_database_file_is_opened_by_its_url(tmp_path: Path):
    file = tmp_path / "some.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 42 AS answer")
    register()
    with sa.create_engine(f"duckdb+gx:///{file}").connect() as opened:
        assert opened.execute(sa.text("SELECT answer FROM t")).scalar() == 42


def test_the_dialect_is_never_taken_for_postgres(planted):
    """There `~` matches a part of the text; in DuckDB all of it, so that rules would be silently wrong."""
    sent: list[str] = []

    def listen(connection, cursor, statement, *others):
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        entry = {
            "type": "expect_column_values_to_match_regex",
            "kwargs": {"column": "name", "regex": "1$"},
            "meta": {"rule_id": "part"},
        }
        suite = {"name": "rows", "id": None, "expectations": [entry], "meta": {}, "notes": ""}
        assert gate.count_broken(planted, suite, "main", "planted") == {"part": 4}
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    assert any("regexp_matches(" in text.lower() for text in sent)
    assert not any("~" in text for text in sent)
