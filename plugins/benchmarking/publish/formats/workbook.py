"""benchmarks.xlsx by the UK rules for accessible spreadsheets: cover, contents, a sheet a measure, all rows."""

from __future__ import annotations

import warnings
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarking.catalog import Measure
from benchmarking.publish.content import Cell, Content
from benchmarking.publish.formats.cells import COLUMNS, COUNTS, NUMBERS
from benchmarking.publish.formats.frozen import freeze_zip
from benchmarking.publish.formats.plain import as_number
from benchmarking.publish.labels import (
    STATUSES,
    category_label,
    category_order,
    measure_title,
    number_format,
    peer_order,
    statistic_label,
    statistic_order,
)

ALL_FIGURES, COVER = "All_figures", "Cover"
NOTHING = "[z]"
LEGEND = [f"{code} {meaning}" for code, meaning in STATUSES.items()]


def write_workbook(content: Content, folder: Path) -> Path:
    """Write benchmarks.xlsx; the same content gives the same bytes."""
    # gptables brings pandas along, which nothing else in a release needs.
    import gptables

    sheets = {sheet_name(number): _measure_sheet(content, name) for number, name in enumerate(measures_of(content), 1)}
    sheets[ALL_FIGURES] = _all_figures(content)
    path = folder / "benchmarks.xlsx"
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # It warns that there is no sheet of notes; the status codes stand above each table instead.
        warnings.simplefilter("ignore", UserWarning)
        workbook = gptables.produce_workbook(
            str(path),
            sheets,
            cover=_cover(content),
            auto_width=False,
            workbook_options={"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
    workbook.set_properties(
        {
            "title": f"{content.programme.title} {content.survey_year}",
            "comments": content.notice,
            "created": content.published_at.replace(tzinfo=None),
        }
    )
    _set_widths(workbook, content)
    workbook.close()
    return freeze_zip(path, content.published_at)


def measures_of(content: Content) -> list[str]:
    """Give the measures in the order of their groups and names; sheets, slides and pages follow it."""
    known = content.programme.measures
    names = {cell.measure for cell in content.cells}
    return sorted(names, key=lambda name: (known[name].group if name in known else "", name))


def sheet_name(number: int) -> str:
    """Give the name of the nth measure's sheet."""
    return f"Table_{number}"


def _measure_sheet(content: Content, name: str) -> Any:
    import gptables
    import pandas

    cells = [cell for cell in content.cells if cell.measure == name]
    statistics = sorted({cell.statistic for cell in cells}, key=statistic_order)
    rows = [_measure_row(content, list(group), statistics) for _, group in groupby(_by_peer(content, cells), key=_peer)]
    measure = content.programme.measures.get(name)
    columns = list(rows[0])
    first = len(columns) - len(statistics)
    return gptables.GPTable(
        pandas.DataFrame(rows, columns=columns, dtype=object),
        table_name=f"{name}_table"[:200],
        title=f"{measure_title(content.programme, name)}, {content.survey_year}",
        subtitles=[text for text in (_definition(measure), content.notice) if text],
        scope=content.programme.peer_title("all"),
        source=content.citation,
        instructions="This worksheet contains one table. Status codes such as [c] are explained above it.",
        legend=LEGEND,
        index_columns={1: 0},
        additional_formatting=[_format(first + n, measure, name) for n, name in enumerate(statistics)],
    )


def _measure_row(content: Content, cells: list[Cell], statistics: list[str]) -> dict[str, Any]:
    first = cells[0]
    shown = {cell.statistic: cell for cell in cells}
    counts = [cell.contributors for cell in cells if cell.contributors is not None]
    row: dict[str, Any] = {
        "Cut": content.programme.peer_title(first.peer_group),
        "Peer group": content.programme.peer_label(first.peer_group, first.peer_value),
    }
    if first.category:
        row["Answer"] = category_label(content.programme, first.measure, first.category)
    row["Contributors"] = max(counts) if counts else first.status
    for statistic in statistics:
        row[statistic_label(statistic)] = value_or_status(shown[statistic]) if statistic in shown else NOTHING
    return row


def value_or_status(cell: Cell) -> Any:
    """Give what a worksheet shows for a figure: its value as a number, or its status, or "not reached"."""
    return cell.display or NOTHING if cell.value is None else as_number(cell.value)


def _all_figures(content: Content) -> Any:
    import gptables
    import pandas

    rows = [[_long_value(cell, name) for name in COLUMNS] for cell in content.cells]
    return gptables.GPTable(
        pandas.DataFrame(rows, columns=COLUMNS, dtype=object),
        table_name="all_figures_table",
        title=f"All figures of {content.programme.title}, {content.survey_year}",
        subtitles=[content.notice] if content.notice else [],
        source=content.citation,
        instructions="This worksheet contains one table, with one row a figure. [z] stands where nothing applies.",
        legend=LEGEND,
        index_columns={1: 0},
    )


def _long_value(cell: Cell, name: str) -> Any:
    value = getattr(cell, name)
    if name in NUMBERS or name in COUNTS:
        return (cell.status or NOTHING) if value is None else as_number(value)
    return value or NOTHING


def _by_peer(content: Content, cells: list[Cell]) -> list[Cell]:
    programme = content.programme

    def order(cell: Cell) -> tuple[Any, int, str]:
        place = peer_order(programme, cell.peer_group, cell.peer_value)
        return place, category_order(programme, cell.category), cell.category

    return sorted(cells, key=order)


def _peer(cell: Cell) -> tuple[str, str, str]:
    return cell.peer_group, cell.peer_value, cell.category


def _definition(measure: Measure | None) -> str:
    return f"{' '.join(measure.definition.split())} Unit: {measure.unit}." if measure else ""


def _format(column: int, measure: Measure | None, statistic: str) -> dict[str, Any]:
    # How a value looks in its cell; the text to quote is in the display column, and the value is rounded already.
    shown_as = {"num_format": number_format(measure, statistic), "align": "right"}
    return {"column": {"columns": [column], "format": shown_as, "include_names": False}}


def _cover(content: Content) -> Any:
    import gptables

    notes = content.quality.get("notes", [])
    return gptables.Cover(
        cover_label=COVER,
        title=f"{content.programme.title} {content.survey_year}",
        intro=[text for text in (content.notice, content.citation) if text],
        about=[
            f"Published {content.published_at:%Y-%m-%d %H:%M} UTC.",
            *(headline.quote for headline in content.headlines if not headline.status),
            *notes,
        ],
        contact=["How to check: SHA256SUMS beside this file holds the checksum of every file of the release."],
    )


def _set_widths(workbook: Any, content: Content) -> None:
    with_answers = {cell.measure for cell in content.cells if cell.category}
    answered = {sheet_name(number) for number, name in enumerate(measures_of(content), 1) if name in with_answers}
    for sheet in workbook.worksheets():
        name = sheet.get_name()
        sheet.set_landscape()
        # Printed, a sheet is one page wide and as long as it needs to be.
        sheet.fit_to_pages(1, 0)
        if name == ALL_FIGURES or name.startswith("Table_"):
            sheet.set_column(0, 1, 34)
            sheet.set_column(2, len(COLUMNS), 26)
            # A wrapped answer would need a taller row than LibreOffice gives it.
            sheet.set_column(2, 2, 48 if name in answered else 26)
        else:
            sheet.set_column(0, 0, 110 if name == COVER else 18)
            sheet.set_column(1, 1, 80)
