"""Questions to agencies: what looks wrong in their answers, beside last year's and the peers' middle half.

One CSV and one JSON file an agency and year. It holds that agency's own answers; of the others only what last year's
release shows (see `peers`).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarking.catalog import Programme, Question
from benchmarking.file_names import stem_of
from benchmarking.progress import track
from benchmarking.validate.peers import Published
from benchmarking.validate.rows import schema_of
from benchmarking.validate.rules import LAST, Check, Unit, weights_of
from benchmarking.validate.suspects import suspects_of

# How many times further than others an answer is trusted once the agency has confirmed it.
CONFIRMED = 10.0
UNSAFE = re.compile(r"^[=+\-@\t\r]")
PLAIN_NUMBER = re.compile(r"-?[\d.,]+\Z")
Confirmed = set[tuple[Any, ...]]
HOW = (
    "For each question write confirm or correct under answer; with correct, write the right answer under new_answer. "
    "Say who you are and why. Return the file to the organiser."
)


@dataclass(frozen=True)
class Query:
    """One question to one agency about one answer; the last four fields are the agency's to fill in.

     `peers` says of whom the two quartiles are, or why there are none.
    ."""

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
    peers: str
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
    peers: Published,
) -> list[Query]:
    """Give the open questions on the newest submission of each agency, in the order of agency, survey and row."""
    confirmed = _confirmed(connection, year)
    weights = weights_of(programme)
    found: list[Query] = []
    for unit in units:
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
        for suffix, text in ((".csv", _as_csv(own)), (".json", _as_json(programme, year, agency, own))):
            path = target / f"{stem_of(agency)}{suffix}"
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
    peers: Published,
    confirmed: Confirmed,
    weights: Mapping[str, float],
) -> list[Query]:
    broken = [check for check in checks if check.rule_id in row["broken_rules"]]
    asked = {check.rule_id: _open_questions(check, unit, row, confirmed) for check in broken}
    broken = [check for check in broken if asked[check.rule_id]]
    if not broken:
        return []
    settled = {name for check in broken for name in check.fields} - {name for some in asked.values() for name in some}
    trusted = {**weights, **{name: CONFIRMED * weights.get(name, 1.0) for name in settled}}
    suspects = suspects_of(unit, checks, row, [check.rule_id for check in broken], trusted)
    own = {question.name: question for question in unit.questions}
    names = dict.fromkeys(name for check in broken for name in asked[check.rule_id])
    return [
        _query(unit, own[n], [c for c in broken if n in asked[c.rule_id]], row, suspects.standing(n), peers)
        for n in names
    ]


def _open_questions(check: Check, unit: Unit, row: Mapping[str, Any], confirmed: Confirmed) -> list[str]:
    """Give a broken rule's questions that the agency has not confirmed, as they stand now, to this very rule."""
    own = {question.name: question for question in unit.questions}
    key = (unit.survey.name, row["agency_id"], row["roster_row"])
    return [
        name
        for name in check.fields
        if name in own
        and (check.severity == "fail" or (*key, name, _text_of(row, own[name]), check.rule_id) not in confirmed)
    ]


def _query(
    unit: Unit, question: Question, broken: Sequence[Check], row: Mapping[str, Any], looks_wrong: str, peers: Published
) -> Query:
    others = peers.middle_half(question.name, row["agency_id"])
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
        last_year=_shown(question, row.get(question.name + LAST)),
        peers_lower=others.lower,
        peers_upper=others.upper,
        peers=others.basis,
    )


def _text_of(row: Mapping[str, Any], question: Question) -> str:
    """Give an answer as the agency wrote it."""
    return str((row["texts"] or {}).get(question.name) or "")


def _shown(question: Question, value: Any) -> str:
    """Write last year's answer plainly, a percentage with its sign."""
    if question.type not in ("number", "percent") or value is None:
        return "" if value is None else str(value)
    return f"{(value * 100).normalize():f} %" if question.type == "percent" else f"{value.normalize():f}"


def _confirmed(connection: duckdb.DuckDBPyConnection, year: int) -> Confirmed:
    """Give what agencies have confirmed: survey, agency, roster row, question, the text as it stood, and the rule."""
    return set(
        connection.execute(
            "SELECT survey, agency_id, roster_row, question, coalesce(old_text, ''), unnest(string_split(rules, ' ')) "
            "FROM raw.correction WHERE survey_year = ? AND kind = 'confirm'",
            [year],
        ).fetchall()
    )
