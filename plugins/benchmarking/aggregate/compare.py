"""Rows that compare: change from last year, survival curves by band, and what goes with what."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarking.aggregate import survival
from benchmarking.aggregate.change import Change, contrast, holm, mcnemar, paired_change, spearman
from benchmarking.aggregate.design import Array, Codes, Design
from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.figures import FOLLOWED, Book, Figure, Mask, freedom_of, stored
from benchmarking.aggregate.panel import Panel
from benchmarking.catalog import Programme
from benchmarking.progress import track
from benchmarking.tables import TABLES

Row = dict[str, Any]


def categories_of(*panels: Panel | None) -> tuple[str, ...]:
    """Give the categories that anybody chose in any of the panels, in order; none for other kinds."""
    chosen = [panel.category for panel in panels if panel is not None and panel.category is not None]
    return tuple(np.unique(np.concatenate(chosen)).tolist()) if chosen else ()


def change_rows(before: Mapping[str, Panel], now: Mapping[str, Book]) -> pa.Table:
    """Give a year's rows of benchmark.change: against the year before, on the matched panel and on all.

    Args:
        before, now: by measure. Measures and peer groups that either year lacks have no change.
    """
    rows: list[Row] = []
    for name, book in track(now.items(), "changes", len(now)):
        if name in before:
            rows += _changes(before[name], book)
    families: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        key = tuple(row[part] for part in ("basis", "peer_group", "peer_value", "statistic"))
        families.setdefault(key, []).append(row)
    for family in families.values():
        given = np.array([math.nan if row["p_value"] is None else row["p_value"] for row in family], dtype=float)
        for row, adjusted in zip(family, holm(given).tolist(), strict=True):
            row["p_adjusted"] = stored(adjusted)
    return pa.Table.from_pylist(rows, schema=TABLES["benchmark.change"].schema)


def _changes(before: Panel, book: Book) -> Iterator[Row]:
    now = book.panel
    old, new = _places_in_both(before, now)
    earlier = Book.of(before, book.categories, FOLLOWED)
    years = ((before, old), (now, new)) if len(new) > 1 else ()
    pair = [Book.of(_matched(panel, rows, now, new), book.categories, FOLLOWED) for panel, rows in years]
    for cell, inside in now.groups.items():
        if cell in before.groups:
            followed = [figure for figure in book.cell(*cell) if figure.statistic in FOLLOWED]
            count = int(inside.sum())
            changes = _changes_on_all((before, earlier.cell(*cell), old), (now, followed, new), cell)
            for second, change in zip(followed, changes, strict=True):
                yield _change_row(now, cell, second, "all", change, count)
        if pair and inside[new].any():
            yield from _matched_changes(pair[0], pair[1], cell, inside[new])


def _matched_changes(before: Book, now: Book, cell: tuple[str, str], domain: Mask) -> Iterator[Row]:
    group = Domain.of(now.panel.design, domain)
    for first, second in zip(before.of_group(domain), now.of_group(domain), strict=True):
        change = paired_change(first, second, group)
        if second.statistic == "share":
            was, is_now = (book.panel.chose(second.category)[domain] for book in (before, now))
            change = replace(change, p_value=mcnemar(int(np.sum(is_now & ~was)), int(np.sum(was & ~is_now))))
        yield _change_row(now.panel, cell, second, "matched", change, int(domain.sum()))


def _places_in_both(before: Panel, now: Panel) -> tuple[Codes, Codes]:
    _, old, new = np.intersect1d(before.agency, now.agency, assume_unique=True, return_indices=True)
    return old, new


def _matched(panel: Panel, rows: Codes, now: Panel, now_rows: Codes) -> Panel:
    """Give a panel of the agencies that answered in both years, in either year under this year's weights."""
    is_everybody = len(now_rows) == len(now.agency)
    margins = now.design.margins if is_everybody else ()
    design = Design(now.design.weight[now_rows], now.design.population, margins=margins)
    return replace(
        panel,
        unit=panel.unit[rows],
        agency=panel.agency[rows],
        holding=panel.holding[rows],
        design=design,
        numerator=panel.numerator[rows],
        denominator=panel.denominator[rows],
        people=None if panel.people is None else panel.people[rows],
        category=None if panel.category is None else panel.category[rows],
        moves=None if panel.moves is None else panel.moves.of_units(rows, len(panel.agency)),
        groups={},
        chosen={},
    )


def _changes_on_all(
    first: tuple[Panel, list[Figure], Codes], second: tuple[Panel, list[Figure], Codes], cell: tuple[str, str]
) -> Iterator[Change]:
    """Give the changes between all who answered in either year, with the covariance through those who answered in both.

    Args:
        first, second: a year's panel, its figures of the cell, and the places of those who answered in both.

    Source: Wood (2008), Qualite and Tille (2008): covariance of overlapping samples.
    """
    (before, earlier, old), (now, later, new) = first, second
    scores, variances = zip(*(_centred(panel, figures, cell) for panel, figures, _ in (first, second)), strict=True)
    overlap = now.design.unseen(len(before.agency) * len(now.agency) / len(new)) if len(new) else 0.0
    for k, (was, is_now) in enumerate(zip(earlier, later, strict=True)):
        shared = overlap * math.fsum((scores[0][old, k] * scores[1][new, k]).tolist()) if len(new) else 0.0
        covariance = np.array([[variances[0][k], shared], [shared, variances[1][k]]])
        yield contrast(is_now.value, was.value, covariance, min(was.freedom, is_now.freedom))


def _centred(panel: Panel, figures: list[Figure], cell: tuple[str, str]) -> tuple[Array, list[float]]:
    """Give every agency's scaled pull on each figure of a cell, shape (n, k), and the figures' variances."""
    size = len(panel.agency)
    group = Domain.of(panel.design, panel.groups[cell])
    influence = np.stack([figure.influence for figure in figures], axis=1)
    pulled = panel.design.weight[:, None] * panel.design.residuals(group.everywhere(influence))
    scores = (pulled - pulled.mean(axis=0)) * math.sqrt(size / max(size - 1, 1))
    finite = panel.design.unseen(size)
    return scores, [finite * math.fsum(column) for column in (scores**2).T.tolist()]


def _change_row(panel: Panel, cell: tuple[str, str], figure: Figure, basis: str, change: Change, count: int) -> Row:
    return {
        "survey_year": panel.survey_year,
        "measure": panel.measure.name,
        "category": figure.category,
        "statistic": figure.statistic,
        "peer_group": cell[0],
        "peer_value": cell[1],
        "basis": basis,
        "value": stored(change.value),
        "lower": stored(change.lower),
        "upper": stored(change.upper),
        "p_value": stored(change.p_value),
        "p_adjusted": None,
        "contributors": count,
    }


def association_rows(programme: Programme, panels: Mapping[str, Panel]) -> pa.Table:
    """Give a year's rows of benchmark.association: the programme's outcomes by its bands.

    A survival outcome is compared between bands by a log-rank test that takes the variance between agencies; a ratio is
    correlated by rank with the measure that the bands are made of. Neither says which causes which.
    """
    by = programme.bands.get("by", "")
    rows: list[Row] = []
    for name in programme.bands.get("outcomes", ()):
        panel = panels.get(name)
        if panel is None:
            continue
        if panel.moves is not None:
            rows += _log_rank_row(panel, programme.bands["peer_group"], by)
        elif by in panels:
            rows.append(_spearman_row(panel, panels[by]))
    return pa.Table.from_pylist(rows, schema=TABLES["benchmark.association"].schema)


def _log_rank_row(panel: Panel, group: str, by: str) -> list[Row]:
    counts = panel.moves.counts(len(panel.agency)).everybody if panel.moves else None
    bands = [inside for (name, _), inside in panel.groups.items() if name == group]
    if counts is None or len(bands) < 2:
        return []
    is_one_each = all(math.isinf(freedom_of(panel, inside, counts)) for inside in bands)
    found = survival.log_rank([counts.of(inside) for inside in bands], clustered=not is_one_each)
    contributors = int(np.sum(np.any(bands, axis=0)))
    return [_association(panel, by, "logrank", group, found.statistic, (None, None), found.p_value, contributors)]


def _spearman_row(panel: Panel, other: Panel) -> Row:
    rows, others = _places_in_both(panel, other)
    outcome: Array = panel.numerator[rows] / panel.denominator[rows]
    found = spearman(other.numerator[others] / other.denominator[others], outcome)
    limits = (found.lower, found.upper)
    return _association(panel, other.measure.name, "spearman", "all", found.value, limits, found.p_value, found.count)


def _association(panel: Panel, by, kind, group, value, limits, p_value, count: int) -> Row:
    return {
        "survey_year": panel.survey_year,
        "measure": panel.measure.name,
        "by_measure": by,
        "kind": kind,
        "peer_group": group,
        "value": stored(value),
        "lower": stored(limits[0]),
        "upper": stored(limits[1]),
        "p_value": stored(p_value),
        "contributors": count,
    }
