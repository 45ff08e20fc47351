"""Great Expectations as gate and record: it counts, on the data where it lies, what each rule finds.

Importing it costs seconds, so it is imported on first use, once a process. It sends nothing: its usage statistics
are switched off before the import.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from benchmarking.errors import BenchmarkingError
from benchmarking.validate.duckdb_dialect import lent

# Counts of broken rows without samples of them: the rows themselves come from our own pass.
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}

NOISY = (
    "great_expectations",
    "great_expectations._docs_decorators",
    "great_expectations.data_context.types.base",
)


class GateError(BenchmarkingError):
    """Great Expectations could not run a rule, lost one, or counts other rows than we park."""


@cache
def great_expectations() -> Any:
    """Import Great Expectations once, quietly and with its usage statistics off."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    _quieten()
    import great_expectations as gx
    import great_expectations.expectations

    # Its import sets the level of its own logger.
    _quieten()
    return gx


def _quieten() -> None:
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


@cache
def known_expectations() -> frozenset[str]:
    """Give the types of expectation that Great Expectations has registered."""
    great_expectations()
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    return frozenset(list_registered_expectation_implementations())


@cache
def _context() -> Any:
    context = great_expectations().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


@dataclass(frozen=True)
class Gated:
    """What Great Expectations found in one table: broken rows by rule, and its results as it stores them."""

    counts: dict[str, int]
    record: dict[str, Any]


def count_broken(
    connection: duckdb.DuckDBPyConnection, suite: Mapping[str, Any], schema: str, table: str
) -> dict[str, int]:
    """Run a suite on a table of an open DuckDB connection; give the broken rows by rule; see `run_suite`."""
    return run_suite(connection, suite, schema, table).counts


def run_suite(connection: duckdb.DuckDBPyConnection, suite: Mapping[str, Any], schema: str, table: str) -> Gated:
    """Run a suite on a table of an open DuckDB connection.

    Raises:
        GateError: an expectation raised or was lost on loading; the sentence names the rule.
    """
    context = _context()
    name = f"{schema}.{table}"
    loaded = _loaded(suite)
    with lent(connection) as url:
        source = context.data_sources.add_sql(name, connection_string=url)
        try:
            asset = source.add_table_asset(name, table_name=table, schema_name=schema)
            batch = asset.add_batch_definition_whole_table("all").get_batch()
            result = batch.validate(loaded, result_format=RESULT_FORMAT)
            record = [{"rule_id": _rule_id(entry), **entry.to_json_dict()} for entry in result.results]
            return Gated(
                {_rule_id(entry): _count(entry) for entry in result.results}, {"table": table, "results": record}
            )
        finally:
            source.get_execution_engine().close()
            context.data_sources.delete(name)


def _loaded(suite: Mapping[str, Any]) -> Any:
    """Let Great Expectations read a suite; it drops what it does not know with a log line, which is an error here."""
    parts = {key: suite[key] for key in ("name", "id", "expectations", "meta", "notes")}
    loaded = great_expectations().ExpectationSuite(**parts)
    if len(loaded.expectations) != len(suite["expectations"]):
        kept = {entry.meta["rule_id"] for entry in loaded.expectations}
        lost = [entry["meta"]["rule_id"] for entry in suite["expectations"] if entry["meta"]["rule_id"] not in kept]
        raise GateError(f"Great Expectations dropped {lost}.", f"suite {suite['name']}", "Correct its type.")
    return loaded


def _rule_id(entry: Any) -> str:
    return str(entry.expectation_config.meta["rule_id"])


def _count(entry: Any) -> int:
    """Give the broken rows of one result; Great Expectations hides what was raised in the result."""
    found = problem(entry.exception_info or {})
    if found:
        raise GateError(
            f"Great Expectations cannot run it: {found}",
            f"rule {_rule_id(entry)}",
            "Nothing was written and the last good build stands. Correct the rule.",
        )
    counts = [entry.result[name] for name in ("unexpected_count", "observed_value") if name in entry.result]
    if not counts:
        raise GateError("Great Expectations gives no count.", f"rule {_rule_id(entry)}", "Use one that counts rows.")
    # The sum over a table without rows is NULL.
    return int(counts[0] or 0)


def problem(info: Mapping[str, Any]) -> str:
    """Give the first line of what was raised, or '' (the record is flat, or one entry a metric)."""
    entries = [info] if "raised_exception" in info else [value for value in info.values() if isinstance(value, dict)]
    for entry in entries:
        if entry.get("raised_exception"):
            return str(entry.get("exception_message") or "no reason given").splitlines()[0]
    return ""


def compare(counted: Mapping[str, int], parked: Mapping[str, int]) -> None:
    """Hold the counts of Great Expectations against our own rows.

    Raises:
        GateError: they differ for some rule; the sentence names it with both counts.
    """
    for rule_id, ours in parked.items():
        theirs = counted.get(rule_id)
        if theirs != ours:
            raise GateError(
                f"Great Expectations counts {theirs} broken rows, our pass {ours}.",
                f"rule {rule_id}",
                "Nothing was written and the last good build stands. Report this with the rule.",
            )
