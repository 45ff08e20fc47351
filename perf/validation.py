"""Forty-one rules on up to a million rows: ours, Great Expectations on pandas, pandera on polars, plain SQL.

Each runs in a process of its own, all sizes in one run, so that imports and contexts are paid once, as in a real run;
that cost is shown by itself. Every time includes reading the rows from Parquet. The peers' processes import nothing of
this project.

Ours gives Great Expectations' count of every rule and each parked row with its rule and values; Great Expectations on
pandas with COMPLETE results and plain SQL give the same, so the closing ratios are against these two. With BASIC
results Great Expectations on pandas gives counts alone, which is less than ours does; it is shown beside. pandera gives
the failing values by row number. Ratios are of processor seconds (user and system, all threads): ours and plain SQL use
every core, pandas one, so that seconds on the clock would flatter ours on a machine at rest.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from _bench import measure, ratio, table

SIZES = (1_000, 100_000, 1_000_000)
AMOUNTS = tuple(f"amount_{number:02}" for number in range(14))
CODES = tuple(f"code_{number}" for number in range(4))
TEXTS = tuple(f"text_{number}" for number in range(3))
PAIRS = tuple((AMOUNTS[n], AMOUNTS[n + 6]) for n in range(6))
CHOICES = ("none", "some", "many")
FORM = "^[A-Z]{2}[0-9]{4}$"
MOST = 1_000_000
KEYS = "submission_id, survey_year, agency_id, roster_row, newest_first"
Runner = Callable[[Path], Mapping[str, int]]


def make_rows(folder: Path) -> None:
    """Write each size as Parquet, about one answer in a thousand wrong in each column."""
    import duckdb

    def wrong(number: int, good: str, bad: str) -> str:
        return f"CASE WHEN hash(i * 64 + {number}) % 1000 = 0 THEN {bad} ELSE {good} END"

    columns = [
        "'s' || i AS submission_id",
        "2026 AS survey_year",
        "'a' || i AS agency_id",
        "0 AS roster_row",
        "1 AS newest_first",
    ]
    for number, name in enumerate(AMOUNTS):
        grown = 100_000 + 1_000 * number
        amount = f"(hash(i + {number * 7919}) % 1000 + {grown})::BIGINT"
        bad = "NULL" if number % 2 else f"({MOST} + 1)::BIGINT"
        columns.append(f"{wrong(number, amount, bad)} AS {name}")
    for number, name in enumerate(CODES):
        choice = f"['none', 'some', 'many'][1 + (hash(i + {number}) % 3)::BIGINT]"
        columns.append(f"{wrong(20 + number, choice, '$$few$$')} AS {name}")
    for number, name in enumerate(TEXTS):
        text = f"'AB' || lpad((hash(i + {number}) % 10000)::VARCHAR, 4, '0')"
        columns.append(f"{wrong(30 + number, text, '$$free$$')} AS {name}")
    for size in SIZES:
        duckdb.sql(f"COPY (SELECT {', '.join(columns)} FROM range({size}) t(i)) TO '{folder / f'{size}.parquet'}'")


def rules() -> list[Any]:
    """Give the forty-one rules as the package has them."""
    from benchmarking.validate.rules import Check

    found = []

    def add(rule_id: str, fields: tuple[str, ...], holds: str, kind: str, arguments: dict[str, Any]) -> None:
        found.append(
            Check(rule_id, "answer", fields, holds, "fail", f"{rule_id} is broken.", "A test.", (kind, arguments))
        )

    for name in AMOUNTS:
        add(f"{name}.required", (name,), f"{name} IS NOT NULL", "expect_column_values_to_not_be_null", {"column": name})
        limits = {"column": name, "min_value": 0, "max_value": MOST}
        add(f"{name}.limits", (name,), f"{name} BETWEEN 0 AND {MOST}", "expect_column_values_to_be_between", limits)
    for name in CODES:
        choices = {"column": name, "value_set": list(CHOICES)}
        add(f"{name}.choices", (name,), f"{name} IN {CHOICES}", "expect_column_values_to_be_in_set", choices)
    for name in TEXTS:
        form = {"column": name, "regex": FORM}
        add(f"{name}.form", (name,), f"regexp_matches({name}, '{FORM}')", "expect_column_values_to_match_regex", form)
    for low, high in PAIRS:
        pair = {"column_A": high, "column_B": low, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
        add(f"{low}.pair", (low, high), f"{high} >= {low}", "expect_column_pair_values_a_to_be_greater_than_b", pair)
    return found


def suite() -> dict[str, Any]:
    """Give the rules as a stored suite."""
    expectations = [
        {"type": rule.expectation[0], "kwargs": dict(rule.expectation[1]), "meta": {"rule_id": rule.rule_id}}
        for rule in rules()
    ]
    return {"name": "perf", "id": None, "expectations": expectations, "meta": {}, "notes": ""}


def ours(folder: Path) -> Runner:
    import duckdb

    from benchmarking.catalog import Question, Survey
    from benchmarking.validate import gate
    from benchmarking.validate.outcomes import find_broken
    from benchmarking.validate.rules import Unit

    types = {**dict.fromkeys(AMOUNTS, "count"), **dict.fromkeys(CODES, "category"), **dict.fromkeys(TEXTS, "text")}
    questions = tuple(Question(name, name, kind) for name, kind in types.items())
    unit = Unit("answer", Survey("answer", "", "1", questions), False, questions)
    checks, stored = rules(), _read(folder, "suite")
    gate.great_expectations()

    def run(file: Path) -> Mapping[str, int]:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"CREATE SCHEMA y2026; CREATE VIEW y2026.answer AS FROM '{file}'")
            broken = find_broken(connection, unit, checks, 2026)
            counts = gate.count_broken(connection, stored, "y2026", "answer")
            parked = connection.sql(f"SELECT * FROM {broken}").to_arrow_table()
            own = dict(connection.sql(f"SELECT rule_id, count(*) FROM {broken} GROUP BY rule_id").fetchall())
        gate.compare(counts, {check.rule_id: own.get(check.rule_id, 0) for check in checks})
        assert parked.num_rows == sum(counts.values())
        return counts

    return run


def plain_sql(folder: Path) -> Runner:
    import duckdb

    checks = _read(folder, "conditions")

    def run(file: Path) -> Mapping[str, int]:
        connection = duckdb.connect(":memory:")
        connection.execute(f"CREATE VIEW answer AS FROM '{file}'")
        counts = ", ".join(f"count(*) FILTER (WHERE NOT ({c['holds']}))" for c in checks)
        found = connection.sql(f"SELECT {counts} FROM answer").fetchone() or ()
        parked = " UNION ALL ".join(
            f"SELECT submission_id, '{c['rule_id']}' AS rule_id, concat_ws('; ', {', '.join(c['fields'])}) AS seen "
            f"FROM answer WHERE NOT ({c['holds']})"
            for c in checks
        )
        assert connection.sql(parked).to_arrow_table().num_rows == sum(found)
        return {c["rule_id"]: n for c, n in zip(checks, found, strict=True)}

    return run


def gx_on_pandas(folder: Path, result_format: Mapping[str, Any]) -> Runner:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import great_expectations.expectations
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    loaded = gx.ExpectationSuite(name="perf", expectations=_read(folder, "suite")["expectations"])
    asset = context.data_sources.add_pandas("perf").add_dataframe_asset("answer")
    definition = asset.add_batch_definition_whole_dataframe("all")

    def run(file: Path) -> Mapping[str, int]:
        batch = definition.get_batch(batch_parameters={"dataframe": pd.read_parquet(file)})
        result = batch.validate(loaded, result_format=dict(result_format))
        return {r.expectation_config.meta["rule_id"]: r.result["unexpected_count"] for r in result.results}

    return run


def pandera_on_polars(folder: Path) -> Runner:
    import pandera.polars as pa
    import polars as pl

    def later(low: str) -> Callable[[Any], Any]:
        return lambda data: data.lazyframe.select((pl.col(data.key) >= pl.col(low)).fill_null(True))

    checks: dict[str, list[Any]] = {name: [pa.Check.in_range(0, MOST, name=f"{name}.limits")] for name in AMOUNTS}
    checks |= {name: [pa.Check.isin(CHOICES, name=f"{name}.choices")] for name in CODES}
    checks |= {name: [pa.Check.str_matches(FORM, name=f"{name}.form")] for name in TEXTS}
    for low, high in PAIRS:
        checks[high].append(pa.Check(later(low), name=f"{low}.pair"))
    schema = pa.DataFrameSchema(
        {name: pa.Column(checks=some, nullable=name not in AMOUNTS) for name, some in checks.items()}
    )

    def run(file: Path) -> Mapping[str, int]:
        try:
            schema.validate(pl.read_parquet(file), lazy=True)
        except pa.errors.SchemaErrors as errors:
            failures = errors.failure_cases.group_by("column", "check").len().sort("column", "check")
            return {f"{column} {check}": count for column, check, count in failures.rows()}
        return {}

    return run


COUNTS = {"result_format": "BASIC", "partial_unexpected_count": 0}
ROWS = {"result_format": "COMPLETE", "unexpected_index_column_names": ["submission_id"]}
OURS, ON_PANDAS, SQL = "ours: counts and rows", "GX on pandas: counts and rows", "plain SQL: counts and rows"
RUNNERS: dict[str, Callable[[Path], Runner]] = {
    OURS: ours,
    ON_PANDAS: lambda folder: gx_on_pandas(folder, ROWS),
    "GX on pandas: counts alone": lambda folder: gx_on_pandas(folder, COUNTS),
    "pandera on polars: values": pandera_on_polars,
    SQL: plain_sql,
}


def write_rules(folder: Path) -> None:
    """Write the rules for every runner: as a Great Expectations suite, and as conditions in SQL."""
    conditions = [{"rule_id": rule.rule_id, "fields": rule.fields, "holds": rule.holds} for rule in rules()]
    for name, entry in (("suite", suite()), ("conditions", conditions)):
        (folder / f"{name}.json").write_text(json.dumps(entry), encoding="utf-8")


def _read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def child(name: str, folder: Path) -> None:
    """Run one of them on every size and print seconds and broken rows as JSON."""
    started = time.perf_counter()
    run = RUNNERS[name](folder)
    found: dict[str, Any] = {"start": time.perf_counter() - started, "cpu start": time.process_time()}
    for size in SIZES:
        started, worked = time.perf_counter(), time.process_time()
        counts = run(folder / f"{size}.parquet")
        found[str(size)], found[f"cpu {size}"] = time.perf_counter() - started, time.process_time() - worked
        found[f"broken {size}"] = sum(counts.values())
    print(json.dumps(found))


def main() -> None:
    """Print the table, then the closing ratio."""
    if len(sys.argv) == 3:
        child(sys.argv[1], Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_rows(folder)
        write_rules(folder)
        costs = {runner: measure(Path(__file__), runner, str(folder)) for runner in RUNNERS}
    largest = SIZES[-1]
    headings = ["41 rules", "import and context CPU s", *[f"{size:,} rows CPU s" for size in SIZES]]
    headings += ["on the clock s", "peak MB", "broken rows"]
    rows = [
        [name]
        + [cost.printed[f"cpu {column}"] for column in ("start", *SIZES)]
        + [cost.printed[str(largest)], cost.peak_megabytes, cost.printed[f"broken {largest}"]]
        for name, cost in costs.items()
    ]
    table(headings, rows)
    mine, pandas, plain = (costs[name] for name in (OURS, ON_PANDAS, SQL))
    seconds = f"cpu {largest}"
    memory, against_sql = mine.peak_megabytes / pandas.peak_megabytes, mine.printed[seconds] / plain.printed[seconds]
    print(f"Both with counts and rows: memory ours/pandas = {memory:.2f} aim 0.33")
    print(f"Both with counts and rows: time ours/plain SQL = {against_sql:.2f} aim 1.50")
    ratio("validation", mine.printed[seconds], pandas.printed[seconds], 0.25)


if __name__ == "__main__":
    main()
