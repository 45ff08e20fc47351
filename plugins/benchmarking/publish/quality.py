"""The quality report: whom the release speaks for, how well, and by which definitions.

Counts only, and by the rules of the release: a count of respondents that is too small to show a figure for is
not shown either, since participation is confidential too.
"""

from __future__ import annotations

from typing import Any

import duckdb

from benchmarking import sql
from benchmarking.catalog import TWO_WAY, Programme
from benchmarking.publish.labels import peer_order, statistic_label, statistic_order

HIDDEN = "[c]"
PRECISION_NOTE = (
    "Participation is voluntary. Intervals hold as far as those who answered are like those who did not, within "
    "the classes that the weights use."
)
COMPETITION_NOTE = (
    "Figures describe closed past periods, come from at least {minimum_contributors} independent contributors none "
    "of which holds over {dominance:.0f} % of a pooled figure, and are at least {minimum_age_months} months old when "
    "published. They were prepared by a party independent of the contributors. These are facts, not legal advice."
)


def describe_quality(connection: duckdb.DuckDBPyConnection, programme: Programme, year: int) -> dict[str, Any]:
    """Describe one survey year's release as a JSON-like mapping.

    Returns:
        response: one mapping a survey (received, accepted, parked, rejected, duplicate).
        edits: count by kind (fail, query, note, correct, confirm).
        noted: one mapping a rule that only notes (rule, submissions, meaning): why something enters no figure.
        frame: agencies in the frame, respondents, response rate; `coverage` the same a peer value.
        precision: contributors, people and effective sample size a measure.
        hidden: cells, hidden cells and count by status; `hidden_by_measure` the same a measure.
        restatements_held_back: one mapping a measure, peer value and reason: the earlier figure stands there.
        inputs: the programme's input tables (exchange rates and the like) with hash, rows and sources.
        disclosure, rounding, definitions, notes: by what rules, in words and numbers.
    """
    statuses = _rows(connection, "release/statuses", year)
    coverage = _coverage(connection, programme, year)
    return {
        "programme": programme.name,
        "survey_year": year,
        "response": _rows(connection, "release/response", year),
        "edits": {row["edit_kind"]: row["edit_count"] for row in _rows(connection, "release/edits", year)},
        "frame": coverage.pop("all", {}),
        "coverage": coverage,
        "precision": _rows(connection, "release/precision", year),
        "hidden": _hidden(statuses),
        "hidden_by_measure": {
            name: _hidden([row for row in statuses if row["measure"] == name])
            for name in sorted({row["measure"] for row in statuses})
        },
        "restatements_held_back": [_held_back(programme, row) for row in _rows(connection, "release/held_back", year)],
        "disclosure": dict(vars(programme.disclosure)),
        "definitions": [_definition(programme, name) for name in sorted({row["measure"] for row in statuses})],
        "noted": _noted(connection, programme, year),
        "inputs": [one.record for one in programme.inputs.values()],
        "notes": [*_notes(programme), *_left_out(connection, programme, year)],
    }


def _coverage(connection: duckdb.DuckDBPyConnection, programme: Programme, year: int) -> dict[str, Any]:
    if not is_written(connection, "staging.agency"):
        return {}
    columns = [column for column in programme.peer_columns if _has_column(connection, column)]
    found = {column: _coverage_of(connection, programme, year, column) for column in columns}
    everyone = _coverage_of(connection, programme, year, "'all'")
    return {"all": everyone[0] if everyone else {}, **found}


def is_written(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Say whether a programme's own table was ever written."""
    schema, name = table.split(".")
    row = connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = $schema AND table_name = $name",
        {"schema": schema, "name": name},
    ).fetchone()
    return bool(row and row[0])


def _has_column(connection: duckdb.DuckDBPyConnection, column: str) -> bool:
    names = connection.execute("SELECT * FROM staging.agency LIMIT 0").description
    return TWO_WAY not in column and column in {name[0] for name in names}


def _coverage_of(
    connection: duckdb.DuckDBPyConnection, programme: Programme, year: int, column: str
) -> list[dict[str, Any]]:
    # The column comes from the programme's definition, so this SELECT is composed; everything else is in sql/.
    rows = connection.execute(
        f"""
        SELECT CAST({column} AS VARCHAR), count(*), count(*) FILTER (WHERE agency_id IN (
            SELECT agency_id FROM benchmark.contribution WHERE survey_year = {year:d}
            UNION SELECT agency_id FROM benchmark.spell WHERE survey_year = {year:d}))
        FROM staging.agency WHERE survey_year = {year:d} GROUP BY ALL
        """
    ).fetchall()
    group = "all" if column == "'all'" else column
    rows.sort(key=lambda row: peer_order(programme, group, str(row[0])))
    hidden = _too_small([row[2] for row in rows], programme.disclosure.minimum_contributors)
    return [
        {
            "peer_value": value,
            "label": programme.peer_label(group, value),
            "frame_count": frame,
            "respondent_count": None if position in hidden else respondents,
            "response": HIDDEN if position in hidden else f"{100 * respondents / frame:.0f}%",
        }
        for position, (value, frame, respondents) in enumerate(rows)
    ]


def _too_small(counts: list[int], minimum: int) -> set[int]:
    """Give the positions to hide: every small count and, if that is one alone, the next smallest beside it.

    The total is shown, so one hidden count alone could be had by subtraction.
    """
    order = sorted(range(len(counts)), key=lambda position: counts[position])
    small = [position for position in order if 0 < counts[position] < minimum]
    if len(small) == 1:
        small += [position for position in order if position not in small and counts[position] > 0][:1]
    return set(small)


def _hidden(statuses: list[dict[str, Any]]) -> dict[str, Any]:
    cells, hidden = sum(row["cell_count"] for row in statuses), sum(row["hidden_count"] for row in statuses)
    by_status: dict[str, int] = {}
    for row in statuses:
        by_status[row["status"] or "shown"] = by_status.get(row["status"] or "shown", 0) + row["cell_count"]
    share = f"{100 * hidden / cells:.0f}%" if cells else ""
    return {"cell_count": cells, "hidden_count": hidden, "hidden_share": share, "by_status": by_status}


def _held_back(programme: Programme, row: dict[str, Any]) -> dict[str, Any]:
    statistics = [statistic_label(name) for name in sorted(row["statistics"].split(", "), key=statistic_order)]
    return {
        "measure": row["measure"],
        "peer_group": row["peer_group"],
        "peer_value": row["peer_value"],
        "cut": programme.peer_label(row["peer_group"], row["peer_value"]),
        "statistics": ", ".join(statistics),
        "figure_count": row["figure_count"],
        "why": row["why"],
    }


def _definition(programme: Programme, name: str) -> dict[str, Any]:
    measure = programme.measures.get(name)
    if measure is None:
        return {"measure": name}
    return {
        "measure": name,
        "title": measure.title,
        "kind": measure.kind,
        "unit": measure.unit,
        "definition": " ".join(measure.definition.split()),
        "rounds_to": str(measure.rounds_to),
        "version": measure.version,
    }


def _notes(programme: Programme) -> list[str]:
    rules = programme.disclosure
    facts = {**vars(rules), "dominance": 100 * rules.dominance_share}
    weights = (
        f"Answers are weighted to the frame by {', '.join(name.replace('_', ' ') for name in programme.frame_margins)}."
        if programme.frame_margins
        else "Answers are not weighted: no frame is declared."
    )
    warnings = [one.warning for one in programme.inputs.values() if one.warning]
    return [weights, PRECISION_NOTE, COMPETITION_NOTE.format(**facts), *warnings]


def _noted(connection: duckdb.DuckDBPyConnection, programme: Programme, year: int) -> list[dict[str, Any]]:
    fewest = programme.disclosure.minimum_contributors
    rows = _rows(connection, "release/noted", year)
    return [
        {
            "rule": row["rule_id"],
            "submissions": f"fewer than {fewest}" if row["submission_count"] < fewest else str(row["submission_count"]),
            "meaning": row["meaning"],
        }
        for row in rows
    ]


def _left_out(connection: duckdb.DuckDBPyConnection, programme: Programme, year: int) -> list[str]:
    """Say how many answered that the frame does not know: they are not of the population, and enter no figure."""
    if not is_written(connection, "staging.agency"):
        return []
    count = len(_rows(connection, "release/outside_frame", year))
    one, many = programme.contributor_noun
    if not count:
        return [f"Every {one} that answered is in the frame."]
    who = f"1 {one} that answered is not in the frame and was"
    if count > 1:
        who = f"{count} {many} that answered are not in the frame and were"
    return [f"{who} left out of every figure."]


def _rows(connection: duckdb.DuckDBPyConnection, name: str, year: int) -> list[dict[str, Any]]:
    result = connection.execute(sql.read(name), {"year": year})
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
