"""Questions to agencies: what looks wrong in their answers, beside last year's and the peers' middle half.

One CSV and one JSON file an agency and year. It holds that agency's own answers; of the others only quartiles over
at least `minimum_quartiles` contributors, rounded so far that no quartile is somebody's own figure.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from benchmarking.catalog import Programme, Question
from benchmarking.progress import track
from benchmarking.validate.rows import schema_of
from benchmarking.validate.rules import LAST, NUMERIC, Check, Unit, weights_of
from benchmarking.validate.settle import accepted
from benchmarking.validate.suspects import suspects_of

DIGITS_OF_PEERS = 2
UNSAFE = re.compile(r"^[=+\-@\t\r]")
PLAIN_NUMBER = re.compile(r"-?[\d.,]+\Z")
HOW = (
    "For each question write confirm or correct under answer; with correct, write the right answer under new_answer. "
    "Say who you are and why. Return the file to the organiser."
)


@dataclass(frozen=True)
class Query:
    """One question to one agency about one answer; the last four fields are the agency's to fill in."""

    survey: str
    survey_year: int
    agency_id: str
    roster_row: int
    question: str
    wording: str
    looks_wrong: str
    must_be_corrected: str
    rules: str
    message: str
    because: str
    your_answer: str
    last_year: str
    peers_lower: str
    peers_upper: str
    answer: str = ""
    new_answer: str = ""
    who: str = ""
    why: str = ""


def find_queries(
    connection: duckdb.DuckDBPyConnection,
    programme: Programme,
    units: tuple[Unit, ...],
    checks: Mapping[str, Sequence[Check]],
    year: int,
) -> list[Query]:
    """Give the open questions on the newest submission of each agency, in the order of agency, survey and row."""
    confirmed = _confirmed(connection, year)
    weights = weights_of(programme)
    found: list[Query] = []
    for unit in units:
        peers = _middle_half(connection, programme, unit, year)
        rows = _broken_rows(connection, unit, year)
        for row in track(rows, f"questions on {unit.name}", len(rows)):
            found += _of_row(unit, checks[unit.name], row, peers, confirmed, weights)
    return sorted(found, key=lambda q: (q.agency_id, q.survey, q.roster_row, q.looks_wrong == "no", q.question))


def write_queries(folder: Path, programme: Programme, year: int, queries: Sequence[Query]) -> list[Path]:
    """Write each agency's file of a year as CSV and JSON, and remove those of agencies that have none left."""
    target = folder / str(year)
    target.mkdir(parents=True, exist_ok=True)
    by_agency: dict[str, list[Query]] = defaultdict(list)
    for query in queries:
        by_agency[query.agency_id].append(query)
    written = []
    for agency, own in by_agency.items():
        stem = re.sub(r"[^A-Za-z0-9_-]", "_", agency)
        for suffix, text in ((".csv", _as_csv(own)), (".json", _as_json(programme, year, agency, own))):
            path = target / f"{stem}{suffix}"
            path.write_text(text, encoding="utf-8")
            written.append(path)
    for path in set(target.iterdir()) - set(written):
        path.unlink()
    return written


def safe_cell(text: str) -> str:
    """Give text that no spreadsheet reads as a formula; a plain number stays as it is."""
    return f"'{text}" if UNSAFE.match(text) and not PLAIN_NUMBER.match(text) else text


def _as_csv(queries: Sequence[Query]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(Query.__dataclass_fields__), lineterminator="\r\n")
    writer.writeheader()
    for query in queries:
        writer.writerow({name: safe_cell(str(value)) for name, value in asdict(query).items()})
    return out.getvalue()


def _as_json(programme: Programme, year: int, agency: str, queries: Sequence[Query]) -> str:
    entry = {
        "programme": programme.name,
        "notice": programme.notice,
        "survey_year": year,
        "agency_id": agency,
        "how_to_answer": HOW,
        "questions": [asdict(query) for query in queries],
    }
    return json.dumps(entry, indent=2, ensure_ascii=False) + "\n"


def _broken_rows(connection: duckdb.DuckDBPyConnection, unit: Unit, year: int) -> list[dict[str, Any]]:
    """Give the wide rows of newest submissions that break a rule worth a question, with `broken_rules` and `texts`."""
    table = f"{schema_of(year)}.{unit.name}"
    relation = connection.sql(f"""
        SELECT wide.*, hit.broken_rules, answer.texts
        FROM {table} AS wide
        INNER JOIN (
            SELECT submission_id, roster_row, list(rule_id ORDER BY rule_id) AS broken_rules
            FROM {table}__broken
            INNER JOIN rule USING (rule_id)
            WHERE newest_first = 1 AND severity IN ('fail', 'query')
            GROUP BY submission_id, roster_row
        ) AS hit USING (submission_id, roster_row)
        LEFT JOIN (
            SELECT submission_id, roster_row, map_from_entries(list((question, raw_text))) AS texts
            FROM {schema_of(year)}.{unit.survey.name}__answer
            GROUP BY submission_id, roster_row
        ) AS answer USING (submission_id, roster_row)
        ORDER BY wide.agency_id, wide.submission_id, wide.roster_row
    """)
    return [dict(zip(relation.columns, values, strict=True)) for values in relation.fetchall()]


def _of_row(
    unit: Unit,
    checks: Sequence[Check],
    row: Mapping[str, Any],
    peers: Mapping[str, tuple[str, str]],
    confirmed: set[tuple[Any, ...]],
    weights: Mapping[str, float],
) -> list[Query]:
    key = (unit.survey.name, row["agency_id"], row["roster_row"])
    broken = [
        check
        for check in checks
        if check.rule_id in row["broken_rules"]
        and (check.severity == "fail" or not _is_confirmed(check, unit, row, confirmed, key))
    ]
    if not broken:
        return []
    suspects = suspects_of(unit, checks, row, [check.rule_id for check in broken], weights)
    own = {question.name: question for question in unit.questions}
    names = dict.fromkeys(name for check in broken for name in check.fields if name in own)
    return [
        _query(unit, own[name], [c for c in broken if name in c.fields], row, suspects.standing(name), peers)
        for name in names
    ]


def _query(
    unit: Unit, question: Question, broken: Sequence[Check], row: Mapping[str, Any], looks_wrong: str, peers: Mapping
) -> Query:
    lower, upper = peers.get(question.name, ("", ""))
    return Query(
        survey=unit.survey.name,
        survey_year=row["survey_year"],
        agency_id=row["agency_id"],
        roster_row=row["roster_row"],
        question=question.name,
        wording=question.wording,
        looks_wrong=looks_wrong,
        must_be_corrected="yes" if any(check.severity == "fail" for check in broken) else "no",
        rules=" ".join(check.rule_id for check in broken),
        message=" ".join(check.message for check in broken),
        because=" ".join(check.because for check in broken),
        your_answer=_text_of(row, question),
        last_year=_shown(row.get(question.name + LAST)),
        peers_lower=lower,
        peers_upper=upper,
    )


def _text_of(row: Mapping[str, Any], question: Question) -> str:
    """Give an answer as the agency wrote it."""
    return str((row["texts"] or {}).get(question.name) or "")


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _confirmed(connection: duckdb.DuckDBPyConnection, year: int) -> set[tuple[Any, ...]]:
    """Give what agencies have confirmed: survey, agency, roster row, question, and the text as it stood."""
    return set(
        connection.execute(
            "SELECT survey, agency_id, roster_row, question, coalesce(old_text, '') FROM raw.correction "
            "WHERE survey_year = ? AND kind = 'confirm'",
            [year],
        ).fetchall()
    )


def _is_confirmed(
    check: Check, unit: Unit, row: Mapping[str, Any], confirmed: set[tuple[Any, ...]], key: tuple[Any, ...]
) -> bool:
    """Say whether every answer of a rule that anybody was asked about still stands as it was confirmed."""
    own = {question.name: question for question in unit.questions}
    asked = [own[name] for name in check.fields if name in own]
    marks = [(*key, question.name, _text_of(row, question)) in confirmed for question in asked]
    return any(marks)


def _middle_half(
    connection: duckdb.DuckDBPyConnection, programme: Programme, unit: Unit, year: int
) -> dict[str, tuple[str, str]]:
    """Give the rounded quartiles of each numeric question over all accepted answers, where enough have one."""
    names = [question.name for question in unit.questions if question.type in NUMERIC]
    if unit.is_roster or not names:
        return {}
    parts = ", ".join(f"count({n}), quantile_cont({n}, 0.25), quantile_cont({n}, 0.75)" for n in names)
    row = connection.sql(f"SELECT {parts} FROM {accepted(unit, year)}").fetchone() or ()
    enough = programme.disclosure.minimum_quartiles
    return {
        name: (_rounded(row[3 * i + 1]), _rounded(row[3 * i + 2]))
        for i, name in enumerate(names)
        if row[3 * i] >= enough
    }


def _rounded(value: Any) -> str:
    """Round to two significant digits, written plainly."""
    number = Decimal(str(value))
    if not number:
        return "0"
    return f"{round(number, DIGITS_OF_PEERS - 1 - number.adjusted()).normalize():f}"
