"""Erase from the tables: texts that are no answers go, and so do the older versions that held them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from benchmarking import sql
from benchmarking.collect.faults import RULES, sentence
from benchmarking.collect.traces import CONTACT, ERASED, Traces
from benchmarking.tables import NUMBER, TABLES
from benchmarking.warehouse import Warehouse

DUPLICATE = "It was received already."
SCHEMAS = ("raw", "staging")
# What survey tools number their records with; any other record id may be a name.
TOOL_ID = r"(uuid:)?[0-9A-Fa-f-]+|R_[0-9A-Za-z]+|erased-[0-9a-f]+|"
ANSWER_KEYS = ("submission_id", "roster_row", "question")
FILE_KEYS = ("file_sha256", "source", "survey", "file_name")


@dataclass(frozen=True)
class Change:
    """What becomes of names: of files by (hash, source, survey, name), of sheets by (hash, name).

    files, own_files: hashes of all files, and of those that hold nobody else's submissions.  told: submissions that
        nobody could attribute and that hold a text of the agency's.
    """

    files: tuple[str, ...]
    own_files: tuple[str, ...]
    told: tuple[str, ...]
    file_names: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    sheets: dict[tuple[str, str], str] = field(default_factory=dict)


def open_tables(warehouse: Warehouse, traces: Traces, change: Change) -> duckdb.DuckDBPyConnection:
    """Open the tables with `erased_submission`: the submissions that are erased."""
    connection = warehouse.connect()
    values = {"own_files": list(change.own_files), "told": list(change.told), "erased": ERASED, **_looked_for(traces)}
    connection.execute(f"CREATE TEMP TABLE erased_submission AS {sql.read('erase/erased_submission')}", values)
    return connection


def kept_cells(warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, traces: Traces) -> dict[str, set[str]]:
    """Give by file the locators of the answers that stay."""
    connection.register("limit_of", _limits(warehouse))
    return _by_file(connection.execute(sql.read("erase/kept"), _telling(warehouse, traces)).fetchall())


def unattributed(connection: duckdb.DuckDBPyConnection, change: Change) -> list[tuple[str, str]]:
    """Give hash and place of what stays in the agency's files though nobody can say whose it is."""
    rows = connection.execute(
        "SELECT DISTINCT file_sha256, locator FROM raw.submission ANTI JOIN erased_submission USING (submission_id)"
        " WHERE agency_id IS NULL AND list_contains(?, file_sha256) ORDER BY ALL",
        [list(change.files)],
    )
    return [(sha, locator) for sha, locator in rows.fetchall()]


def places(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Give by file every locator of the submissions that are erased."""
    return _by_file(connection.execute(sql.read("erase/place")).fetchall())


def _by_file(rows: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for sha, locator in rows:
        found.setdefault(sha, set()).add(locator)
    return found


def _looked_for(traces: Traces) -> dict[str, Any]:
    return {"agency": traces.agency_id, "traces": list(traces.texts)}


def _telling(warehouse: Warehouse, traces: Traces) -> dict[str, Any]:
    """Give what tells an answer from a private word: questions answered by a text as it was typed, and texts."""
    asked = [question for survey in warehouse.programme.surveys.values() for question in survey.all_questions]
    texts = [question for question in asked if question.type == "text" and question.role != "agency"]
    rosters = [survey.roster for survey in warehouse.programme.surveys.values() if survey.roster]
    people = {question.name for roster in rosters for question in roster.questions}
    return {
        "text_questions": sorted({question.name for question in texts}),
        "record_questions": sorted({question.name for question in texts if question.role == "record_id"}),
        "people_questions": sorted({question.name for question in texts} & people),
        "tool_id": TOOL_ID,
        "contact": CONTACT,
        "traces": list(traces.texts),
    }


def rewrite_tables(warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, traces: Traces, change: Change) -> int:
    """Rewrite the raw tables, then what staging made of them; give the number of answers whose text went."""
    connection.register("intake_rule", _rules())
    connection.register("sheet_name", _sheets(change))
    values = {"erased": ERASED, **_telling(warehouse, traces)}
    answers = connection.execute(sql.read("erase/answer"), values).to_arrow_table()
    values = {"duplicate": DUPLICATE, "files": list(change.files), "tool_id": TOOL_ID}
    submissions = connection.execute(sql.read("erase/submission"), values).to_arrow_table()
    corrections = _corrections(warehouse, connection, traces)
    reasons = _reasons(connection, submissions)
    texts, gone = _texts_gone(connection, answers)
    warehouse.rewrite("raw.answer", _with_keys("raw.answer", answers, ANSWER_KEYS), ANSWER_KEYS)
    warehouse.rewrite("raw.correction", corrections, ("correction_id",))
    _rewrite_staging(warehouse, traces, _ids(connection), reasons, texts)
    warehouse.rewrite(
        "raw.submission", _with_keys("raw.submission", submissions, ("submission_id",)), ("submission_id",)
    )
    warehouse.rewrite("raw.file", _files(connection, change), FILE_KEYS)
    return gone


def forget_older_versions(warehouse: Warehouse) -> None:
    """Leave only the newest version of every table that ever held an answer as it was written."""
    for table in warehouse.versions():
        if table.split(".")[0] in SCHEMAS:
            warehouse.forget_history(table)


def _limits(warehouse: Warehouse) -> pa.Table:
    """Give the lowest and the highest answer of each question that has both or one: beyond them it is no answer."""
    rows = [
        (survey.name, question.name, question.min, question.max)
        for survey in warehouse.programme.surveys.values()
        for question in survey.all_questions
        if question.type in ("money", "count", "number") and question.role == "answer"
    ]
    kinds = {"survey": pa.string(), "question": pa.string(), "low": NUMBER, "high": NUMBER}
    columns = [[row[place] for row in rows] for place in range(len(kinds))]
    decimals = [[None if cell is None else Decimal(str(cell)) for cell in column] for column in columns[2:]]
    return pa.table(
        [pa.array(c, k) for c, k in zip([*columns[:2], *decimals], kinds.values(), strict=True)], names=list(kinds)
    )


def _rules() -> pa.Table:
    return pa.table({"rule_id": list(RULES), "sentence": [sentence(rule, ERASED) for rule in RULES]})


def _sheets(change: Change) -> pa.Table:
    rows = [(sha, name, new) for (sha, name), new in change.sheets.items()]
    names = ("file_sha256", "sheet", "erased")
    return pa.table({name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)})


def _with_keys(table: str, rows: pa.Table, keys: tuple[str, ...]) -> pa.Table:
    rows = rows.select(list(TABLES[table].columns)).cast(TABLES[table].schema)
    for key in keys:
        rows = rows.append_column(f"was_{key}", rows.column(key))
    return rows


def _files(connection: duckdb.DuckDBPyConnection, change: Change) -> pa.Table:
    rows = connection.execute("SELECT * FROM raw.file").to_arrow_table().to_pylist()
    found = [{**row, "key": tuple(row[name] for name in FILE_KEYS)} for row in rows]
    changed = [row for row in found if row.pop("key") in change.file_names]
    for row in changed:
        row.update({f"was_{key}": row[key] for key in FILE_KEYS})
        row["file_name"] = change.file_names[tuple(row[name] for name in FILE_KEYS)]
    return _table("raw.file", changed, FILE_KEYS)


def _table(table: str, rows: list[dict[str, Any]], keys: tuple[str, ...]) -> pa.Table:
    schema = TABLES[table].schema
    for key in keys:
        schema = schema.append(pa.field(f"was_{key}", TABLES[table].columns[key]))
    return pa.Table.from_pylist(rows, schema=schema)


def _corrections(warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, traces: Traces) -> pa.Table:
    """Give the agency's corrections without who and why, and without texts that go from the answers they speak of."""
    rows = connection.execute(
        "SELECT * FROM raw.correction WHERE agency_id = ? AND who <> ? ORDER BY corrected_at, correction_id",
        [traces.agency_id, ERASED],
    ).to_arrow_table().to_pylist()  # fmt: skip
    gone = {
        tuple(row)
        for row in connection.execute(
            "SELECT survey, survey_year, roster_row, question, raw_text FROM raw.answer WHERE agency_id = ?"
            " AND state = 'error'",
            [traces.agency_id],
        ).fetchall()
    }
    for number, row in enumerate(rows):
        place = tuple(row[name] for name in ("survey", "survey_year", "roster_row", "question"))
        for name in ("old_text", "new_text"):
            if (*place, row[name]) in gone or traces.are_in(row[name] or ""):
                row[name] = ERASED
        row |= {"was_correction_id": row["correction_id"], "who": ERASED, "why": ERASED, "correction_id": ""}
        told = json.dumps([number, *(str(row[name]) for name in TABLES["raw.correction"].columns)])
        row["correction_id"] = hashlib.sha256(told.encode()).hexdigest()[:32]
    return _table("raw.correction", rows, ("correction_id",))


def _reasons(connection: duckdb.DuckDBPyConnection, submissions: pa.Table) -> dict[str, str]:
    """Give the new reason by the old one, for the tables that repeat it."""
    connection.register("new_submission", submissions)
    rows = connection.execute(
        "SELECT old.reason, new.reason FROM raw.submission AS old JOIN new_submission AS new USING (submission_id)"
        " WHERE old.reason <> new.reason"
    ).fetchall()
    return dict(rows)


def _texts_gone(connection: duckdb.DuckDBPyConnection, answers: pa.Table) -> tuple[set[str], int]:
    """Give the texts of answers that are redacted now, and the number of those answers."""
    connection.register("new_answer", answers)
    rows = connection.execute(
        "SELECT old.raw_text, old.value_text FROM raw.answer AS old"
        " JOIN new_answer AS new USING (submission_id, roster_row, question)"
        " WHERE new.state = 'redacted' AND old.state <> 'redacted'"
    ).fetchall()
    return {text for row in rows for text in row if text}, len(rows)


def _ids(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT submission_id FROM erased_submission").fetchall()}


def _rewrite_staging(
    warehouse: Warehouse, traces: Traces, ids: set[str], reasons: dict[str, str], texts: set[str]
) -> None:
    """Rewrite each year's rows of staging in which a text of the erased submissions stands."""
    for table in warehouse.versions():
        connection = warehouse.connect()
        columns = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
        if not table.startswith("staging.") or not {"survey_year", "agency_id"} <= set(columns):
            continue
        eraser = _Eraser(table, traces, ids, reasons, texts)
        mine = "submission_id IN (SELECT unnest($ids))" if "submission_id" in columns else "len($ids) < 0"
        found = connection.execute(
            f"SELECT * FROM {table} WHERE agency_id = $agency OR {mine}",
            {"agency": traces.agency_id, "ids": sorted(ids)},
        )
        years = {row["survey_year"] for row in found.to_arrow_table().to_pylist() if eraser.erased(row) != row}
        for year in sorted(years):
            rows = connection.execute(f"SELECT * FROM {table} WHERE survey_year = ?", [year]).to_arrow_table()
            made = [eraser.erased(row) for row in rows.to_pylist()]
            warehouse.replace_year(table, year, pa.Table.from_pylist(made, schema=rows.schema))


@dataclass(frozen=True)
class _Eraser:
    """Takes texts out of one staging table's rows."""

    table: str
    traces: Traces
    ids: set[str]
    reasons: dict[str, str]
    texts: set[str]

    def erased(self, row: dict[str, Any]) -> dict[str, Any]:
        """Give a row without the agency's texts; another agency's row stays as it is."""
        if row["agency_id"] != self.traces.agency_id and row.get("submission_id") not in self.ids:
            return row
        return {name: self._cell(name, value) for name, value in row.items()}

    def _cell(self, name: str, value: Any) -> Any:
        if not isinstance(value, str) or name in ("submission_id", "survey", "rule_id"):
            return value
        if name == "agency_id":
            return ERASED if self.traces.are_in(value) else value
        if self.table == "staging.parked" and name == "values_seen" and value:
            return ERASED
        return self.reasons.get(value, None if value in self.texts else value)
