"""What one release says: the protected rows and the words around them, read once for every format.

Every writer takes a `Content` and nothing else. It computes, rounds and hides nothing: figures are shown by
their `display` text, and `value` only places marks on a scale.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarking.catalog import Programme


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
        """Say whether the cell has no number to show."""
        return self.value is None


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
    p_value: float | None
    p_adjusted: float | None
    contributors: int | None


@dataclass(frozen=True)
class CurvePoint:
    """One month of one published Kaplan-Meier curve; share, lower and upper are fractions."""

    survey_year: int
    measure: str
    peer_group: str
    peer_value: str
    month: float
    share: float | None
    display: str
    status: str
    lower: float | None
    upper: float | None
    people_at_risk: int | None
    holdings_at_risk: int | None


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


@dataclass(frozen=True)
class ReleaseFile:
    """A file of the release that a reader can take along; `byte_size` is None until it is written."""

    name: str
    title: str
    byte_size: int | None = None


@dataclass(frozen=True)
class Content:
    """Everything that a release of one programme says.

    `cells` are sorted by key and hold every year of the release; `quality` and `audit` are JSON-like;
    `release_changes` are rows of a mapping (key columns, `before`, `after`, `tag`) against `previous_version`.
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

    @property
    def survey_year(self) -> int:
        """Give the newest survey year of the release."""
        return max(cell.survey_year for cell in self.cells)

    @property
    def years(self) -> list[int]:
        """Give the survey years of the release, newest first."""
        return sorted({cell.survey_year for cell in self.cells}, reverse=True)
