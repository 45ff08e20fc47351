"""The tables of a page as plain data: which cells stand in which row, and the drawing beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from markupsafe import Markup

from benchmarking.catalog import TWO_WAY, Measure
from benchmarking.publish.content import Cell, Content
from benchmarking.publish.labels import STATUSES, statistic_label, statistic_order
from benchmarking.publish.site import strips
from benchmarking.publish.site.book import ALL, QUANTILES, Book, Peer, shown
from benchmarking.publish.site.scale import Scale, make_scale, whole

WHY_HIDDEN = {
    "[c]": "Not shown: it could reveal who answered what",
    "[x]": "Not available",
    "[z]": "Does not apply",
}


@dataclass(frozen=True)
class Figure:
    """What stands in one field: a cell, a range of two cells, or the interval of one."""

    title: str
    cells: tuple[Cell | None, ...]
    is_interval: bool = False
    is_main: bool = False


@dataclass(frozen=True)
class Row:
    """One line: its label, how many stand behind it, a drawing and its figures; `note` says why it is hidden.

    `section` is the first half of a two-way label; rows of one section stand together under it.
    """

    label: str
    count: str
    drawing: Markup
    figures: tuple[Figure, ...]
    note: str = ""
    is_all: bool = False
    href: str = ""
    section: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a drawing in each row; `axis` heads the drawings, `legend` is (shade, label)."""

    caption: str
    first: str
    axis: Markup
    rows: tuple[Row, ...]
    legend: tuple[tuple[int, str], ...] = ()
    kind: str = "ratio"
    titles: tuple[str, ...] = field(default=())

    @property
    def codes(self) -> list[str]:
        """Give the status codes that stand in the table, in the order of their list."""
        told = {cell.status for row in self.rows for figure in row.figures for cell in figure.cells if cell is not None}
        return [code for code in STATUSES if any(code in status for status in told)]


@dataclass(frozen=True)
class Year:
    """One year of a headline's figure: its cell, and its interval drawn on a scale that all its years share."""

    cell: Cell
    drawing: Markup


@dataclass(frozen=True)
class RecordRow:
    """One published cell as the complete record shows it."""

    cell: Cell
    peer: str
    statistic: str
    category: str


def noun(count: int | None, words: tuple[str, ...] | list[str]) -> str:
    """Give a count with its noun, such as "158 agencies", or '' when hidden."""
    return "" if count is None else f"{count:,} {words[0] if count == 1 else words[1]}"


def counts(book: Book, cell: Cell | None) -> str:
    """Give how many contributors, and people where that is told, stand behind a cell."""
    if cell is None:
        return ""
    programme = book.programme
    parts = [noun(cell.contributors, programme.contributor_noun), noun(cell.people, programme.person_noun)]
    return ", ".join(part for part in parts if part)


def note_of(cell: Cell | None) -> str:
    """Give the sentence for a hidden cell, or ''."""
    if cell is None:
        return WHY_HIDDEN["[x]"]
    return "" if cell.value is not None or not cell.status else WHY_HIDDEN.get(cell.status, "Not shown")


def scale_of(book: Book, measure: Measure, peers: list[Peer]) -> Scale:
    """Give the scale on which every line of a table can be drawn."""
    if measure.kind == "share":
        return whole()
    names = QUANTILES if measure.kind == "ratio" else ("p25", "p50", "p75")
    cells = shown([book.cell(measure.name, name, peer) for peer in peers for name in names])
    values = [cell.value for cell in cells if cell.value is not None]
    values += [end for c in cells if c.statistic == "p50" for end in (c.lower, c.upper) if end is not None]
    return make_scale(values, measure.format, measure.sign)


def years(content: Content, measure: Measure, cells: list[Cell]) -> tuple[Year, ...]:
    """Give a figure's years with their drawings; what earlier years showed comes from their own releases."""
    ends = [end for cell in cells for end in (cell.value, cell.lower, cell.upper) if end is not None]
    is_share = any(cell.statistic == "share" or cell.statistic.startswith("still_there") for cell in cells)
    scale = make_scale(ends, "percent" if is_share else measure.format, "" if is_share else measure.sign, 3)
    return tuple(Year(cell, strips.point(scale, cell)) for cell in cells)


def caption(book: Book, measure: Measure, group: str) -> str:
    """Give the title of a measure's figures by a peer group."""
    by = "" if group == ALL else f" by {book.programme.peer_title(group).lower()}"
    return f"{measure.title}{by}, {book.year}"


def peer_table(book: Book, measure: Measure, group: str) -> Table:
    """Give the table of a measure by a peer group, everybody first."""
    peers = [book.peer(), *(book.peers(measure.name, group) if group != ALL else [])]
    scale = scale_of(book, measure, peers)
    make = {"ratio": _ratio_row, "share": _share_row, "survival": _survival_row}[measure.kind]
    rows = tuple(make(book, measure, peer, scale) for peer in peers)
    title = book.programme.peer_title(group)
    legend = tuple((i, label) for i, (_, label) in enumerate(book.categories(measure.name), 1))
    return Table(
        caption(book, measure, group),
        title,
        Markup("") if measure.kind == "share" else strips.axis(scale),
        rows,
        legend if measure.kind == "share" else (),
        measure.kind,
        tuple(f.title for f in rows[0].figures),
    )


def _row(book: Book, peer: Peer, main: Cell | None, drawing: Markup, figures: list[Figure]) -> Row:
    section, label = "", peer.label
    if TWO_WAY in peer.group:
        (first, second), (mine, other) = peer.group.split(TWO_WAY), peer.value.split(TWO_WAY)
        section, label = book.peer(first, mine).label, book.peer(second, other).label
    # A hidden median tells no count; another figure of the line may.
    told = next(iter(shown([main, *(cell for figure in figures for cell in figure.cells)])), main)
    return Row(label, counts(book, told), drawing, tuple(figures), note_of(main), peer.is_all, section=section)


def _ratio_row(book: Book, measure: Measure, peer: Peer, scale: Scale) -> Row:
    cells = {name: book.cell(measure.name, name, peer) for name in (*QUANTILES, "pooled")}
    figures = [
        Figure("Median", (cells["p50"],), is_main=True),
        Figure("95% interval", (cells["p50"],), is_interval=True),
        Figure("Middle half", (cells["p25"], cells["p75"])),
        Figure("Eight in ten", (cells["p10"], cells["p90"])),
        Figure("Pooled", (cells["pooled"],)),
    ]
    return _row(book, peer, cells["p50"], strips.strip(scale, cells), figures)


def _survival_row(book: Book, measure: Measure, peer: Peer, scale: Scale) -> Row:
    cells = {name: book.cell(measure.name, name, peer) for name in ("p25", "p50", "p75")}
    months = [(month, book.cell(measure.name, f"still_there_{month}", peer)) for month in book.months(measure.name)]
    figures = [
        Figure("Median", (cells["p50"],), is_main=True),
        Figure("95% interval", (cells["p50"],), is_interval=True),
        *(Figure(f"Still there at {month} months", (cell,)) for month, cell in months),
    ]
    return _row(book, peer, cells["p50"], strips.strip(scale, cells), figures)


def _share_row(book: Book, measure: Measure, peer: Peer, scale: Scale) -> Row:
    categories = book.categories(measure.name)
    cells = [book.cell(measure.name, "share", peer, category) for category, _ in categories]
    figures = [Figure(label, (cell,)) for (_, label), cell in zip(categories, cells, strict=True)]
    main = next(iter(shown(cells)), cells[0] if cells else None)
    return _row(book, peer, main, strips.stack(cells), figures)


def share_table(book: Book, measure: Measure) -> Table:
    """Give a share measure over everybody: one line a category, with its interval."""
    scale, rows = whole(), []
    for shade, (category, label) in enumerate(book.categories(measure.name), 1):
        cell = book.cell(measure.name, "share", None, category)
        figures = (Figure("Share", (cell,), is_main=True), Figure("95% interval", (cell,), is_interval=True))
        rows.append(Row(label, counts(book, cell), strips.bar(scale, cell, shade), figures, note_of(cell)))
    return Table(
        caption(book, measure, ALL), "Answer", strips.axis(scale), tuple(rows), (), "bar", ("Share", "95% interval")
    )


def overview_rows(book: Book, title: str, measures: list[Measure], href: Callable[[str], str]) -> Table:
    """Give a section's ratio and survival measures side by side, each strip on its own scale."""
    rows = []
    for measure in measures:
        if measure.kind == "share":
            continue
        peer = book.peer()
        scale = scale_of(book, measure, [peer])
        cells = {name: book.cell(measure.name, name, peer) for name in QUANTILES}
        figures = (
            Figure("Median", (cells["p50"],), is_main=True),
            Figure("95% interval", (cells["p50"],), is_interval=True),
            Figure("Middle half", (cells["p25"], cells["p75"])),
        )
        drawing = strips.strip(scale, cells) + strips.axis(scale)
        rows.append(
            Row(
                measure.title,
                counts(book, cells["p50"]),
                drawing,
                figures,
                note_of(cells["p50"]),
                False,
                href(measure.name),
            )
        )
    return Table(
        f"{title}, {book.year}: medians",
        "Measure",
        Markup(""),
        tuple(rows),
        (),
        "overview",
        ("Median", "95% interval", "Middle half"),
    )


def record(book: Book, measure: Measure, group: str) -> list[RecordRow]:
    """Give every cell of a measure and cut, in readers' order: the complete record of a page."""
    categories = dict(book.categories(measure.name)) or {"": ""}
    names = sorted(book.statistics(measure.name), key=statistic_order)
    rows = []
    for peer in book.peers(measure.name, group):
        for category, label in categories.items():
            cells = [book.cell(measure.name, name, peer, category) for name in names]
            rows += [RecordRow(c, peer.label, statistic_label(c.statistic), label) for c in cells if c is not None]
    return rows
