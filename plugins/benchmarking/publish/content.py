"""What one release says: the protected rows and the words around them, read once for every format.

Every writer takes a `Content` and nothing else. It computes, rounds and hides nothing: figures are shown by
their `display` text, and `value` only places marks on a scale.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import datetime
from typing import Any, TypeVar

import duckdb

from benchmarking.catalog import Programme
from benchmarking.errors import BenchmarkingError
from benchmarking.publish.quality import describe_quality
from benchmarking.tables import CELL_KEYS, TABLES
from benchmarking.warehouse import Warehouse

T = TypeVar("T")
DRAFT = "draft"
REVISED = "[r]"
EMBARGO_NOTICE = "Draft under embargo: not to be quoted before it is published."


class NothingToPublish(BenchmarkingError):
    """The year has no published cells."""


@dataclass(frozen=True)
class Cell:
    """One row of published.cell; a hidden cell has no numbers, and its status as every display."""

    programme: str
    survey_year: int
    measure: str
    category: str
    statistic: str
    peer_group: str
    peer_value: str
    value: float | None
    display: str
    unit: str
    status: str
    contributors: int | None
    people: int | None
    lower: float | None
    upper: float | None
    lower_display: str
    upper_display: str

    @property
    def key(self) -> tuple[int, str, str, str, str, str]:
        """Give the cell's key: year, measure, category, peer group, peer value, statistic."""
        return (
            self.survey_year, self.measure, self.category, self.peer_group, self.peer_value, self.statistic,
        )  # fmt: skip

    @property
    def is_hidden(self) -> bool:
        """Say whether the figure is withheld; a quartile "not reached" has no number either, but is shown."""
        return self.value is None and bool(self.status)

    @property
    def quoted(self) -> str:
        """Give the figure as it stands alone: its display, with the status where the figure is shown with one."""
        return f"{self.display} {self.status}" if self.status and self.status != self.display else self.display


@dataclass(frozen=True)
class Change:
    """One row of published.change: this year less last year, on the matched panel or on all contributors."""

    survey_year: int
    measure: str
    category: str
    peer_group: str
    peer_value: str
    statistic: str
    basis: str
    value: float | None
    display: str
    status: str
    lower: float | None
    upper: float | None
    lower_display: str
    upper_display: str
    is_significant: bool | None
    contributors: int | None


@dataclass(frozen=True)
class CurvePoint:
    """One month of one published Kaplan-Meier curve; share, lower and upper are fractions."""

    survey_year: int
    measure: str
    peer_group: str
    peer_value: str
    month: int
    share: float | None
    display: str
    status: str
    lower: float | None
    upper: float | None
    lower_display: str
    upper_display: str


@dataclass(frozen=True)
class Association:
    """One row of published.association: a rank correlation or a log-rank test between two measures."""

    survey_year: int
    measure: str
    by_measure: str
    kind: str
    peer_group: str
    value: float | None
    display: str
    status: str
    lower: float | None
    upper: float | None
    lower_display: str
    upper_display: str
    p_value: float | None
    contributors: int | None
    sentence: str


@dataclass(frozen=True)
class Headline:
    """One quotable sentence, made from one published cell."""

    survey_year: int
    position: int
    measure: str
    statistic: str
    sentence: str
    display: str
    peer_group: str = "all"
    peer_value: str = "all"
    category: str = ""
    detail: str = ""
    change: str = ""
    status: str = ""

    @property
    def quote(self) -> str:
        """Give the sentence with its interval, number of contributors and change, to be quoted whole."""
        said = "; ".join(part for part in (self.detail, self.change) if part)
        return f"{self.sentence} ({said})." if said else f"{self.sentence}."


@dataclass(frozen=True)
class ReleaseFile:
    """A file of the release that a reader can take along; `byte_size` is None until it is written."""

    name: str
    title: str
    byte_size: int | None = None


@dataclass(frozen=True)
class Content:
    """Everything that a release of one programme says.

    `cells` are sorted by key and are those of one survey year; `quality` and `audit` are JSON-like;
    `release_changes` are rows of a mapping (key columns, `before`, `after`, `tag`) against `previous_version`.
    `earlier` are the headlines' figures as the releases `earlier_versions` of earlier years showed them.
    """

    programme: Programme
    version: str
    published_at: datetime
    cells: tuple[Cell, ...] | list[Cell]
    changes: tuple[Change, ...] | list[Change] = ()
    curves: tuple[CurvePoint, ...] | list[CurvePoint] = ()
    associations: tuple[Association, ...] | list[Association] = ()
    headlines: tuple[Headline, ...] | list[Headline] = ()
    quality: dict[str, Any] = field(default_factory=dict)
    audit: dict[str, Any] = field(default_factory=dict)
    release_changes: list[dict[str, Any]] = field(default_factory=list)
    previous_version: str = ""
    files: tuple[ReleaseFile, ...] | list[ReleaseFile] = ()
    earlier: tuple[Cell, ...] | list[Cell] = ()
    earlier_versions: tuple[str, ...] = ()

    def history(self, headline: Headline) -> list[Cell]:
        """Give a headline's figure year by year, oldest first, this year's last; empty without an earlier year."""
        key = (headline.measure, headline.category, headline.peer_group, headline.peer_value, headline.statistic)
        before = [cell for cell in self.earlier if cell.key[1:] == key]
        now = [cell for cell in self.cells if cell.key == (self.survey_year, *key)]
        return [*before, *now] if before and now else []

    @property
    def survey_year(self) -> int:
        """Give the newest survey year of the release."""
        return max(cell.survey_year for cell in self.cells)

    @property
    def years(self) -> list[int]:
        """Give the survey years of the release, newest first."""
        return sorted({cell.survey_year for cell in self.cells}, reverse=True)

    @property
    def notice(self) -> str:
        """Give what every file says: that data is made up or where it is from, its attribution, and an embargo."""
        embargo = EMBARGO_NOTICE if self.version == DRAFT else ""
        return " ".join(f"{self.programme.notice} {self.programme.attribution} {embargo}".split())

    @property
    def citation(self) -> str:
        """Give the line by which the release asks to be cited."""
        day = f"{self.published_at.day} {self.published_at:%B %Y}"
        return f"{self.programme.title} {self.survey_year}, version {self.version}, {day}."


def read_content(
    warehouse: Warehouse,
    year: int,
    *,
    version: str = DRAFT,
    published_at: datetime | None = None,
    audit: Mapping[str, Any] | None = None,
    table_versions: Mapping[str, int] | None = None,
) -> Content:
    """Read one year's published tables.

    Args:
        version: what to call it; "draft" before a release is decided, and then every file says so.
        published_at: the only time that appears in any file; the settings' time now unless given.
        table_versions: versions of the tables to read; the newest of each unless given.

    Raises:
        NothingToPublish: the year has no published cells.
    """
    programme = warehouse.programme
    connection = warehouse.connect(table_versions)
    try:
        cells = read_rows(connection, Cell, "published.cell", year)
        if not cells:
            raise NothingToPublish(f"there are no published cells for {year}.", programme.name, "Run protect first.")
        return Content(
            programme=programme,
            version=version,
            published_at=(published_at or warehouse.settings.now()).replace(microsecond=0),
            cells=cells,
            changes=read_rows(connection, Change, "published.change", year),
            curves=read_rows(connection, CurvePoint, "published.curve", year),
            associations=read_rows(connection, Association, "published.association", year),
            headlines=read_rows(connection, Headline, "published.headline", year),
            quality=describe_quality(connection, programme, year),
            audit=dict(audit or {}),
        )
    finally:
        connection.close()


def read_rows(connection: duckdb.DuckDBPyConnection, kind: type[T], table: str, year: int) -> list[T]:
    """Give a year's rows of a published table in the order of their keys; missing texts become ''."""
    declared = TABLES[table]
    columns = [item for item in fields(kind)]  # type: ignore[arg-type]
    names, order = ", ".join(item.name for item in columns), ", ".join(declared.keys)
    rows = connection.execute(f"SELECT {names} FROM {table} WHERE survey_year = {year:d} ORDER BY {order}").fetchall()
    texts = [item.type == "str" for item in columns]
    return [kind(*("" if is_text and v is None else v for v, is_text in zip(row, texts, strict=True))) for row in rows]


def with_release(
    content: Content, version: str, previous_version: str, release_changes: Sequence[Mapping[str, Any]]
) -> Content:
    """Give the same content under a decided version; figures that differ from the one before are marked [r]."""
    changes = [dict(row) for row in release_changes]
    revised = {tuple(row[name] for name in CELL_KEYS) for row in changes}
    cells = [
        replace(cell, status=cell.status + REVISED) if cell.key in revised and not cell.is_hidden else cell
        for cell in content.cells
    ]
    return replace(content, cells=cells, version=version, previous_version=previous_version, release_changes=changes)


def content_hash(content: Content) -> str:
    """Give the SHA-256 of what is said: figures and their definitions, not version, times or the quality report."""
    names = ("cells", "changes", "curves", "associations", "headlines")
    programme = content.programme
    said = {
        **{name: [astuple(row) for row in getattr(content, name)] for name in names},
        "definitions": measure_hashes(content),
        "notice": [programme.title, programme.notice, programme.attribution],
    }
    return _sha256(said)


def measure_hashes(content: Content) -> dict[str, str]:
    """Give each published measure's hash of what it means: title, definition, unit, rounding and version."""
    known = content.programme.measures
    used = [known[name] for name in sorted({cell.measure for cell in content.cells}) if name in known]
    return {m.name: _sha256([m.title, m.definition, m.unit, str(m.rounds_to), m.version]) for m in used}


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
