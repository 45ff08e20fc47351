"""Read the site's pages back: every figure's row in the tables, and the figures that the front page computes with."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from benchmarking.publish.content import Cell, Content

Key = tuple[Any, ...]
STAND_DATA = "stand-data"


class _Rows(HTMLParser):
    """Collects the numeric fields of every table row that names its cell, and the text of one script."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[Key, list[list[str]]] = {}
        self.data = ""
        self._fields: list[str] | None = None
        self._is_numeric = self._is_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "tr" and given.get("data-cell"):
            self._fields = []
            year, *rest = str(given["data-cell"]).split("|")
            self.rows.setdefault((int(year), *rest), []).append(self._fields)
        elif tag == "tr":
            self._fields = None
        elif tag == "td" and self._fields is not None and given.get("class") == "num":
            self._fields.append("")
            self._is_numeric = True
        self._is_data = tag == "script" and given.get("id") == STAND_DATA

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "script"):
            self._is_numeric = self._is_data = False

    def handle_data(self, data: str) -> None:
        if self._is_numeric and self._fields:
            self._fields[-1] += data
        elif self._is_data:
            self.data += data


def read_pages(folder: Path) -> dict[Key, set[tuple[str, ...]]]:
    """Give what the pages' tables show of each cell: figure, lower and upper end, contributors."""
    found: dict[Key, set[tuple[str, ...]]] = {}
    for path in sorted(folder.rglob("*.html")):
        reader = _Rows()
        reader.feed(path.read_text(encoding="utf-8"))
        for key, rows in reader.rows.items():
            found.setdefault(key, set()).update(tuple(field.strip() for field in fields) for fields in rows)
    return found


def shown_on_pages(cell: Cell) -> set[tuple[str, ...]]:
    """Give what the pages must show of a cell, wherever they show it."""
    count = "" if cell.contributors is None else str(cell.contributors)
    return {(cell.display, cell.lower_display, cell.upper_display, count)}


def foreign_stand_figures(content: Content, page: Path) -> list[str]:
    """Give the figures inside the front page's "Where does my agency stand?" that are no shown cell's."""
    reader = _Rows()
    reader.feed(page.read_text(encoding="utf-8"))
    known = {
        (content.programme.peer_label(cell.peer_group, cell.peer_value), cell.statistic, cell.value, cell.display)
        for cell in content.cells
        if cell.value is not None
    }
    measures = json.loads(reader.data) if reader.data else []
    used = [
        (group["label"], f"p{percentile}", value, display)
        for measure in measures
        for group in measure["groups"]
        for percentile, value, display in group["q"]
    ]
    return [f"{label} {statistic} {display}" for label, statistic, value, display in used
            if (label, statistic, value, display) not in known]  # fmt: skip
