"""Read every format back and compare, cell by cell, what a reader would see with the table of published cells."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pptx import Presentation

from benchmarking.errors import BenchmarkingError
from benchmarking.publish.content import Cell, Content
from benchmarking.publish.formats.cells import COLUMNS
from benchmarking.publish.formats.plain import as_text, unescaped
from benchmarking.publish.formats.report import report_texts
from benchmarking.publish.formats.slides import cells_of_slide, curve_lines, curve_title, line_label
from benchmarking.publish.formats.workbook import (
    ALL_FIGURES,
    NOTHING,
    measures_of,
    sheet_name,
    value_or_status,
)
from benchmarking.publish.labels import category_label, measure_title, statistic_label
from benchmarking.publish.verify_pages import foreign_stand_figures, read_pages, shown_on_pages
from benchmarking.tables import CELL_KEYS

Key = tuple[Any, ...]
Shown = dict[Key, tuple[str, ...]]
TEXTS = ("display", "lower_display", "upper_display", "status")
FIGURES = ("value", "lower", "upper", "contributors", "people")


class FormatsDisagree(BenchmarkingError):
    """A format does not show what the table of published cells says."""


def verify_formats(content: Content, folder: Path) -> dict[str, int]:
    """Compare every format with the cells; give the number of cells compared by file.

    Raises:
        FormatsDisagree: the first difference, by file and cell.
    """
    compared = {name: _verify_table(name, read, content, folder) for name, read in READERS.items()}
    compared |= _verify_workbook(content, folder / "benchmarks.xlsx")
    compared["slides.pptx"] = _verify_slides(content, folder / "slides.pptx")
    compared["report.pdf"] = _verify_report(content, folder / "report.pdf")
    compared["pages"] = _verify_pages(content, folder)
    return compared


def expected(cell: Cell) -> tuple[str, ...]:
    """Give all that a format with every column says of a cell, as text."""
    return (*(getattr(cell, name) for name in TEXTS), *(as_text(getattr(cell, name)) for name in FIGURES))


def _verify_table(
    name: str, read: Callable[[Path], Iterable[Mapping[str, Any]]], content: Content, folder: Path
) -> int:
    found = {_key(row): _texts(row) for row in read(folder / name)}
    return compare(name, {cell.key: expected(cell) for cell in content.cells}, found)


def compare(name: str, wanted: Mapping[Key, Any], found: Mapping[Key, Any]) -> int:
    """Compare what was found with what is wanted; give the number of cells.

    Raises:
        FormatsDisagree: a cell is missing, added or differs.
    """
    for key in {**wanted, **found}:
        if wanted.get(key) != found.get(key):
            said, want = found.get(key, "nothing"), wanted.get(key, "nothing")
            raise FormatsDisagree(
                f"{name} says {said} of {key}, the table {want}.", name, "Report this; do not publish."
            )
    return len(wanted)


def read_csv(path: Path) -> list[dict[str, Any]]:
    """Read benchmarks.csv as any CSV reader does, without the notice column."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{k: unescaped(v) for k, v in row.items() if k != "notice"} for row in csv.DictReader(file)]


def read_parquet(path: Path) -> list[dict[str, Any]]:
    """Read benchmarks.parquet."""
    return pq.read_table(path).to_pylist()


def read_json(path: Path) -> list[dict[str, Any]]:
    """Read the cells of benchmarks.json."""
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def read_api(path: Path) -> list[dict[str, Any]]:
    """Read the cells of every measure's file of the JSON API, found through its index."""
    index = json.loads(path.read_text(encoding="utf-8"))
    files = [path.parent / entry["path"] for entry in index["measures"]]
    return [cell for file in files for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]]


def read_all_figures(workbook: Any) -> list[dict[str, Any]]:
    """Read the workbook's sheet that has one row a figure; [z] and repeated statuses become empty again."""
    header, *rows = _sheet_table(workbook[ALL_FIGURES], COLUMNS[0])
    return [_figures_row(dict(zip(header, row, strict=True))) for row in rows]


READERS: dict[str, Callable[[Path], Iterable[Mapping[str, Any]]]] = {
    "benchmarks.csv": read_csv,
    "benchmarks.parquet": read_parquet,
    "benchmarks.json": read_json,
    "api/index.json": read_api,
}


def _figures_row(row: dict[str, Any]) -> dict[str, Any]:
    empty = {name: None for name in FIGURES if isinstance(row[name], str)}
    return {name: "" if value == NOTHING and name not in FIGURES else value for name, value in row.items()} | empty


def _verify_workbook(content: Content, path: Path) -> dict[str, int]:
    # Opened once: parsing it takes longer than comparing it.
    workbook = _open(path)
    figures = {_key(row): _texts(row) for row in read_all_figures(workbook)}
    compared = {path.name: compare(path.name, {cell.key: expected(cell) for cell in content.cells}, figures)}
    return compared | {"measure sheets": _verify_measure_sheets(content, workbook, path)}


def _verify_measure_sheets(content: Content, workbook: Any, path: Path) -> int:
    wanted = {_sheet_key(content, cell): _as_read(value_or_status(cell)) for cell in content.cells}
    return compare(f"{path.name} (a measure's sheet)", wanted, _read_measure_sheets(content, workbook))


def _read_measure_sheets(content: Content, workbook: Any) -> dict[Key, Any]:
    found: dict[Key, Any] = {}
    for number, measure in enumerate(measures_of(content), 1):
        header, *rows = _sheet_table(workbook[sheet_name(number)], "Cut")
        first = header.index("Contributors") + 1
        for row in rows:
            place = tuple(row[: first - 1])
            figures = zip(header[first:], row[first:], strict=True)
            found |= {(measure, *place, title): _as_read(value) for title, value in figures if value != NOTHING}
    return found


def _sheet_key(content: Content, cell: Cell) -> Key:
    programme = content.programme
    place = [programme.peer_title(cell.peer_group), programme.peer_label(cell.peer_group, cell.peer_value)]
    if cell.category:
        place.append(category_label(programme, cell.measure, cell.category))
    return (cell.measure, *place, statistic_label(cell.statistic))


def _as_read(value: Any) -> str:
    return value if isinstance(value, str) else as_text(value)


def _verify_slides(content: Content, path: Path) -> int:
    wanted: dict[Key, Any] = {}
    for measure in measures_of(content):
        title = measure_title(content.programme, measure)
        for cell in cells_of_slide(content, measure):
            label = line_label(content, cell)
            wanted[title, label, "text"] = cell.quoted
            wanted[title, label, "chart"] = as_text(cell.value)
        for label, line in curve_lines(content, measure).items():
            title = curve_title(content, measure)
            wanted |= {(title, label, str(month)): as_text(share) for month, share in line.items()}
    found = read_slides(path)
    # A slide whose figures are all hidden has no chart.
    bare = {title for title, _, kind in wanted if kind == "chart"} - {
        title for title, _, kind in found if kind == "chart"
    }
    return compare(path.name, {key: v for key, v in wanted.items() if key[2] != "chart" or key[0] not in bare}, found)


def read_slides(path: Path) -> dict[Key, str]:
    """Read each slide's table and the workbook inside its chart, by slide title, line and kind."""
    found: dict[Key, str] = {}
    for slide in Presentation(str(path)).slides:
        title = slide.shapes.title.text.rpartition(": ")[0]
        for shape in slide.shapes:
            if shape.has_table:
                lines = [[cell.text for cell in row.cells] for row in shape.table.rows][1:]
                found |= {(title, line[0], "text"): line[1] for line in lines}
            if shape.has_chart:
                content = io.BytesIO(shape.chart.part.chart_workbook.xlsx_part.blob)
                found |= _read_chart(title, list(_open(content).active.iter_rows(values_only=True)))
    return found


def _read_chart(title: str, lines: list[tuple[Any, ...]]) -> dict[Key, str]:
    """Read a chart's workbook: one series is a bar a line, several (or months as categories) are curves."""
    labels, rows = lines[0][1:], lines[1:]
    if all(str(row[0]).isdigit() for row in rows):
        return {
            (title, label, row[0]): as_text(value) for row in rows for label, value in zip(labels, row[1:], strict=True)
        }
    return {(title, row[0], "chart"): as_text(row[1]) for row in rows}


def _verify_report(content: Content, path: Path) -> int:
    from pypdf import PdfReader

    text = "".join("".join(page.extract_text() for page in PdfReader(path).pages).split())
    told = report_texts(content)
    for line in told:
        if "".join(line.split()) not in text:
            raise FormatsDisagree(f"the PDF does not say '{line}'.", path.name, "Report this; do not publish.")
    return len(told)


def _verify_pages(content: Content, folder: Path) -> int:
    wanted = {cell.key: shown_on_pages(cell) for cell in content.cells}
    foreign = foreign_stand_figures(content, folder / "index.html")
    if foreign:
        raise FormatsDisagree(f"the front page computes with {foreign[0]}.", "index.html", "Do not publish.")
    return compare("the pages", wanted, read_pages(folder))


def _open(path: Path | io.BytesIO) -> Any:
    import openpyxl

    return openpyxl.load_workbook(path, read_only=False)


def _sheet_table(sheet: Any, first_heading: str) -> list[list[Any]]:
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    start = next((i for i, row in enumerate(rows) if row and row[0] == first_heading), None)
    if start is None:
        raise FormatsDisagree(f"sheet {sheet.title} has no table.", "benchmarks.xlsx", "Do not publish.")
    width = sum(1 for value in rows[start] if value is not None)
    return [row[:width] for row in rows[start:] if row[0] is not None]


def _key(row: Mapping[str, Any]) -> Key:
    return tuple(int(row[name]) if name == "survey_year" else (row[name] or "") for name in CELL_KEYS)


def _texts(row: Mapping[str, Any]) -> tuple[str, ...]:
    texts = tuple(str(row[name] or "") for name in TEXTS)
    return texts + tuple(row[name] if isinstance(row[name], str) else as_text(row[name]) for name in FIGURES)
