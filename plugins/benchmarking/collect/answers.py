"""Type one question's cells at a time: what is plain by Arrow, whole columns at once; each other text once, by SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking import sql
from benchmarking.catalog import Question
from benchmarking.collect.grid import has_bytes_between
from benchmarking.currency import currency_sign
from benchmarking.tables import NUMBER

SQL_OF = {
    "money": "answer_number",
    "count": "answer_number",
    "number": "answer_number",
    "percent": "answer_number",
    "date": "answer_date",
    "category": "answer_choice",
    "boolean": "answer_choice",
    "text": "answer_text",
}
# Texts that can be read in one way only, whatever the rest of the file says: they mean here what they mean in the
# SELECTs that look closely, and cost a tenth.
PLAIN = {
    "money": r"-?(0\d{0,8}|[1-9]\d{0,10})([.]\d{1,2}|[.]\d{4,6})?",
    "number": r"-?(0\d{0,8}|[1-9]\d{0,10})([.]\d{1,2}|[.]\d{4,6})?",
    "count": r"-?(0\d{0,8}|[1-9]\d{0,10})",
    "date": r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])",
    "text": r"[!-~]([ -~]*[!-~])?",
}
MOST_DIGITS = 9
NUMBERS = ("money", "count", "number", "percent")
# What a cell must look like to prove anything; the SELECTs decide.
TELLING = {"number": "[.,]", "date": r"\A\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"}
YES = ("yes", "true", "1", "y")
NO = ("no", "false", "0", "n")
STATES = pa.array(["answered", "blank", "refused", "error", "redacted"])
ANSWERED, BLANK, REFUSED, ERROR, REDACTED = range(5)
GIVEN = (ANSWERED, REFUSED, ERROR)
FILES_APART = 1 << 32
MOST_KNOWN = 1_000
# What may stand around an answer without being part of it: spaces, and marks that nobody sees.
OUTER = " \t\n\r\u00a0\u2007\u2009\u202f\u200b\u200e\u200f\u2060\ufeff"
SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Typed:
    """One question's cells, each of shape (cells,): the text without marks, what state it is in, what it means.

    state: positions in STATES.  rule: the rule that a cell breaks, null where none; None where no cell breaks any.
    text, number, minor, day: the value, null but in the column of the question's type.
    """

    raw: pa.Array
    state: NDArray[np.int8]
    rule: pa.Array | None
    text: pa.Array
    number: pa.Array
    minor: pa.Array
    day: pa.Array


def find_evidence(connection: duckdb.DuckDBPyConnection, cells: Iterable[tuple[str, pa.Table]]) -> None:
    """Make the table `evidence`: what each file proves about its separators and its order of day and month.

    The table `declared` has file_no and has_point (the delimiter is a comma).

    Args:
        cells: the type of a question, and its cells with file_no and raw_text.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE found"
        " (file_no BIGINT, has_comma BOOL, has_point BOOL, day_first BOOL, month_first BOOL)"
    )
    for kind, table in cells:
        telling = "number" if kind in NUMBERS else "date"
        told = table.filter(pc.match_substring_regex(table.column("raw_text"), TELLING[telling]))
        if told.num_rows:
            connection.register("cell", told)
            connection.execute(f"INSERT INTO found BY NAME {sql.read(f'raw/evidence_{telling}')}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE evidence AS {sql.read('raw/evidence')}")


def is_evidence(question: Question) -> bool:
    """Say whether a question's cells can prove anything about the rest of their file, or need such proof."""
    return question.type in NUMBERS or question.type == "date"


def plain_cells(question: Question, cells: pa.Array) -> NDArray[np.bool_]:
    """Say of each cell (shape (cells,), none null) whether it is blank or can be read in one way only."""
    pattern = PLAIN.get(question.type)
    if pattern and _are_all_plain(question, cells):
        return np.ones(len(cells), dtype=bool)
    blank = pc.equal(cells, "")
    if pattern:
        blank = pc.or_(blank, pc.match_substring_regex(cells, rf"\A(?:{pattern})\z"))
    return np.asarray(blank.to_numpy(zero_copy_only=False), dtype=bool)


def _are_all_plain(question: Question, cells: pa.Array) -> bool:
    """Say whether the letters used and the lengths alone show what the pattern would."""
    if question.type == "count":
        is_short = (pc.max(pc.binary_length(cells)).as_py() or 0) <= MOST_DIGITS
        return is_short and has_bytes_between(cells, "0", "9")
    return question.type == "text" and has_bytes_between(cells, "!", "~")


def type_plain(question: Question, cells: pa.Array) -> Typed:
    """Give the meaning of plain cells."""
    blank = pc.equal(cells, "")
    has_blank = bool(pc.any(blank).as_py())
    given = pc.if_else(blank, pa.scalar(None, pa.string()), cells) if has_blank else cells
    state = (
        np.where(blank.to_numpy(zero_copy_only=False), BLANK, ANSWERED) if has_blank else np.full(len(cells), ANSWERED)
    )
    values: dict[str, pa.Array] = _nothing(len(cells))
    if question.type in ("money", "count", "number"):
        values["number"] = given.cast(NUMBER)
    if question.type == "money":
        values["minor"] = _minor_units(values["number"])
    if question.type == "date":
        values["day"] = given.cast(pa.date32())
    if question.type == "text":
        values["text"] = given
    return Typed(cells, state.astype(np.int8), None, **values)


def type_closely(
    connection: duckdb.DuckDBPyConnection,
    question: Question,
    cells: pa.Array,
    file_no: NDArray[np.int64],
    currency: str,
    known: dict[str, pa.RecordBatch],
) -> Typed:
    """Give the meaning of cells that need a closer look, each different text of a file looked at once.

    `known` keeps what was found of questions with few different texts, from one piece to the next.

    The table `evidence` must be there where `is_evidence(question)`.
    """
    coded = cells.dictionary_encode()
    if is_evidence(question):
        keys = file_no * FILES_APART + coded.indices.to_numpy()
        _, first, position = np.unique(keys, return_index=True, return_inverse=True)
        texts, file_no = cells.take(pa.array(first)), file_no[first]
        found = _look(connection, question, _numbered(texts, file_no), currency).take(pa.array(position))
    else:
        found = _known_look(connection, question, coded.dictionary, currency, known).take(coded.indices)
    return Typed(
        found.column("raw_text"),
        found.column("state").to_numpy().astype(np.int8),
        found.column("rule_id") if found.column("rule_id").null_count < len(cells) else None,
        found.column("value_text"),
        found.column("value_number"),
        found.column("value_minor"),
        found.column("value_date"),
    )


def _known_look(
    connection: duckdb.DuckDBPyConnection,
    question: Question,
    texts: pa.Array,
    currency: str,
    known: dict[str, pa.RecordBatch],
) -> pa.RecordBatch:
    """Look at texts whose meaning no file changes, unless all of them were looked at before."""
    before = known.get(question.name)
    if before is not None:
        places = pc.index_in(texts, value_set=before.column("seen"))
        if not places.null_count:
            return before.take(places)
    table = _numbered(texts, np.zeros(len(texts), dtype=np.int64))
    found = _look(connection, question, table, currency).append_column("seen", texts)
    if len(texts) <= MOST_KNOWN:
        known[question.name] = found
    return found


def _numbered(texts: pa.Array, file_no: NDArray[np.int64]) -> pa.Table:
    return pa.table({"file_no": file_no, "line": np.arange(len(texts)), "raw_text": texts})


def _look(connection: duckdb.DuckDBPyConnection, question: Question, texts: pa.Table, currency: str) -> pa.RecordBatch:
    connection.register("cell", texts)
    text = sql.read(f"raw/{SQL_OF[question.type]}")
    if SQL_OF[question.type] == "answer_choice":
        connection.register("choice", _choices(question))
    values: dict[str, Any] = {"type": question.type, "symbol": _symbol(currency), "space_around": OUTER}
    values = {name: value for name, value in values.items() if f"${name}" in text}
    ordered = f"SELECT * REPLACE (list_position($states, state) - 1 AS state) FROM ({text}) ORDER BY line"
    found = connection.execute(ordered, {**values, "states": STATES.to_pylist()}).to_arrow_table()
    return found.combine_chunks().to_batches()[0]


def merge(plain: NDArray[np.bool_], one: Typed, other: Typed) -> Typed:
    """Put plain cells and those looked at closely back in their order; `plain` has shape (cells,)."""
    order = np.empty(len(plain), dtype=np.int64)
    order[plain], order[~plain] = np.arange(plain.sum()), plain.sum() + np.arange((~plain).sum())
    taken = pa.array(order)

    def both(name: str) -> pa.Array:
        return pa.concat_arrays([getattr(one, name), getattr(other, name)]).take(taken)

    rule = None
    if other.rule is not None:
        rule = pa.concat_arrays([pa.nulls(len(one.raw), pa.string()), other.rule]).take(taken)
    state = np.concatenate([one.state, other.state])[order]
    return Typed(both("raw"), state, rule, both("text"), both("number"), both("minor"), both("day"))


def _nothing(count: int) -> dict[str, pa.Array]:
    return {
        "text": pa.nulls(count, pa.string()),
        "number": pa.nulls(count, NUMBER),
        "minor": pa.nulls(count, pa.int64()),
        "day": pa.nulls(count, pa.date32()),
    }


def _minor_units(numbers: pa.Array) -> pa.Array:
    """Round amounts half away from zero to hundredths, as DuckDB's round() of a DECIMAL does."""
    micro = np.frombuffer(numbers.buffers()[1], dtype=np.int64)[::2][numbers.offset : numbers.offset + len(numbers)]
    minor = (np.abs(micro) + 5_000) // 10_000 * np.sign(micro)
    return pa.array(minor, pa.int64(), mask=numbers.is_null().to_numpy(zero_copy_only=False))


def _symbol(currency: str) -> str:
    return f"(?i:{'|'.join(re.escape(text) for text in (currency, currency_sign(currency).strip()))})"


def _choices(question: Question) -> pa.Table:
    """Give every text that stands for a choice, in small letters, with its code."""
    if question.type == "boolean":
        pairs = {**dict.fromkeys(YES, "true"), **dict.fromkeys(NO, "false")}
        pairs |= {label.lower(): code for code, label in question.choices.items() if code in ("true", "false")}
    else:
        pairs = {SPACES.sub(" ", label).strip().lower(): code for code, label in question.choices.items()}
        pairs |= {code.lower(): code for code in question.choices}
    return pa.table({"choice_text": list(pairs), "code": list(pairs.values())})
