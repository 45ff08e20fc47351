"""A made-up release for tests: every kind of measure, hidden cells, categories, and texts that look like formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pyarrow as pa

from benchmarking.catalog import Programme, load_programme
from benchmarking.publish.content import Association, Cell, Change, Content, CurvePoint, Headline
from benchmarking.settings import ROOT
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse

YEAR = 2026
PUBLISHED_AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
STATISTICS = {
    "ratio": ("pooled", "p10", "p25", "p50", "p75", "p90"),
    "share": ("share",),
    "survival": ("p25", "p50", "p75", "still_there_12", "still_there_18", "still_there_24"),
}
HIDDEN = "[c]"
APPROVED_AUDIT = {"holds": True, "hidden": 3, "narrowest_interval": 0.31}


@cache
def the_programme() -> Programme:
    """Give the programme at the root of the project, read once."""
    return load_programme(ROOT)


def show(value: float, kind: str) -> str:
    """Show a value as the tables do."""
    if kind == "percent":
        return f"{100 * value:.1f}%"
    return f"£{value:,.0f}" if kind == "money" else f"{value:,.0f} months" if kind == "months" else f"{value:g}"


def make_cells(
    programme: Programme,
    groups: Sequence[str] = ("size_band", "sector", "size_band x sector"),
    measures: Sequence[str] = (),
) -> list[Cell]:
    """Make a cell for every measure (or those named), statistic and peer value; every seventh is hidden."""
    cells: list[Cell] = []
    for measure in (programme.measures[name] for name in measures or programme.measures):
        for group, value in [("all", "all"), *((g, v) for g in groups for v in peer_values(programme, g))]:
            for category in categories(programme, measure.name) if measure.kind == "share" else [""]:
                for statistic in STATISTICS[measure.kind]:
                    cells.append(make_cell(programme, len(cells), measure.name, category, group, value, statistic))
    return sorted(cells, key=lambda cell: cell.key)


def peer_values(programme: Programme, group: str) -> list[str]:
    """Give a peer group's values, crossed for a two-way cut."""
    values = [""]
    for part in group.split(" x "):
        found = programme.peer_labels[part]["values"]
        values = [f"{before} x {value}" if before else value for before in values for value in found]
    return values


def categories(programme: Programme, measure: str) -> list[str]:
    """Give the categories of a share: the choices of the question that its name has, or yes and no."""
    for survey in programme.surveys.values():
        for question in survey.all_questions:
            if question.name == measure and question.choices:
                return list(question.choices)
    return ["no", "yes"]


def make_cell(
    programme: Programme, number: int, measure: str, category: str, group: str, value: str, statistic: str
) -> Cell:
    """Make one cell whose figure follows from its number."""
    known = programme.measures[measure]
    is_share = statistic.startswith("still_there") or statistic == "share" or known.format == "percent"
    kind = "percent" if is_share else known.format
    hidden = number % 7 == 3
    figure = round(0.051 + (number * 37 % 800) / 1000, 3) if is_share else float(10 + number * 37 % 900 * 10)
    low, high = (figure - 0.05, figure + 0.05) if is_share else (figure - 10, figure + 10)
    return Cell(
        programme=programme.name,
        survey_year=YEAR,
        measure=measure,
        category=category,
        statistic=statistic,
        peer_group=group,
        peer_value=value,
        value=None if hidden else figure,
        display=HIDDEN if hidden else show(figure, kind),
        unit=known.unit,
        status=HIDDEN if hidden else "",
        contributors=None if hidden else 5 + number % 90,
        people=None,
        lower=None if hidden else round(low, 3),
        upper=None if hidden else round(high, 3),
        lower_display=HIDDEN if hidden else show(low, kind),
        upper_display=HIDDEN if hidden else show(high, kind),
    )


SMALL = ("development_budget_gbp_per_marketer", "budget_decider", "tenure_months")


def make_small_content() -> Content:
    """Make the content of a release with one measure of each kind, by one cut."""
    return make_content(make_cells(the_programme(), groups=("size_band",), measures=SMALL))


def make_content(cells: Sequence[Cell] | None = None, version: str = "2026.1.0") -> Content:
    """Make the content of one release."""
    programme = the_programme()
    cells = list(cells or make_cells(programme))
    first = next(cell for cell in cells if not cell.is_hidden)
    return Content(
        programme=programme,
        version=version,
        published_at=PUBLISHED_AT,
        cells=cells,
        changes=[make_change(first)],
        curves=make_curves(),
        associations=[make_association()],
        headlines=[make_headline(first)],
        quality={"definitions": [], "notes": ["Answers are weighted to the frame."], "response": []},
        audit=dict(APPROVED_AUDIT),
    )


def make_change(cell: Cell) -> Change:
    """Make the change of one cell from last year."""
    return Change(
        *cell.key, "matched", 20.0, "+£20", "", 5.0, 35.0, "+£5", "+£35", True, 40,
    )  # fmt: skip


def make_curves() -> list[CurvePoint]:
    """Make one survival curve."""
    ends = {month: (1 - month / 50, 1 - month / 45, 1 - month / 55) for month in range(0, 37, 3)}
    points = {month: [round(end, 3) for end in found] for month, found in ends.items()}
    shown = {month: [f"{100 * end:.1f}%" for end in found] for month, found in points.items()}
    return [
        CurvePoint(YEAR, "tenure_months", "all", "all", month, share, shown[month][0], "", low, high, *shown[month][1:])
        for month, (share, low, high) in points.items()
    ]


def make_association() -> Association:
    """Make one rank correlation."""
    return Association(
        YEAR, "tenure_months", "development_budget_gbp_per_marketer", "spearman", "all", 0.3, "0.30", "",
        0.1, 0.5, "0.10", "0.50", 0.01, 90, "Higher budgets are associated with longer tenure.",
    )  # fmt: skip


def make_headline(cell: Cell) -> Headline:
    """Make the sentence of one cell."""
    sentence = f"Half of agencies set aside {cell.display} or less a year"
    return Headline(
        YEAR, 1, cell.measure, cell.statistic, sentence, cell.display, cell.peer_group, cell.peer_value, cell.category,
        f"{cell.contributors} agencies, {YEAR}",
        f"up £10 from {YEAR - 1} in the same 40 agencies, not statistically significant",
    )  # fmt: skip


def store(warehouse: Warehouse, content: Content) -> None:
    """Write the content's rows into the published tables, as protect does."""
    tables = {
        "published.cell": content.cells,
        "published.change": content.changes,
        "published.curve": content.curves,
        "published.association": content.associations,
        "published.headline": content.headlines,
    }
    for name, rows in tables.items():
        declared = TABLES[name]
        columns = {column: [getattr(row, column) for row in rows] for column in declared.columns}
        warehouse.replace_year(name, YEAR, pa.table(columns, schema=declared.schema))


def with_figure(content: Content, position: int, figure: float, display: str) -> Content:
    """Give the same content with another figure in one shown cell."""
    cells = list(content.cells)
    cells[position] = replace(cells[position], value=figure, display=display)
    return replace(content, cells=cells)
