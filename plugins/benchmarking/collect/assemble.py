"""One file's reading set out by question: a wide table of raw texts, a table of roster rows, and what was wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from benchmarking.catalog import Programme, Question, Survey
from benchmarking.collect.faults import Fault
from benchmarking.collect.grid import LINE, NATIVE, Grid, Reading
from benchmarking.collect.headers import Headers, Match, plain
from benchmarking.collect.profiles import Shape, shape_grid
from benchmarking.collect.rosters import first_lines, parents_of, roster_table
from benchmarking.collect.source import MISPLACED

SECOND_HEADER = {"response", "open-ended response"}
KEYS = ("agency", "year", "record_id", "submitted_at")
OTHER = "has_other"


@dataclass
class Assembled:
    """One file by question; `columns` tells for each question the header it stood under and its locator's prefix."""

    wide: pa.Table | None = None
    roster: pa.Table | None = None
    columns: list[tuple[str, str, str, bool]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    place: str = "row "
    form_version: str = ""
    zone: str = ""

    def forget_rows(self) -> None:
        """Let go of the rows, once they are answered; a file that was refused never had any."""
        self.wide = self.wide.schema.empty_table() if self.wide is not None else None
        self.roster = None


def assemble(reading: Reading, headers: Headers, programme: Programme, profile: str) -> Assembled:
    """Set a reading out by question; a refused one comes back with its one fault and no rows."""
    survey, result = headers.survey, Assembled(facts=dict(reading.facts))
    misplaced = Fault("file.place", seen=f"there is one for {', '.join(programme.surveys)}")
    refusal = misplaced if profile == MISPLACED else reading.refusal or _foreign(reading.stamp, survey, programme)
    if refusal is not None:
        result.faults.append(refusal)
        return result
    main, others = _main_grid(reading.grids, headers, profile)
    shape = shape_grid(main, profile)
    match = headers.match(shape)
    rows = main.rows.slice(shape.skipped)
    result.faults += [*main.faults, *shape.faults, *match.faults, *_unknown(match, rows)]
    result.zone = shape.zone
    result.form_version = reading.stamp.get("form_version", "")
    result.place = f"sheet {main.sheet}" if main.is_fixed else "record " if main.is_records else "row "
    if shape.name != "plain":
        result.facts["profile"] = shape.name
    # A form sent back blank is an answer of its own: it says which agency left everything open.
    if not main.faults and (not rows.num_rows or not (main.is_fixed or _holds_text(rows))):
        unseen = result.facts.get("not read", "")
        result.faults = [Fault("file.hidden", seen=unseen) if unseen else Fault("file.no_rows")]
        return result
    if shape.name == "plain" and not main.is_fixed and _has_second_header(main, headers):
        result.faults.append(Fault("header.two_rows", 0, "", ""))
    _spread(result, main, shape, match, headers, reading, others)
    _check_keys(result, match, survey)
    return result


def _unknown(match: Match, rows: pa.Table) -> list[Fault]:
    """Give the columns that are no question and hold something; a blank one has nothing to lose."""
    return [Fault("header.unknown", 0, text) for n, text in match.unknown.items() if _holds_text(rows.select([n]))]


def _holds_text(rows: pa.Table) -> bool:
    """Say whether any cell holds more than white space."""
    return any(
        bool(pc.any(pc.not_equal(pc.utf8_trim_whitespace(pc.fill_null(chunk, "")), "")).as_py())
        for column in rows.columns
        for chunk in column.chunks
    )


def _foreign(stamp: dict[str, str], survey: Survey, programme: Programme) -> Fault | None:
    if stamp.get("programme", programme.name) != programme.name:
        return Fault("file.programme", seen=stamp["programme"])
    if stamp.get("survey", survey.name) != survey.name:
        return Fault("file.survey", seen=stamp["survey"])
    return None


def _main_grid(grids: list[Grid], headers: Headers, profile: str) -> tuple[Grid, list[Grid]]:
    """Take the sheet that holds the most questions; the form's own answer sheet before any other."""

    def score(grid: Grid) -> tuple[bool, int]:
        match = headers.match(shape_grid(grid, profile))
        return grid.is_fixed, len(match.questions) * 100 + len(match.roster)

    main = max(grids, key=score) if len(grids) > 1 else grids[0]
    return main, [grid for grid in grids if grid is not main]


def _has_second_header(grid: Grid, headers: Headers) -> bool:
    first = [(column[0].as_py() or "") for column in grid.rows.columns] if grid.rows.num_rows else []
    return any(plain(cell) in SECOND_HEADER or headers.knows(cell) for cell in first)


def _spread(
    result: Assembled, main: Grid, shape: Shape, match: Match, headers: Headers, reading: Reading, others: list[Grid]
) -> None:
    survey = headers.survey
    rows = main.rows.slice(shape.skipped)
    lines = main.line_numbers().slice(shape.skipped)
    matched = set(match.questions.values()) | set(match.roster.values()) | set(shape.ignored)
    other = _has_other(rows, [n for n in range(len(main.header)) if n not in matched])
    # Columns that lie on disk are renamed and not put together anew, which would look into each.
    wide = rows.select(list(match.questions.values())).rename_columns(list(match.questions))
    wide = wide.append_column(LINE, lines).append_column(OTHER, other)
    for question in survey.questions:
        if question.name not in match.questions and question.constant is not None:
            wide = wide.append_column(question.name, pa.repeat(str(question.constant), len(lines)))
        if question.name in wide.column_names:
            result.columns.append(column_of(question, main, match.questions.get(question.name)))
    result.wide = _stamped(result, wide, survey, reading.stamp)
    if match.roster:
        parents = first_lines(result.wide, survey)
        result.roster = roster_table(rows, match.roster, parents, lines)
        result.wide = result.wide.filter(pc.equal(result.wide.column(LINE), parents))
        result.columns += [column_of(survey.question(name), main, at) for name, at in match.roster.items()]
        result.facts["layout"] = "one row a roster entry"
    for grid in [*others, *reading.rosters]:
        _take_other(result, grid, headers)


def column_of(question: Question, grid: Grid, at: int | None) -> tuple[str, str, str, bool]:
    """Give an entry of `Assembled.columns`."""
    if at is None:
        return question.name, "", "definition", True
    return question.name, grid.header[at].strip(), grid.prefixes[at], grid.is_fixed


def _has_other(rows: pa.Table, unmatched: list[int]) -> pa.Array | pa.ChunkedArray:
    filled: pa.Array | pa.ChunkedArray = pa.repeat(False, rows.num_rows)
    for number in unmatched:
        chunks = [pc.not_equal(pc.utf8_trim_whitespace(chunk), "") for chunk in rows.column(number).chunks]
        filled = pc.or_(filled, pa.chunked_array(chunks, pa.bool_()))
    return filled


def _stamped(result: Assembled, wide: pa.Table, survey: Survey, stamp: dict[str, str]) -> pa.Table:
    """Fill in agency and year from the form's stamp; an answer that differs from the stamp is a fault."""
    for role, key in (("agency", "agency_id"), ("year", "survey_year")):
        question, value = survey.with_role(role), stamp.get(key, "").strip()
        if question is None or not value:
            continue
        if question.name not in wide.column_names:
            wide = wide.append_column(question.name, pa.repeat(value, wide.num_rows))
            result.columns.append((question.name, "", "_form", True))
            continue
        texts = [(text or "").strip().lstrip(NATIVE) for text in wide.column(question.name).to_pylist()]
        lines = wide.column(LINE).to_pylist()
        for line, text in zip(lines, texts, strict=True):
            if text and text != value:
                result.faults.append(Fault("key.stamp", line, question.name, f"{text} instead of {value}"))
        filled = pa.array([text or value for text in texts], pa.string())
        wide = wide.set_column(wide.column_names.index(question.name), question.name, filled)
    return wide


def _take_other(result: Assembled, grid: Grid, headers: Headers) -> None:
    """Take a second sheet or a nested list as the roster, when its columns are the roster's questions."""
    match = headers.match_roster(grid.header)
    if not match.roster and grid.parents is not None:
        # A list under the roster's own name is the roster: what it holds is never left unread in silence.
        result.faults += [*match.faults, *_unknown(match, grid.rows)]
        return
    if not match.roster or result.roster is not None:
        result.facts["not read"] = ", ".join(filter(None, [result.facts.get("not read"), grid.sheet]))
        if _holds_submissions(grid, headers):
            result.faults.append(Fault("file.sheets", 0, "", grid.sheet))
        return
    faults = [*match.faults, *_unknown(match, grid.rows)]
    parents, strays = parents_of(grid, match, result.wide, headers.survey)
    result.roster = roster_table(grid.rows, match.roster, parents, grid.line_numbers())
    result.columns += [column_of(headers.survey.question(name), grid, at) for name, at in match.roster.items()]
    result.faults += [Fault(f.rule, 0, f"{grid.sheet} {f.column}".strip(), f.seen) for f in faults]
    result.faults += [Fault("header.roster_whose", 0, "", f"{grid.sheet}, {stray}") for stray in strays]


def _holds_submissions(grid: Grid, headers: Headers) -> bool:
    """Say whether a sheet beside the one that is read holds answers too."""
    found = [headers.survey.question(name) for name in headers.match(shape_grid(grid, "")).questions]
    return len(found) > 1 and any(question.role not in KEYS for question in found) and _holds_text(grid.rows)


def _check_keys(result: Assembled, match: Match, survey: Survey) -> None:
    present = set(result.wide.column_names) if result.wide is not None else set()
    if not match.questions and not match.roster:
        result.faults = [Fault("header.none"), *[f for f in result.faults if not f.rule.startswith("header.")]]
        return
    for role in ("agency", "year"):
        question = survey.with_role(role)
        if question is not None and question.name not in present:
            result.faults.append(Fault("header.missing", 0, question.name))
    if match.roster and all(survey.question(name).role in KEYS for name in match.questions):
        result.faults.append(Fault("header.roster_alone", 0, "", ", ".join(match.roster)))
