"""What an approver and an embargoed reader see before a release: its changes, its audit, its files, and who looked."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarking import sql
from benchmarking.errors import BenchmarkingError
from benchmarking.publish.content import DRAFT
from benchmarking.publish.promote import staging
from benchmarking.publish.release import Draft, plan
from benchmarking.publish.verify import verify_formats
from benchmarking.publish.version import calendar
from benchmarking.publish.write import write_formats
from benchmarking.warehouse import Warehouse

CHANGES_SHOWN = 40
ACCESS_LOG = "access.jsonl"


def describe_draft(warehouse: Warehouse, year: int, audit: Mapping[str, Any]) -> dict[str, str]:
    """Say what an approver needs to know, as a title and a Markdown body.

    The body names the version and its time, cells and changes since the version before, coverage, what is still
    parked, and the audit.
    """
    draft = plan(warehouse, year, audit)
    programme = warehouse.programme
    parts = [
        f"**{draft.content.notice}**" if draft.content.notice else "",
        _figures(draft),
        _time(warehouse, draft),
        "## Changes since the last version\n\n" + _changes(draft),
        "## Coverage\n\n" + _coverage(draft),
        "## Still parked\n\n" + _parked(warehouse, year),
        "## Disclosure audit\n\n" + _audit(audit),
    ]
    body = "\n\n".join(part for part in parts if part)
    return {"title": f"Publish {programme.title} {draft.version}?", "body": body}


def build_preview(warehouse: Warehouse, year: int, audit: Mapping[str, Any]) -> Path:
    """Write every format of the draft into `data/drafts/<programme>/<year>`, marked as under embargo.

    The folder is for those whom the organiser lets in: serve it behind a login and log each reader.

    Raises:
        FormatsDisagree: a format does not show what the table says.
    """
    content = replace(plan(warehouse, year, audit).content, version=DRAFT)
    drafts = warehouse.folder("drafts")
    target = drafts / str(year)
    with staging(drafts, year) as folder:
        write_formats(content, folder)
        verify_formats(content, folder)
        shutil.rmtree(target, ignore_errors=True)
        folder.chmod(0o750)
        folder.rename(target)
    return target


def open_preview(warehouse: Warehouse, year: int, name: str, reader: str) -> Path:
    """Log that somebody reads a file of an embargoed preview, then give the file.

    Raises:
        BenchmarkingError: nobody is named, or there is no such file in the preview.
    """
    folder = warehouse.folder("drafts") / str(year)
    path = (folder / name).resolve()
    if not reader.strip():
        raise BenchmarkingError("an embargoed preview is read by name only.", name, "Log in first.")
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise BenchmarkingError("there is no such file in the preview.", f"{year} {name}", "Build the preview first.")
    entry = {"at": warehouse.settings.now().isoformat(), "reader": reader, "year": year, "file": name}
    # One write of one line in append mode: readers at the same time do not mix their lines.
    with (warehouse.folder("drafts") / ACCESS_LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps(entry) + "\n")
    return path


def read_access_log(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Give who looked at which preview and when, oldest first."""
    path = warehouse.folder("drafts") / ACCESS_LOG
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def _figures(draft: Draft) -> str:
    cells = draft.content.cells
    hidden = sum(cell.is_hidden for cell in cells)
    news = "" if draft.is_new else " Nothing differs from what is published already."
    return f"{len(cells)} figures, {hidden} of them hidden ({100 * hidden / len(cells):.0f}%).{news}"


def _time(warehouse: Warehouse, draft: Draft) -> str:
    publish_at = dict(calendar(warehouse.programme)).get(draft.version)
    return f"Announced for {publish_at:%Y-%m-%d %H:%M} UTC." if publish_at else "Not in the release calendar."


def _changes(draft: Draft) -> str:
    rows = draft.content.release_changes
    if not draft.is_new:
        return "There are none."
    if not draft.content.previous_version:
        return "This is the year's first release."
    if not rows:
        return f"No figure differs from {draft.content.previous_version}."
    tags = ", ".join(f"{count} {tag}" for tag, count in sorted(Counter(row["tag"] for row in rows).items()))
    names = ("measure", "category", "peer_value", "statistic", "before", "after", "tag")
    more = f"\n\n... and {len(rows) - CHANGES_SHOWN} more." if len(rows) > CHANGES_SHOWN else ""
    since = f"{len(rows)} figures differ from {draft.content.previous_version}: {tags}."
    return f"{since}\n\n{_markdown(names, [[row[name] for name in names] for row in rows[:CHANGES_SHOWN]])}{more}"


def _coverage(draft: Draft) -> str:
    rows = [
        [draft.content.programme.peer_title(cut), row["label"], row["frame_count"], row["response"]]
        for cut, values in draft.content.quality.get("coverage", {}).items()
        for row in values
    ]
    return _markdown(("cut", "peer group", "in the frame", "answered"), rows) if rows else "No frame is declared."


def _parked(warehouse: Warehouse, year: int) -> str:
    with warehouse.connect() as connection:
        result = connection.execute(sql.read("release/parked"), {"year": year})
        rows = [list(row) for row in result.fetchall()]
    return _markdown(("survey", "rule", "submissions", "why"), rows) if rows else "Nothing is parked."


def _audit(audit: Mapping[str, Any]) -> str:
    plain = [[key, value] for key, value in audit.items() if isinstance(value, (str, int, float, bool))]
    return _markdown(("what", "found"), plain) if plain else "There is no audit."


def _markdown(headings: tuple[str, ...], rows: list[list[Any]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines)


def _cell(value: Any) -> str:
    return str(value).replace("|", "/").replace("\n", " ").replace("<", "&lt;")
