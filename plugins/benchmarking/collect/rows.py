"""The rows of raw.answer: one question of one piece at a time, whole columns at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking.catalog import Question
from benchmarking.collect.answers import GIVEN, REDACTED, STATES, Typed
from benchmarking.collect.keys import FAULT
from benchmarking.tables import TABLES

SCHEMA = TABLES["raw.answer"].schema
PRIVATE = pa.schema(
    [
        ("file_no", pa.int64()),
        ("submission_id", pa.string()),
        ("agency_id", pa.string()),
        ("roster_row", pa.int64()),
        ("question", pa.string()),
        ("raw_text", pa.string()),
    ]
)
SEEN_PRIVATE = "(private)"
CELL_RULES = pa.array(["answer.formula", "answer.error", "answer.digits"])


@dataclass(frozen=True)
class Cells:
    """Where one question's cells stand, each of shape (cells,): file, row in it, roster row, and whose they are.

    line: the submission's.  own_line: the cell's own, as text.
    """

    file_no: pa.Array
    line: pa.Array
    own_line: pa.Array
    roster_row: pa.Array
    submission_id: pa.Array
    agency_id: pa.Array
    survey_year: pa.Array

    known: dict[int, pa.Array] = field(default_factory=dict, compare=False)

    def taken(self, at: NDArray[np.int64]) -> Cells:
        """Give some of the cells."""
        place = pa.array(at)
        return Cells(*(getattr(self, name).take(place) for name in self.__dataclass_fields__ if name != "known"))

    def located(self, prefix: str) -> pa.Array:
        """Give each cell's own line after a prefix; one as long as another's is written over it."""
        size = len(prefix.encode())
        if size not in self.known:
            self.known[size] = pc.binary_join_element_wise(prefix, self.own_line, "")
        told = self.known[size]
        _, ends, letters = told.buffers()
        content = np.frombuffer(letters, dtype=np.uint8).copy() if letters else np.zeros(0, dtype=np.uint8)
        start = np.frombuffer(ends, dtype=np.int32)[: len(told)]
        for place, letter in enumerate(prefix.encode()):
            content[start + place] = letter
        return pa.StringArray.from_buffers(len(told), ends, pa.py_buffer(content))


@dataclass(frozen=True)
class Column:
    """One question's column in each file: the header as the sender wrote it and what stands before a cell's row.

    file_nos: sorted, shape (files,); the others as long.  is_fixed: the prefix is the whole locator.
    """

    file_nos: NDArray[np.int64]
    names: pa.Array
    prefixes: pa.Array
    fixed: pa.Array

    @classmethod
    def of(cls, rows: Iterable[tuple[int, str, str, bool]]) -> Column:
        """Take rows of file number, header, prefix and whether it is fixed."""
        ordered = sorted(rows)
        parts = list(zip(*ordered, strict=True)) or [(), (), (), ()]
        numbers = np.array(parts[0], dtype=np.int64)
        return cls(
            numbers, pa.array(parts[1], pa.string()), pa.array(parts[2], pa.string()), pa.array(parts[3], pa.bool_())
        )

    def places(self, file_no: pa.Array) -> pa.Array:
        """Give the position of each cell's file; null where the file has no such column."""
        wanted = file_no.to_numpy()
        found = np.minimum(np.searchsorted(self.file_nos, wanted), max(len(self.file_nos) - 1, 0))
        known = self.file_nos[found] == wanted if len(self.file_nos) else np.zeros(len(wanted), dtype=bool)
        return pa.array(found, pa.int32(), mask=~known)


def answer_rows(question: Question, survey: str, cells: Cells, column: Column, typed: Typed) -> pa.Table:
    """Give the text as received beside its value; of a private answer only that it was given."""
    places, count = column.places(cells.file_no), len(cells.line)
    hidden = np.isin(typed.state, GIVEN) if question.is_private else np.zeros(count, dtype=bool)
    state = np.where(hidden, REDACTED, typed.state)
    text, raw = typed.text, _as_received(typed.raw)
    if question.is_private:
        raw = _repeated("", count).cast(pa.string())
        told = pc.binary_join_element_wise("private:", cells.submission_id, "")
        text = pc.if_else(pa.array(hidden), told, pa.scalar(None, pa.string()))
    none = {name: pa.nulls(count, SCHEMA.field(name).type) for name in ("value_number", "value_minor", "value_date")}
    values = {"value_number": typed.number, "value_minor": typed.minor, "value_date": typed.day}
    return pa.table(
        {
            "submission_id": cells.submission_id,
            "survey": _repeated(survey, count),
            "survey_year": cells.survey_year,
            "agency_id": cells.agency_id,
            "roster_row": cells.roster_row,
            "question": _repeated(question.name, count),
            "column_name": _coded(column.names, places),
            "locator": _locators(column, places, cells),
            "raw_text": raw,
            "state": pa.DictionaryArray.from_arrays(pa.array(state, pa.int32()), STATES),
            "value_text": text,
            **(none if question.is_private else values),
        }
    )


def private_rows(question: Question, cells: Cells, typed: Typed) -> pa.Table:
    """Give the private answers that were given, for the erasable store."""
    if not question.is_private:
        return PRIVATE.empty_table()
    given = np.flatnonzero(np.isin(typed.state, GIVEN))
    some, count = cells.taken(given), len(given)
    names = pa.array([question.name] * count)
    columns = [
        some.file_no,
        some.submission_id,
        some.agency_id,
        some.roster_row,
        names,
        typed.raw.take(pa.array(given)),
    ]
    return pa.table(columns, schema=PRIVATE)


def fault_rows(question: Question, cells: Cells, column: Column, typed: Typed) -> pa.Table:
    """Give the cells that cannot be read; what was seen in a private answer is not repeated."""
    if typed.rule is None:
        return FAULT.empty_table()
    is_told = typed.rule.is_valid()
    if question.role == "year":
        # Whether it names a survey year is judged with the keys, and told once.
        is_told = pc.fill_null(pc.is_in(typed.rule, value_set=CELL_RULES), False)
    odd = np.flatnonzero(is_told.to_numpy(zero_copy_only=False))
    some, place = cells.taken(odd), pa.array(odd)
    names = column.names.take(column.places(some.file_no))
    named = pc.if_else(pc.fill_null(pc.not_equal(names, ""), False), names, question.name)
    below = pc.binary_join_element_wise(named, " (row ", some.own_line, ")", "")
    label = pc.if_else(pc.greater(some.roster_row, 0), below, named)
    seen = pc.replace_substring_regex(typed.raw.take(place), r"\A\x01(error )?(digits )?", "")
    if question.is_private:
        seen = _repeated(SEEN_PRIVATE, len(odd)).cast(pa.string())
    return pa.table([some.file_no, some.line, label, seen, typed.rule.take(place)], schema=FAULT)


def _as_received(raw: pa.Array) -> pa.Array:
    marked = pc.starts_with(raw, "\x01")
    if not pc.any(marked).as_py():
        return raw
    return pc.replace_substring_regex(raw, r"\A\x01(error |digits )?", "")


def _locators(column: Column, places: pa.Array, cells: Cells) -> pa.Array:
    """Say where each cell stands: what its column's prefix says, and its row unless the prefix says all."""
    if len(column.file_nos) == 1:
        in_row = cells.located(column.prefixes[0].as_py())
    else:
        in_row = pc.binary_join_element_wise(pc.fill_null(column.prefixes.take(places), ""), cells.own_line, "")
    if not pc.any(column.fixed).as_py():
        return in_row
    return pc.if_else(pc.fill_null(column.fixed.take(places), False), column.prefixes.take(places), in_row)


def _coded(names: pa.Array, places: pa.Array) -> pa.DictionaryArray:
    """Repeat few texts by code; "" where there is no place."""
    coded = pa.concat_arrays([names, pa.array([""])]).dictionary_encode()
    return coded.take(pc.fill_null(places, len(names)))


def _repeated(text: str, count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, dtype=np.int32)), pa.array([text]))
