"""A hash of what each submission says, so that two can be compared."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarking.catalog import Question, Survey
from benchmarking.collect.grid import NATIVE, has_bytes_between
from benchmarking.collect.pieces import Piece

NOT_CONTENT = ("record_id", "submitted_at")
HASH_DIGITS = 64


def content_hashes(connection: duckdb.DuckDBPyConnection, piece: Piece, survey: Survey) -> pa.Array:
    """Hash each submission's answers, with their questions."""
    below: pa.Array | str = ""
    if piece.roster.num_rows:
        below = pc.fill_null(_below(connection, piece, survey), "")
    said = pc.binary_join_element_wise(*_content(piece.wide, survey.questions), "\x1d", below, "")
    offsets = np.frombuffer(said.buffers()[1], dtype=np.int32)[said.offset :][: len(said) + 1].tolist()
    content = said.buffers()[2].to_pybytes() if said.buffers()[2] else b""
    hashes = _sha256(content, offsets).encode()
    ends = pa.py_buffer(np.arange(len(said) + 1, dtype=np.int32) * HASH_DIGITS)
    return pa.StringArray.from_buffers(len(said), ends, pa.py_buffer(hashes))


def _sha256(content: bytes, offsets: Sequence[int]) -> str:
    """Hash what lies between each two offsets; copying a fresh hash takes less than asking for a new one."""
    fresh, digests = hashlib.sha256().copy, []
    for start, end in itertools.pairwise(offsets):
        told = fresh()
        told.update(content[start:end])
        digests.append(told.digest())
    return b"".join(digests).hex()


def _below(connection: duckdb.DuckDBPyConnection, piece: Piece, survey: Survey) -> pa.Array:
    """Give the content of each submission's roster rows, null where it has none."""
    parts = _content(piece.roster, survey.roster.questions if survey.roster else ())
    places = {"parent": pa.array(piece.parents), "roster_row": pa.array(piece.roster_rows)}
    said = pc.binary_join_element_wise(*parts, "")
    connection.register("roster_content", pa.table({**places, "content": said}))
    text = (
        "SELECT parent, string_agg(content, chr(30) ORDER BY roster_row) AS below FROM roster_content GROUP BY parent"
    )
    found = connection.execute(text).to_arrow_table()
    at = np.full(piece.wide.num_rows, -1)
    at[found.column("parent").to_numpy()] = np.arange(found.num_rows)
    return found.column("below").combine_chunks().take(pa.array(at, mask=at < 0))


def _content(table: pa.Table, questions: Sequence[Question]) -> list[pa.Array | str]:
    """Give what, joined, is a row's answers, without marks and outer spaces; what is blank does not count."""
    asked = [question.name for question in questions if question.name in table.column_names and _is_content(question)]
    parts: list[pa.Array | str] = [pa.repeat("", table.num_rows)]
    is_first_given = False
    for number, name in enumerate(asked):
        cells = table.column(name).combine_chunks()
        cells = cells if has_bytes_between(cells, "!", "~") else pc.utf8_trim(unmarked(cells), " ")
        blank = pc.fill_null(pc.equal(cells, ""), True)
        is_given = not pc.any(blank).as_py()
        is_first_given |= is_given and number == 0
        mark = f"{name}=" if is_first_given and number == 0 else f"\x1f{name}="
        said = [mark, cells]
        parts += said if is_given else [pc.if_else(blank, "", pc.binary_join_element_wise(*said, ""))]
    if is_first_given or not asked:
        return parts
    # Where the first question may be blank, any may come first: the mark before it is taken out again.
    return [pc.binary_replace_slice(pc.binary_join_element_wise(*parts, ""), 0, 1, "")]


def unmarked(cells: pa.Array) -> pa.Array:
    """Take out the mark of a number that the file holds as a number."""
    content = cells.buffers()[2] if len(cells) else None
    if content is None or not (np.frombuffer(content, dtype=np.uint8) == ord(NATIVE)).any():
        return cells
    return pc.replace_substring(cells, NATIVE, "")


def _is_content(question: Question) -> bool:
    # A hash of a contact detail would outlive its erasure, so private answers do not enter.
    return question.role not in NOT_CONTENT and not question.is_private
