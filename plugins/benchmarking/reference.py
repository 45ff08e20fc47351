"""The reference pages: every measure, question and table, written from its definition and from nothing else.

`python -m benchmarking.reference` writes `docs/reference/`; `--check` fails where a page is not what it would write.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from benchmarking import sql
from benchmarking.catalog import Measure, Programme, Question, Roster, Survey, load_programme
from benchmarking.inputs import Input
from benchmarking.settings import ROOT, load_settings
from benchmarking.tables import TABLES, Table

FOLDER = ROOT / "docs" / "reference"
WRITTEN = "<!-- Written by `python -m benchmarking.reference` from the definitions. Do not edit. -->"
KINDS = {
    "ratio": "pooled ratio, and quantiles of the contributors' own ratios",
    "share": "share of contributors in each category",
    "survival": "Kaplan-Meier: quartiles in months, share still there, restricted mean",
}
BETTER = {"higher": "higher is better", "lower": "lower is better", "neutral": "neither is better"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or check that they are fresh; give 0, or 1 where one is stale."""
    parser = argparse.ArgumentParser(prog="python -m benchmarking.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is stale")
    options = parser.parse_args(arguments)
    stale = [name for name, text in pages().items() if not _is_fresh(FOLDER / name, text)]
    if options.check:
        for name in stale:
            print(f"docs/reference/{name} is stale; run python -m benchmarking.reference", file=sys.stderr)
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


def pages(programmes: Iterable[Programme] | None = None) -> dict[str, str]:
    """Give the text of each page by its file name, for some programmes or for all that are configured."""
    chosen = list(programmes or (load_programme(path) for path in load_settings({}).programmes))
    return {
        "measures.md": _page("Measures", chosen, _measures),
        "questions.md": _page("Questions", chosen, _questions),
        "tables.md": _tables(chosen),
    }


def _is_fresh(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _page(title: str, programmes: list[Programme], write: Callable[[Programme], Iterable[str]]) -> str:
    lines = [f"# {title}", "", WRITTEN]
    for programme in programmes:
        lines += ["", f"## {programme.title}", "", *write(programme)]
    return "\n".join(lines) + "\n"


def _measures(programme: Programme) -> Iterable[str]:
    folder = _place(programme, programme.directory / "sql" / "measures")
    yield f"{len(programme.measures)} measures, one SQL file each in `{folder}`."
    for group in dict.fromkeys(measure.group for measure in programme.measures.values()):
        for measure in programme.measures.values():
            if measure.group == group:
                yield from ("", f"### {measure.title}", "", *_measure(measure))


def _measure(measure: Measure) -> Iterable[str]:
    yield measure.definition
    yield ""
    yield from _table(
        ("", ""),
        [
            ("name", f"`{measure.name}`, version {measure.version}"),
            ("group", measure.group),
            ("kind", f"{measure.kind}: {KINDS[measure.kind]}"),
            ("unit", measure.unit),
            ("rounded to", _rounding(measure)),
            ("reading", BETTER[measure.better]),
            *([("people", measure.people)] if measure.people else []),
        ],
    )


def _rounding(measure: Measure) -> str:
    if measure.format == "percent":
        return f"{(measure.rounds_to * 100).normalize():f} percentage points"
    shown = {"money": f"{measure.currency} {{}}", "months": "{} months", "number": "{}"}[measure.format]
    words = shown.format(f"{measure.rounds_to:f}")
    return words.replace("1 months", "1 month") if measure.rounds_to == Decimal(1) else words


def _questions(programme: Programme) -> Iterable[str]:
    for survey in programme.surveys.values():
        yield from (f"### {survey.title}", "", f"Survey `{survey.name}`, form version {survey.form_version}.", "")
        yield from _question_table(survey.questions)
        if survey.roster:
            yield from _roster(survey, survey.roster)
        yield ""


def _roster(survey: Survey, roster: Roster) -> Iterable[str]:
    yield from ("", f"{roster.title}: one row each in `staging.{survey.name}_{roster.name}`.", "")
    yield from _question_table(roster.questions)


def _question_table(questions: tuple[Question, ...]) -> Iterable[str]:
    header = ("name", "wording", "type", "unit", "limits", "since", "role")
    return _table(header, [_question(question) for question in questions])


def _question(question: Question) -> tuple[str, ...]:
    kind = question.type if not question.choices else "one of " + ", ".join(f"`{code}`" for code in question.choices)
    has_limits = question.role != "year"
    limits = [f"from {question.min:,g}"] if has_limits and question.min is not None else []
    limits += [f"to {question.max:,.0f}"] if has_limits and question.max is not None else []
    words = " ".join(limits) + (", required" if question.required else "")
    constant = "" if question.constant is None else f" Always {question.constant}."
    wording = f"{question.wording}{constant}" + (f" {question.help}" if question.help else "")
    name = f"`{question.name}`"
    return name, wording, kind, question.unit, words.strip(", "), str(question.since or ""), question.role


def _tables(programmes: list[Programme]) -> str:
    lines = ["# Tables", "", WRITTEN, "", "## The package's own", ""]
    lines.append("Every programme has these. Times are UTC, money is in minor units. Keys are in bold.")
    for table in TABLES.values():
        lines += ["", f"### {table.name}", "", f"{table.grain[0].upper()}{table.grain[1:]}.", "", *_columns(table)]
    for programme in programmes:
        lines += ["", f"## {programme.title}", "", "What validation writes beside them, one file each.", ""]
        lines += _table(("table", "grain", "definition"), [_staging(path) for path in _staging_files(programme)])
        if programme.inputs:
            lines += ["", "Figures that others published, one CSV file each in `reference/`, which SQL reads.", ""]
            lines += _table(("table", "what", "columns", "sources"), map(_input, programme.inputs.values()))
    return "\n".join(lines) + "\n"


def _columns(table: Table) -> Iterable[str]:
    rows = [(f"**{name}**" if name in table.keys else name, _type(kind)) for name, kind in table.columns.items()]
    return _table(("column", "type"), rows)


def _type(kind: pa.DataType) -> str:
    names = {"string": "text", "int64": "whole number", "double": "number", "bool": "yes or no", "date32[day]": "date"}
    if pa.types.is_decimal(kind):
        return f"decimal ({kind.precision}, {kind.scale})"
    return "time" if pa.types.is_timestamp(kind) else names.get(str(kind), str(kind))


def _staging_files(programme: Programme) -> list[Path]:
    return list(programme.staging_files.values())


def _staging(path: Path) -> tuple[str, ...]:
    entry = sql.header(path)
    definition = " ".join(str(entry.get("definition", "")).split())
    return f"`staging.{path.stem}`", str(entry.get("grain", "")), definition


def _input(one: Input) -> tuple[str, ...]:
    columns = ", ".join(f"**{name}**" if name in one.keys else name for name in one.columns)
    return f"`{one.table_name}`", " ".join(f"{one.title}. {one.warning}".split()), columns, one.record["sources"]


def _place(programme: Programme, path: Path) -> str:
    return (
        path.relative_to(ROOT).as_posix()
        if path.is_relative_to(ROOT)
        else path.relative_to(programme.directory).as_posix()
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


if __name__ == "__main__":
    raise SystemExit(main())
