"""Who answers for which year, when it was sent, and a hash of what it says: one row a submission."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking import sql
from benchmarking.catalog import Survey
from benchmarking.collect.agencies import CONTROL, odd_ids, spelt_out, tidied
from benchmarking.collect.assemble import OTHER
from benchmarking.collect.content import NOT_CONTENT, content_hashes, unmarked
from benchmarking.collect.grid import LINE, has_bytes_between
from benchmarking.collect.headers import names_of
from benchmarking.collect.pieces import Piece, are_blank

KEY_ROLES = ("agency", "year", *NOT_CONTENT)
PLAIN_YEARS = {str(year) for year in range(1900, 2100)}
SPACES = " \t\n\r\xa0\u202f\u2007"
MARKS = r"\A\x01(error |digits )?"
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
    agency = tidied(agency)
    is_named = pc.fill_null(pc.not_equal(agency, ""), False)
    asked = survey.with_role("agency")
    odd = odd_ids(agency, names_of(asked) if asked is not None else ())
    is_kept = is_named
    for _, where in odd:
        is_kept = pc.and_not(is_kept, where)
    if not has_bytes_between(agency, " ", "~"):
        is_kept = pc.and_not(is_kept, pc.match_substring_regex(pc.fill_null(agency, ""), CONTROL))
    typed, agency = agency, pc.if_else(is_kept, agency, pa.scalar(None, pa.string()))
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
            "content_sha256": content_hashes(connection, piece, survey),
        },
        schema=KEYS,
    )
    faults = [odd_moments, _faults(piece, _unanswered(piece, survey), "", "row.empty")]
    faults += [
        _faults(piece, where, name_of(survey, "agency"), rule, spelt_out(typed)) for rule, where in odd if _any(where)
    ]
    # A column that a file does not have is one fault of the file, and not one of each row.
    unnamed = pc.and_(pc.invert(is_named), _are_asked(wide, survey, "agency"))
    yearless = pc.and_(year.is_null(), _are_asked(wide, survey, "year"))
    seen = pc.replace_substring_regex(pc.fill_null(year_text, ""), MARKS, "")
    faults.append(_faults(piece, unnamed, name_of(survey, "agency"), "key.agency"))
    faults.append(_faults(piece, yearless, name_of(survey, "year"), "key.year", seen))
    return keys, pa.concat_tables(faults)


def _any(where: pa.Array) -> bool:
    return bool(pc.any(where).as_py())


def _are_asked(wide: pa.Table, survey: Survey, role: str) -> pa.Array:
    """Say of each row whether its file has the column, or the survey has no such question."""
    name = name_of(survey, role)
    return _cells(wide, survey, role).is_valid() if name else pa.repeat(True, wide.num_rows)


def _cells(wide: pa.Table, survey: Survey, role: str) -> pa.Array:
    name = name_of(survey, role)
    return wide.column(name).combine_chunks() if name in wide.column_names else pa.nulls(wide.num_rows, pa.string())


def _cleaned(wide: pa.Table, survey: Survey, role: str) -> pa.Array:
    cells = _cells(wide, survey, role)
    return cells if has_bytes_between(cells, "!", "~") else pc.utf8_trim(unmarked(cells), SPACES)


def _years(connection: duckdb.DuckDBPyConnection, texts: pa.Array, years: Sequence[int]) -> pa.Array:
    coded = texts.dictionary_encode()
    if all(text in PLAIN_YEARS for text in coded.dictionary.to_pylist()):
        told = [int(text) for text in coded.dictionary.to_pylist()]
    else:
        position = np.arange(len(coded.dictionary))
        connection.register("year_text", pa.table({"text": coded.dictionary, "position": position}))
        # A cast alone would round 2025.6 to a year and read an exponent.
        plain = "regexp_full_match(text, '[0-9]{4}([.]0+)?')"
        text = f"SELECT CASE WHEN {plain} THEN try_cast(text AS BIGINT) END FROM year_text ORDER BY position"
        found = connection.execute(text).fetchall()
        told = [row[0] for row in found]
    return pa.array([year if year in years else None for year in told], pa.int64()).take(coded.indices)


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
