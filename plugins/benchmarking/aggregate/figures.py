"""Every statistic of a measure in one peer group, each with its interval and with each agency's pull on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarking.aggregate import survival
from benchmarking.aggregate.design import Array, design_effect, effective_size
from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.linearised import Estimate, critical, few_events, interval, pool, wilson
from benchmarking.aggregate.panel import Panel
from benchmarking.aggregate.people import LevelCounts
from benchmarking.aggregate.quantiles import Rule, typical

Mask = NDArray[np.bool_]
QUANTILES = {"p10": 0.10, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p90": 0.90}
QUARTILES = {"p25": 0.25, "p50": 0.50, "p75": 0.75}
MONTHS = (12, 18, 24, 36)
RESTRICTED_TO = 24
RESTRICTED = f"mean_{RESTRICTED_TO}"
RATIO = ("pooled", *QUANTILES)
# What is followed from year to year: one pooled figure, one typical agency, shares, and three facts of tenure.
FOLLOWED = ("pooled", "p50", "share", "still_there_12", "still_there_18", "still_there_24")
SURVIVAL = (*QUARTILES, *(f"still_there_{month}" for month in MONTHS), RESTRICTED)
# Below this many events a rate is published with the exact Poisson interval (measure header: `interval: events`).
FEW_EVENTS = 20
DIGITS = 12
NOTHING: Array = np.zeros(0)


@dataclass(frozen=True)
class Figure:
    """One statistic of one cell.

    Attributes:
        value, lower, upper, standard_error: in the measure's unit; not a number where they do not exist, infinite where
            a survival curve never falls that far.
        influence: shape (m,), the linearised value of each agency of the peer group, for covariances.
    """

    category: str
    statistic: str
    value: float
    lower: float
    upper: float
    standard_error: float
    influence: Array
    freedom: float
    method: str

    def alone(self) -> Figure:
        """Give the figure without what covariances are made of."""
        return Figure(
            self.category, self.statistic, self.value, self.lower, self.upper, self.standard_error, NOTHING,
            self.freedom, self.method,
        )  # fmt: skip


def stored(value: float | None) -> float | None:
    """Give a figure as it is stored: twelve digits, and blank where it does not exist or is never reached.

    The last bits of a double depend on how a processor adds, and mean nothing.
    """
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}") + 0.0


def quantile_rule(panel: Panel) -> Rule:
    """Give type 7 without a frame, and the inverse of the weighted distribution with one."""
    return "type7" if panel.design.population is None else "math"


def ratio_figures(panel: Panel, inside: Mask, statistics: tuple[str, ...] = RATIO) -> list[Figure]:
    """Give a ratio's pooled figure and the typical agency's quantiles in one peer group.

    Args:
        inside: shape (n,), the agencies of the peer group.
    """
    domain = Domain.of(panel.design, inside)
    figures = [_pooled(panel, domain)] if "pooled" in statistics else []
    rates = panel.numerator[domain.rows] / panel.denominator[domain.rows]
    rule = quantile_rule(panel)
    method = f"typical agency, {rule} quantile, Woodruff"
    wanted = {name: share for name, share in QUANTILES.items() if name in statistics}
    for name, found in zip(wanted, typical(rates, tuple(wanted.values()), domain, rule), strict=True):
        figures.append(
            Figure("", name, found.value, found.lower, found.upper, found.standard_error, found.influence,
                   found.freedom, method)
        )  # fmt: skip
    return figures


def _pooled(panel: Panel, domain: Domain) -> Figure:
    numerator, denominator = panel.numerator[domain.rows], panel.denominator[domain.rows]
    found = pool(numerator, denominator, domain)
    lower, upper = interval(found.value, found.standard_error, found.freedom)
    method = "pooled, linearised"
    if panel.measure.interval == "events" and numerator.sum() < FEW_EVENTS:
        lower, upper = few_events(numerator, denominator, domain.weight)
        method = "pooled, exact Poisson (Garwood)"
    return Figure("", "pooled", found.value, lower, upper, found.standard_error, found.influence, found.freedom, method)


def share_figures(panel: Panel, inside: Mask, categories: list[str]) -> list[Figure]:
    """Give the share of each category in one peer group with Wilson's interval, those that nobody chose included."""
    figures = []
    domain = Domain.of(panel.design, inside)
    for category in categories:
        chosen = panel.chose(category)[domain.rows].astype(float)
        found = pool(chosen, np.ones(len(chosen)), domain)
        count = _effective_count(panel, domain, chosen, found)
        lower, upper = wilson(found.value, count)
        figures.append(
            Figure(category, "share", found.value, lower, upper, found.standard_error, found.influence,
                   found.freedom, "share of agencies, Wilson")
        )  # fmt: skip
    return figures


def _effective_count(panel: Panel, domain: Domain, chosen: Array, found: Estimate) -> float:
    """Give the contributors that a simple random sample of the same precision would have had.

    Args:
        chosen: shape (m,), 1 where an agency chose the category, 0 elsewhere. found: the share of the domain.
    """
    weight = domain.weight
    if panel.design.population is None:
        return effective_size(weight)
    unseen = panel.design.unseen(len(panel.agency))
    most = effective_size(weight) / unseen if unseen > 0 else math.inf
    error = found.standard_error
    if math.isnan(error) or error <= 0 or not 0 < found.value < 1:
        return most
    # Margins can explain a share almost wholly in a small group; the interval still owes to the agencies asked.
    return min(max((len(weight) - 1) / design_effect(error**2, chosen, weight), 1.0), most)


def survival_figures(
    panel: Panel, inside: Mask, counts: survival.Counts, statistics: tuple[str, ...] = SURVIVAL
) -> list[Figure]:
    """Give a survival measure's quartiles, shares still there and restricted mean in one peer group.

    Args:
        inside: shape (n,), the agencies of the peer group. counts: of all n agencies, or of some of their people.
    """
    domain = Domain.of(panel.design, inside)
    curve = clustered_curve(panel, domain, counts)
    freedom = freedom_of(panel, inside, counts)
    words = "Kaplan-Meier, log-log, " + ("Greenwood" if math.isinf(freedom) else "clustered by agency")
    makers: dict[str, Callable[[], Figure]] = {
        name: partial(_quartile, curve, name, gone, freedom, words) for name, gone in QUARTILES.items()
    }
    makers |= {f"still_there_{month}": partial(_still_there, curve, month, freedom, words) for month in MONTHS}
    makers[RESTRICTED] = partial(_restricted, domain, curve, freedom, words)
    return [make() for name, make in makers.items() if name in statistics]


def clustered_curve(panel: Panel, domain: Domain, counts: survival.Counts) -> survival.Curve:
    """Give the weighted curve of a peer group; its errors are taken between agencies unless each has one person."""
    here = counts.moving(domain.rows)
    curve = survival.kaplan_meier(here, domain.weight, with_pull=True)
    if math.isinf(freedom_of(panel, domain.inside, counts)) or curve.pull is None:
        return curve
    return replace(curve, error=domain.errors(curve.pull))


def freedom_of(panel: Panel, inside: Mask, counts: survival.Counts) -> float:
    """Give infinite freedom where every agency has one person, so that people are as good as drawn one by one."""
    is_one_each = panel.design.population is None and panel.people is not None and panel.people[inside].max() <= 1
    return math.inf if is_one_each else float(np.sum(counts.is_seen[inside]) - 1)


def _quartile(curve: survival.Curve, name: str, gone: float, freedom: float, words: str) -> Figure:
    value = survival.time_until(curve.months, curve.share, gone)
    lower, upper = survival.time_interval(curve, gone, freedom=freedom) if freedom >= 1 else (math.nan, math.nan)
    spread = (upper - lower) / (2 * critical(freedom)) if math.isfinite(upper - lower) else math.nan
    influence = np.full(0 if curve.pull is None else len(curve.pull), math.nan)
    place = int(np.searchsorted(curve.months, value, side="right")) - 1
    if math.isfinite(spread) and curve.pull is not None and place >= 0 and curve.error[place] > 0:
        # The quartile moves with the curve at it; the interval's width gives the slope.
        influence = curve.pull[:, place] * (spread / curve.error[place])
    return Figure("", name, value, lower, upper, spread, influence, freedom, words)


def _still_there(curve: survival.Curve, month: int, freedom: float, words: str) -> Figure:
    share, error = survival.share_at(curve, month), survival.error_at(curve, month)
    place = int(np.searchsorted(curve.months, month, side="right")) - 1
    units = 0 if curve.pull is None else len(curve.pull)
    influence = np.zeros(units) if place < 0 or curve.pull is None else curve.pull[:, place] * share
    lower, upper = math.nan, math.nan
    if freedom >= 1 and not math.isnan(share):
        low, high = survival.log_log(np.array([share]), np.array([error]), freedom=freedom)
        lower, upper = float(low[0]), float(high[0])
    return Figure("", f"still_there_{month}", share, lower, upper, share * error, influence, freedom, words)


def _restricted(domain: Domain, curve: survival.Curve, freedom: float, words: str) -> Figure:
    value, error, pull = survival.restricted_mean(curve, RESTRICTED_TO)
    influence = np.zeros(len(domain.rows)) if pull is None else pull
    if pull is not None and not math.isinf(freedom):
        error = float(domain.errors(influence[:, None])[0])
    lower, upper = interval(value, error, freedom)
    method = words.replace("log-log", "restricted mean")
    return Figure("", RESTRICTED, value, lower, upper, error, influence, freedom, method)


@dataclass(frozen=True)
class Book:
    """Makes a measure's figures for any peer group, each once.

    Attributes:
        categories: of a share, those that nobody chose this year included. counts: of a survival measure's people.
        statistics: those to make.
    """

    panel: Panel
    categories: tuple[str, ...]
    counts: LevelCounts | None
    statistics: tuple[str, ...]
    made: dict[tuple[str, str], list[Figure]]

    @classmethod
    def of(
        cls, panel: Panel, categories: tuple[str, ...] = (), statistics: tuple[str, ...] = (*RATIO, *SURVIVAL)
    ) -> Book:
        """Open a book for a panel, with its people counted."""
        counts = panel.moves.counts(len(panel.agency)) if panel.moves else None
        return cls(panel, categories, counts, statistics, {})

    def cell(self, group: str, value: str) -> list[Figure]:
        """Give the figures of one of the panel's peer groups; only those followed over years keep their influence."""
        if (group, value) not in self.made:
            figures = self.of_group(self.panel.groups[group, value])
            self.made[group, value] = [one if one.statistic in FOLLOWED else one.alone() for one in figures]
        return self.made[group, value]

    def of_group(self, inside: Mask) -> list[Figure]:
        """Give the figures of any group of agencies, shape (n,)."""
        if self.panel.category is not None:
            return share_figures(self.panel, inside, list(self.categories))
        if self.counts is not None:
            return survival_figures(self.panel, inside, self.counts.everybody, self.statistics)
        return ratio_figures(self.panel, inside, self.statistics)
