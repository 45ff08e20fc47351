"""Run expectations on DuckDB through the dialect and on pandas, and give their results in one shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from expectation_cases import KEY

from benchmarking.validate import gate
from benchmarking.validate.duckdb_dialect import lent

RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [KEY],
    "partial_unexpected_count": 10**6,
}
Cases = Mapping[str, tuple[str, dict[str, Any]]]


def on_duckdb(columns: dict[str, list[Any]], cases: Cases) -> dict[str, dict[str, Any]]:
    """Give each case's result on a table inside DuckDB."""
    connection = duckdb.connect(":memory:")
    connection.register("source", pa.table(columns))
    connection.execute("CREATE TABLE planted AS SELECT * FROM source")
    context = gate.great_expectations().get_context(mode="ephemeral")
    with lent(connection) as url:
        source = context.data_sources.add_sql("lent", connection_string=url)
        batch = (
            source.add_table_asset("planted", table_name="planted").add_batch_definition_whole_table("all").get_batch()
        )
        return _results(context, batch, cases)


def on_pandas(columns: dict[str, list[Any]], cases: Cases) -> dict[str, dict[str, Any]]:
    """Give each case's result on a data frame."""
    context = gate.great_expectations().get_context(mode="ephemeral")
    definition = (
        context.data_sources.add_pandas("frame")
        .add_dataframe_asset("planted")
        .add_batch_definition_whole_dataframe("all")
    )
    return _results(context, definition.get_batch({"dataframe": pd.DataFrame(columns)}), cases)


def _results(context: Any, batch: Any, cases: Cases) -> dict[str, dict[str, Any]]:
    gx = gate.great_expectations()
    context.variables.progress_bars = {"globally": False}
    expectations = [
        {"type": kind, "kwargs": dict(arguments), "meta": {"case": name}} for name, (kind, arguments) in cases.items()
    ]
    suite = gx.ExpectationSuite(name="cases", expectations=expectations)
    assert len(suite.expectations) == len(cases)
    results = batch.validate(suite, result_format=RESULT_FORMAT).results
    return {result.expectation_config.meta["case"]: plain(result) for result in results}


def plain(result: Any) -> dict[str, Any]:
    """Give success, what was raised, the counts, the broken rows' keys and the observed value, comparably."""
    found = result.result or {}
    rows = found.get("unexpected_index_list")
    return {
        "success": bool(result.success),
        "raised": gate.problem(result.exception_info or {}),
        **{name: found.get(name) for name in ("element_count", "unexpected_count", "missing_count")},
        "rows": None if rows is None else sorted(row[KEY] for row in rows),
        "observed": _value(found.get("observed_value")),
    }


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _value(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [_value(part) for part in value]
    if value is None or isinstance(value, str | bool):
        return value
    number = float(value)
    return None if math.isnan(number) else round(number, 9)
