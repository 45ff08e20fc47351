"""Who answers for which year, when it was sent, and a hash of what it says: one row a submission."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking import sql
from benchmarking.catalog import Question, Survey
from benchmarking.collect.assemble import LINE, OTHER
from benchmarking.collect.grid import NATIVE
from benchmarking.collect.pieces import Piece, are_blank

NOT_CONTENT = ("record_id", "submitted_at")
KEY_ROLES = ("agency", "year", *NOT_CONTENT)
HASH_DIGITS = 64
SPACES = " \t\n\r\xa0"
KEYS = pa.schema(
    [
        ("file_no", pa.int64()),
        ("line", pa.int64()),
        ("agency_id", pa.string()),
        ("survey_year", pa.int64()),
        ("record_id", pa.string()),
        ("submitted_at", pa.timestamp("us", "UTC")),
        ("submitted_at_text", pa.string()),
        ("assumed_zone", pa.string()),
        ("content_sha256", pa.string()),
    ]
)
FAULT = pa.schema(
    [
        ("file_no", pa.int64()),
        ("line", pa.int64()),
        ("column_name", pa.string()),
        ("seen", pa.string()),
        ("rule_id", pa.string()),
    ]
)


def name_of(survey: Survey, role: str) -> str:
    """Give the name of the question with a role, or nothing where no question has it."""
    question = survey.with_role(role)
    return question.name if question is not None else ""


def find_keys(
    connection: duckdb.DuckDBPyConnection, piece: Piece, survey: Survey, years: Sequence[int]
) -> tuple[pa.Table, pa.Table]:
    """Give a piece's submissions (of the schema KEYS) in the piece's order, and the faults in their keys.

    The tables `evidence` and `file_in_hand` must be there if the piece holds times of sending.
    """
    wide = piece.wide
    agency, year_text = _cleaned(wide, survey, "agency"), _cleaned(wide, survey, "year")
    is_named = pc.and_(pc.not_equal(agency, ""), pc.invert(pc.match_substring_regex(agency, "[\\x00-\\x1F]")))
    agency = pc.if_else(pc.fill_null(is_named, False), agency, pa.scalar(None, pa.string()))
    year = _years(connection, year_text, years)
    moments, odd_moments = _moments(connection, piece, survey)
    keys = pa.table(
        {
            "file_no": wide.column("file_no"),
            "line": wide.column(LINE),
            "agency_id": agency,
            "survey_year": year,
            "record_id": pc.fill_null(_cleaned(wide, survey, "record_id"), ""),
            "submitted_at": moments.column("submitted_at"),
            "submitted_at_text": pc.fill_null(pc.utf8_trim(_cells(wide, survey, "submitted_at"), " "), ""),
            "assumed_zone": pc.fill_null(moments.column("assumed_zone"), ""),
            "content_sha256": _hashes(connection, piece, survey),
        },
        schema=KEYS,
    )
    faults = [
        odd_moments,
        _faults(piece, agency.is_null(), name_of(survey, "agency"), "key.agency"),
        _faults(piece, year.is_null(), name_of(survey, "year"), "key.year", pc.fill_null(year_text, "")),
        _faults(piece, _unanswered(piece, survey), "", "row.empty"),
    ]
    return keys, pa.concat_tables(faults)


def _cells(wide: pa.Table, survey: Survey, role: str) -> pa.Array:
    name = name_of(survey, role)
    return wide.column(name).combine_chunks() if name in wide.column_names else pa.nulls(wide.num_rows, pa.string())


def _cleaned(wide: pa.Table, survey: Survey, role: str) -> pa.Array:
    return pc.utf8_trim(_unmarked(_cells(wide, survey, role)), SPACES)


def _unmarked(cells: pa.Array) -> pa.Array:
    """Take out the mark of a number that the file holds as a number."""
    content = cells.buffers()[2] if len(cells) else None
    if content is None or not (np.frombuffer(content, dtype=np.uint8) == ord(NATIVE)).any():
        return cells
    return pc.replace_substring(cells, NATIVE, "")


def _years(connection: duckdb.DuckDBPyConnection, texts: pa.Array, years: Sequence[int]) -> pa.Array:
    coded = texts.dictionary_encode()
    connection.register("year_text", pa.table({"text": coded.dictionary, "position": np.arange(len(coded.dictionary))}))
    text = "SELECT try_cast(text AS BIGINT) FROM year_text ORDER BY position"
    found = [row[0] if row[0] in years else None for row in connection.execute(text).fetchall()]
    return pa.array(found, pa.int64()).take(coded.indices)


def _moments(connection: duckdb.DuckDBPyConnection, piece: Piece, survey: Survey) -> tuple[pa.Table, pa.Table]:
    """Give submitted_at and assumed_zone in the piece's order, and the faults of times that did not exist."""
    cells = _cells(piece.wide, survey, "submitted_at")
    count = len(cells)
    empty = pa.table(
        {"submitted_at": pa.nulls(count, pa.timestamp("us", "UTC")), "assumed_zone": pa.nulls(count, pa.string())}
    )
    if cells.null_count == count:
        return empty, FAULT.empty_table()
    place = pa.array(np.arange(count))
    table = pa.table({"file_no": piece.wide.column("file_no"), "line": place, "raw_text": cells})
    connection.register("cell", table.filter(cells.is_valid()))
    found = connection.execute(f"SELECT * FROM ({sql.read('raw/moment')}) ORDER BY line").to_arrow_table()
    at = np.full(count, -1)
    at[found.column("line").to_numpy()] = np.arange(found.num_rows)
    taken = found.take(pa.array(at, mask=at < 0))
    is_odd = taken.column("rule_id").combine_chunks().is_valid()
    seen, rules = taken.column("text"), taken.column("rule_id")
    faults = _faults(piece, is_odd, name_of(survey, "submitted_at"), rules, seen)
    return taken.select(["submitted_at", "assumed_zone"]), faults


def _faults(
    piece: Piece,
    where: pa.Array | NDArray[np.bool_],
    column: str,
    rule: str | pa.ChunkedArray,
    seen: pa.Array | str = "",
) -> pa.Table:
    where = pa.array(where)
    count = pc.sum(where).as_py() or 0
    if not count:
        return FAULT.empty_table()
    rows = piece.wide.select(["file_no", LINE]).filter(where)

    def among(value: pa.Array | pa.ChunkedArray | str) -> pa.Array | pa.ChunkedArray:
        return pa.array([value] * count, pa.string()) if isinstance(value, str) else value.filter(where)

    return pa.table([*rows.columns, among(column), among(seen), among(rule)], schema=FAULT)


def _unanswered(piece: Piece, survey: Survey) -> NDArray[np.bool_]:
    """Say of each submission whether it answers nothing: no answer, no roster row, no text under other columns."""
    wide = piece.wide
    answers = [q.name for q in survey.questions if q.name in wide.column_names and q.role not in KEY_ROLES]
    if not answers:
        return np.zeros(wide.num_rows, dtype=bool)
    silent = are_blank(wide, answers) & ~pc.fill_null(wide.column(OTHER), True).to_numpy()
    silent[piece.parents] = False
    return np.asarray(silent, dtype=bool)


def _is_content(question: Question) -> bool:
    # A hash of a contact detail would outlive its erasure, so private answers do not enter.
    return question.role not in NOT_CONTENT and not question.is_private


def _hashes(connection: duckdb.DuckDBPyConnection, piece: Piece, survey: Survey) -> pa.Array:
    """Hash what each submission says, so that two can be compared: each answer given, with its question."""
    below: pa.Array | str = ""
    if piece.roster.num_rows:
        below = pc.fill_null(_below(connection, piece, survey), "")
    said = pc.binary_join_element_wise(_content(piece.wide, survey.questions), below, "\x1d")
    offsets = np.frombuffer(said.buffers()[1], dtype=np.int32)[said.offset :][: len(said) + 1].tolist()
    content, sha256 = memoryview(said.buffers()[2] or b""), hashlib.sha256
    hashes = b"".join([sha256(content[start:end]).digest() for start, end in itertools.pairwise(offsets)]).hex()
    ends = pa.py_buffer(np.arange(len(said) + 1, dtype=np.int32) * HASH_DIGITS)
    return pa.StringArray.from_buffers(len(said), ends, pa.py_buffer(hashes.encode()))


def _below(connection: duckdb.DuckDBPyConnection, piece: Piece, survey: Survey) -> pa.Array:
    """Give the content of each submission's roster rows, null where it has none."""
    content = _content(piece.roster, survey.roster.questions if survey.roster else ())
    places = {"parent": pa.array(piece.parents), "roster_row": pa.array(piece.roster_rows)}
    connection.register("roster_content", pa.table({**places, "content": content}))
    text = (
        "SELECT parent, string_agg(content, chr(30) ORDER BY roster_row) AS below FROM roster_content GROUP BY parent"
    )
    found = connection.execute(text).to_arrow_table()
    at = np.full(piece.wide.num_rows, -1)
    at[found.column("parent").to_numpy()] = np.arange(found.num_rows)
    return found.column("below").combine_chunks().take(pa.array(at, mask=at < 0))


def _content(table: pa.Table, questions: Sequence[Question]) -> pa.Array:
    """Compose a row's answers, without marks and outer spaces, to one text; what is blank does not count."""
    said = pa.array([""] * table.num_rows, pa.string())
    parts = []
    for question in questions:
        if question.name in table.column_names and _is_content(question):
            cells = pc.utf8_trim(_unmarked(table.column(question.name).combine_chunks()), " ")
            part = pc.binary_join_element_wise(f"\x1f{question.name}=", cells, "")
            blank = pc.fill_null(pc.equal(cells, ""), True)
            parts.append(pc.if_else(blank, "", part) if pc.any(blank).as_py() else part)
    if parts:
        said = pc.binary_join_element_wise(*parts, "")
    return pc.binary_replace_slice(said, 0, 1, "")
