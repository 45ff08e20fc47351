"""The parts of the page of a run: what came in, what is held up and by what, what to do, which rules found what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarking.validate.queries import Query
from benchmarking.validate.rules import Check

VERDICTS = ("accepted", "parked", "rejected", "duplicate")
STANDING = {"yes": "looks wrong", "one of several": "one of these", "no": ""}
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Held:
    """Submissions of one agency and survey that are parked: the reasons, and the questions that its file asks.

    `is_overtaken` says that the agency has sent a newer one since, so that nobody needs to do anything about these.
    """

    survey: str
    agency_id: str
    file_name: str
    submissions: int
    reasons: tuple[tuple[str, str], ...]
    questions: tuple[Query, ...]
    is_overtaken: bool


def by_survey(verdicts: Rows) -> list[dict[str, Any]]:
    """Give each survey's submissions by verdict, with the places of a bar of 100 that shows them."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in verdicts:
        found[row["survey"]][row["verdict"]] += 1
    return [{"survey": survey, **_bar(counts)} for survey, counts in sorted(found.items())]


def _bar(counts: Counter[str]) -> dict[str, Any]:
    received, start, parts = sum(counts.values()), 0.0, []
    for verdict in VERDICTS:
        width = 100 * counts[verdict] / received
        parts.append({"verdict": verdict, "start": round(start, 2), "width": round(width, 2)})
        start += width
    return {"received": received, "parts": parts, **{verdict: counts[verdict] for verdict in VERDICTS}}


def held_up(
    verdicts: Rows, broken: Rows, questions: Sequence[Query], files: Mapping[str, str], rules: Container[str]
) -> list[Held]:
    """Give what is parked, an agency and survey at a time; a submission that names no agency stands by itself.

    Args:
        files: the names of the files received, by hash.
        rules: the ids of validation's own rules; the others are intake's.
    """
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in verdicts:
        if row["verdict"] == "parked":
            alone = "" if row["agency_id"] else row["submission_id"]
            groups[row["survey"], row["agency_id"] or "", alone].append(row)
    reasons: dict[str, dict[str, str]] = defaultdict(dict)
    for row in broken:
        if row["severity"] == "fail":
            reasons[row["submission_id"]][row["rule_id"]] = row["message"]
    asked: dict[tuple[str, str], list[Query]] = defaultdict(list)
    for query in questions:
        asked[query.survey, query.agency_id].append(query)
    found = []
    for (survey, agency, _), rows in sorted(groups.items(), key=lambda group: group[0]):
        why = _once(reasons[row["submission_id"]] for row in rows)
        own = tuple(asked[survey, agency]) if any(q.must_be_corrected == "yes" for q in asked[survey, agency]) else ()
        # Whatever an agency's newest submission breaks is asked: what is not asked was sent again since.
        is_overtaken = not own and all(rule_id in rules for rule_id, _ in why)
        name = files.get(rows[0]["file_sha256"] or "", "")
        found.append(Held(survey, agency, name, len(rows), why, own, is_overtaken))
    return found


def _once(found: Iterable[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """Give each broken rule once. Intake's own sentence is left out where a rule of validation says the same."""
    rules = {rule_id: message for some in found for rule_id, message in some.items()}
    if any(rule_id.endswith(".type") for rule_id in rules):
        rules = {rule_id: message for rule_id, message in rules.items() if not rule_id.startswith("answer.")}
    return tuple(sorted(rules.items()))


def to_confirm(questions: Sequence[Query], held: Sequence[Held]) -> list[Query]:
    """Give the questions that hold nothing up: surprising answers of accepted submissions, to confirm or correct."""
    shown = {id(query) for one in held for query in one.questions}
    return [query for query in questions if id(query) not in shown]


def by_rule(broken: Rows, checks: Mapping[str, Sequence[Check]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give the rules that found something, those that found most first, and those that found nothing."""
    rows = Counter(row["rule_id"] for row in broken)
    submissions = Counter(rule_id for rule_id, _ in {(row["rule_id"], row["submission_id"]) for row in broken})
    entries = [
        {"check": check, "table": unit, "rows": rows[check.rule_id], "submissions": submissions[check.rule_id]}
        for unit, some in checks.items()
        for check in some
    ]
    order = {"fail": 0, "query": 1, "note": 2}
    found = [entry for entry in entries if entry["rows"]]
    return (
        sorted(found, key=lambda entry: (order[entry["check"].severity], -entry["submissions"])),
        [entry for entry in entries if not entry["rows"]],
    )
