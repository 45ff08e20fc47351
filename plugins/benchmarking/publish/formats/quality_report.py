"""The quality report and the disclosure audit as files: JSON for machines, one plain page for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from benchmarking.publish.content import Content
from benchmarking.publish.formats.cells import about
from benchmarking.publish.formats.plain import write_json, write_text
from benchmarking.publish.labels import STATUSES

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}table{border-collapse:collapse;margin:1rem 0}th,td{border-bottom:1px solid #767676;"
    "padding:.3rem .8rem;text-align:left}td.n{text-align:right}.scroll{overflow-x:auto}dt{font-weight:600;"
    "margin-top:1rem}dd{margin:0;overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#111}}"
)
HELD_BACK = ("measure", "cut", "statistics", "figure_count", "why")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def write_quality_report(content: Content, folder: Path) -> list[Path]:
    """Write quality_report.json, quality_report.html and disclosure_audit.json."""
    return [
        write_json(folder / "quality_report.json", {**about(content), "quality": content.quality}),
        write_json(folder / "disclosure_audit.json", {**about(content), "audit": content.audit}),
        write_text(folder / "quality_report.html", _page(content)),
    ]


def _page(content: Content) -> str:
    quality = content.quality
    title = f"Quality report: {content.programme.title} {content.survey_year}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _paragraph(content.citation),
        _paragraph(content.notice, "strong"),
        *[_paragraph(note) for note in quality.get("notes", [])],
        _table("Submissions", quality.get("response", [])),
        _table("Edits and queries", [{"kind": k, "count": n} for k, n in quality.get("edits", {}).items()]),
        _table("What rules noted", quality.get("noted", [])),
        *[_table(_cut(content, cut), rows) for cut, rows in quality.get("coverage", {}).items()],
        _table(
            "Contributors and effective sample size", [_titled(content, row) for row in quality.get("precision", [])]
        ),
        _table("Hidden figures", [_hidden(content, *one) for one in quality.get("hidden_by_measure", {}).items()]),
        _table("Restatements held back: the earlier figure stands", _held_back(content)),
        _table("Disclosure rules", [{"rule": k, "value": v} for k, v in quality.get("disclosure", {}).items()]),
        _table("Status codes", [{"status": code, "meaning": text} for code, text in STATUSES.items()]),
        _list("Input tables", [_input(row) for row in quality.get("inputs", [])]),
        _list("Definitions", [_definition(row) for row in quality.get("definitions", [])]),
        _table("Changes since the last version", content.release_changes),
    ]
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n<style>{STYLE}</style>\n</head>\n'
        f'<body>\n<main>\n<p><a href="index.html">All figures</a></p>\n'
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def _cut(content: Content, cut: str) -> str:
    return f"Coverage by {content.programme.peer_title(cut).lower()}"


def _titled(content: Content, row: dict[str, Any]) -> dict[str, Any]:
    known = content.programme.measures.get(row["measure"])
    return {**row, "measure": known.title if known else row["measure"]}


def _hidden(content: Content, measure: str, row: dict[str, Any]) -> dict[str, Any]:
    statuses = ", ".join(f"{count} {status}" for status, count in row["by_status"].items())
    told = {"measure": measure, "cells": row["cell_count"], "hidden": row["hidden_count"], "by status": statuses}
    return _titled(content, told)


def _held_back(content: Content) -> list[dict[str, Any]]:
    rows = content.quality.get("restatements_held_back", [])
    return [_titled(content, {name: row[name] for name in HELD_BACK if name in row}) for row in rows]


def _input(row: dict[str, Any]) -> tuple[str, list[str]]:
    facts = [f"{name.replace('_', ' ')}: {value}" for name, value in row.items() if name != "table"]
    return row["table"], facts


def _definition(row: dict[str, Any]) -> tuple[str, list[str]]:
    if "title" not in row:
        return row["measure"], []
    facts = f"Unit: {row['unit']}. Kind: {row['kind']}. Rounded to {row['rounds_to']}. Version {row['version']}. "
    return row["title"], [row["definition"], f"{facts}Name in the files: {row['measure']}."]


def _list(caption: str, terms: Sequence[tuple[str, list[str]]]) -> str:
    found = "\n".join(
        f"<dt>{escape(term)}</dt>" + "".join(f"<dd>{escape(text)}</dd>" for text in texts) for term, texts in terms
    )
    return f"<h2>{escape(caption)}</h2>\n<dl>\n{found}\n</dl>" if found else ""


def _paragraph(text: str, tag: str = "") -> str:
    inner = f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)
    return f"<p>{inner}</p>" if text else ""


def _table(caption: str, rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return ""
    columns = list(rows[0])
    head = "".join(f'<th scope="col">{escape(name.replace("_", " "))}</th>' for name in columns)
    body = "\n".join(f"<tr>{''.join(_data_cells(row.get(name) for name in columns))}</tr>" for row in rows)
    return (
        f'<h2>{escape(caption)}</h2>\n<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _data_cells(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield f'<td class="n">{value:,}</td>'
        else:
            yield f"<td>{escape('' if value is None else str(value))}</td>"
