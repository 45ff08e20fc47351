"""Survival: how long people stay, from spells that may begin before the window opens and may not have ended."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from benchmarking.aggregate.design import Array, Codes
from benchmarking.aggregate.linearised import LEVEL, NoContributors, critical

# Two shares closer than this are the same share: sums of logarithms are doubles.
_SAME = math.sqrt(np.finfo(float).eps)


@dataclass(frozen=True)
class Counts:
    """Who was at risk of leaving and who left, by primary unit and month.

    Attributes:
        months: shape (t,), distinct months at which a spell ends or is cut off, rising.
        at_risk, ended: shape (units, t), weighted people at risk just before each month, and leaving in it.
    """

    months: Array
    at_risk: NDArray[Any]
    ended: NDArray[Any]

    def of(self, rows: NDArray[np.bool_] | Codes) -> Counts:
        """Give the counts of some units only, on the same months."""
        return Counts(self.months, self.at_risk[rows].astype(float), self.ended[rows].astype(float))

    def moving(self, rows: Codes) -> Counts:
        """Give the counts of some units, rising, only on the months that move their curve and the last."""
        moves = np.asarray(self.ended[rows].any(axis=0))
        if not moves.any():
            return self.of(rows)
        moves[-1] = True
        if moves.all() and len(rows) == len(self.ended):
            return self
        columns = np.flatnonzero(moves)
        some = np.ix_(rows, columns)
        return Counts(self.months[columns], self.at_risk[some], self.ended[some])

    @cached_property
    def is_seen(self) -> NDArray[np.bool_]:
        """Give the units with anybody at risk in any of the months, shape (units,)."""
        return np.asarray(self.at_risk.max(axis=1, initial=0.0) > 0)


def count_spells(
    entry: Array,
    exit_: Array,
    has_ended: NDArray[np.bool_],
    weight: Array | None = None,
    unit: Codes | None = None,
    months: Array | None = None,
) -> Counts:
    """Count people at risk and leaving, by unit and month.

    Args:
        entry, exit_: shape (n,), months of tenure when observation begins and ends; someone is at risk at month t where
            entry < t <= exit_ (and from the start where entry is 0).
        has_ended: shape (n,). weight: shape (n,), 1 by default.
        unit: shape (n,), codes 0 to u - 1; by default each person is a unit.
        months: shape (t,), rising, every month in which anybody leaves; by default every month that a spell stops at.
    """
    size = np.ones(len(exit_)) if weight is None else np.asarray(weight, dtype=float)
    codes = np.arange(len(exit_)) if unit is None else unit
    months = np.unique(exit_) if months is None else months
    shape = (int(codes.max(initial=-1)) + 1, len(months))
    ended, gone, come = np.zeros(shape), np.zeros((shape[0], shape[1] + 1)), np.zeros((shape[0], shape[1] + 1))
    left = np.flatnonzero(has_ended)
    first = np.where(entry > 0, np.searchsorted(months, entry, side="right"), 0)
    np.add.at(ended, (codes[left], np.searchsorted(months, exit_[left], side="left")), size[left])
    np.add.at(come, (codes, first), size)
    np.add.at(gone, (codes, np.searchsorted(months, exit_, side="right")), size)
    return Counts(months, np.cumsum(come - gone, axis=1)[:, :-1], ended)


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve and each unit's pull on it.

    Attributes:
        months, share: shape (t,), month and share still there after it.
        at_risk, ended: shape (t,), weighted people.
        error: shape (t,), standard error of log(share); Greenwood's, or clustered when a design gave it.
        pull: shape (units, t), linearised value of log(share) for each unit, or None where only Greenwood is wanted.
    """

    months: Array
    share: Array
    at_risk: Array
    ended: Array
    error: Array
    pull: Array | None = None


def kaplan_meier(counts: Counts, weight: Array | None = None, with_pull: bool = False) -> Curve:
    """Give the Kaplan-Meier curve with Greenwood's standard errors.

    Args:
        counts: by unit and month. weight: shape (units,), frame weight of each unit.
        with_pull: also give each unit's linearised value, of which a clustered error is made. With one person a unit,
            equal weights and no delayed entry, the sum of their squares is Greenwood's formula exactly.

    Raises:
        NoContributors: nobody is ever at risk.

    Source:
        Kaplan and Meier (1958), Greenwood (1926), Williams (1995) for clusters; equal to R's survfit (tests/oracles).
    """
    scale = np.ones(len(counts.at_risk)) if weight is None else weight
    at_risk, ended = scale @ counts.at_risk, scale @ counts.ended
    if not np.any(at_risk > 0):
        raise NoContributors(
            what="a survival curve of nobody", where="tenure", do="ask only of groups with people under observation"
        )
    at_risk = np.where(at_risk > _SAME, at_risk, 0.0)
    leaving = np.divide(ended, at_risk, out=np.zeros_like(ended), where=at_risk > 0)
    staying = np.where(leaving >= 1 - 1e-12, 0.0, 1 - leaving)
    share = np.asarray(np.cumprod(staying), dtype=float)
    left = at_risk * staying
    steps = np.divide(ended, at_risk * left, out=np.zeros_like(ended), where=left > 0)
    pull = None
    if with_pull:
        # Worked on in place: with many agencies and months this is the largest thing there is.
        pull = counts.at_risk * leaving
        np.subtract(counts.ended, pull, out=pull)
        np.divide(pull, np.where(left > 0, -left, math.inf), out=pull)
        np.cumsum(pull, axis=1, out=pull)
    return Curve(counts.months, share, at_risk, ended, np.sqrt(np.cumsum(steps)), pull)


def share_at(curve: Curve, month: float) -> float:
    """Give the share still there after a month; not a number where nobody was followed that long."""
    place = int(np.searchsorted(curve.months, month, side="right")) - 1
    if place < 0:
        return 1.0
    if month > curve.months[-1] and curve.share[-1] > 0:
        return math.nan
    return float(curve.share[place])


def error_at(curve: Curve, month: float) -> float:
    """Give the standard error of log(share) after a month."""
    place = int(np.searchsorted(curve.months, month, side="right")) - 1
    return 0.0 if place < 0 else float(curve.error[place])


def log_log(share: Array, error: Array, level: float = LEVEL, freedom: float = math.inf) -> tuple[Array, Array]:
    """Give the log-log interval of shares still there; not a number at 0 and 1, where it does not exist.

    Args:
        share, error: shape (t,), share and standard error of its logarithm.
        freedom: of Student's t; infinite is the normal.

    Source:
        Kalbfleisch and Prentice (2002), 1.4; equal to R survival::survfit(conf.type = "log-log") (tests/oracles).
    """
    inner = (share > _SAME) & (share < 1)
    log_share = np.log(np.where(inner, share, 0.5))
    reach = critical(freedom, level) * np.asarray(error) / log_share
    lower = np.exp(-np.exp(np.log(-log_share) - reach))
    upper = np.exp(-np.exp(np.log(-log_share) + reach))
    return np.where(inner, lower, np.nan), np.where(inner, upper, np.nan)


def time_until(months: Array, share: Array, gone: float) -> float:
    """Give the month by which a share has gone (0.5 is the median), infinite where the curve never falls that far.

    Where the curve is flat at exactly that share, the middle of the flat part is given.

    Source:
        Equal to R survival::quantile.survfit (tests/oracles).
    """
    known = np.flatnonzero(~np.isnan(share))
    wanted = 1 - gone
    below = known[share[known] < wanted - _SAME]
    flat = known[np.abs(share[known] - wanted) <= _SAME]
    # The band of a curve may rise again, where its error shrinks: what counts is the first crossing.
    if len(flat) and (not len(below) or flat[0] < below[0]):
        after = months[below[0]] if len(below) else months[flat[-1]]
        return float((months[flat[0]] + after) / 2)
    return float(months[below[0]]) if len(below) else math.inf


def time_interval(curve: Curve, gone: float, level: float = LEVEL, freedom: float = math.inf) -> tuple[float, float]:
    """Give the interval of the month by which a share has gone: where the log-log band crosses it; infinite if never.

    Source:
        Brookmeyer and Crowley (1982); equal to R survival::quantile.survfit (tests/oracles).
    """
    lower, upper = log_log(curve.share, curve.error, level, freedom)
    return time_until(curve.months, lower, gone), time_until(curve.months, upper, gone)


def restricted_mean(curve: Curve, limit: float) -> tuple[float, float, Array | None]:
    """Give the mean months stayed within a limit, its standard error and each unit's pull, shape (units,).

    Not a number where nobody was followed as long as the limit.

    Source:
        Irwin (1949), Klein and Moeschberger (2003), 4.5; equal to R's survmean(rmean = limit) (tests/oracles).
    """
    if curve.months[-1] < limit and curve.share[-1] > 0:
        return math.nan, math.nan, None
    within = curve.months < limit
    edges = np.concatenate(([0.0], curve.months[within], [limit]))
    heights = np.concatenate(([1.0], curve.share[within]))
    areas = np.diff(edges) * heights
    after = np.cumsum(areas[::-1])[::-1][1:]
    left = curve.at_risk - curve.ended
    steps = np.divide(curve.ended, curve.at_risk * left, out=np.zeros_like(left), where=left > _SAME)[within]
    pull = None
    if curve.pull is not None:
        moves = np.diff(curve.pull, axis=1, prepend=0.0)[:, within]
        pull = moves @ after
    return float(areas.sum()), float(np.sqrt(np.sum(steps * after**2))), pull


@dataclass(frozen=True)
class Comparison:
    """A log-rank test: statistic, degrees of freedom, p."""

    statistic: float
    freedom: int
    p_value: float


def log_rank(groups: list[Counts], clustered: bool = False) -> Comparison:
    """Test that groups leave at the same rate.

    Args:
        groups: counts of each group by unit, on the same months.
        clustered: people of one unit resemble each other, so the variance is taken between units; otherwise it is the
            classical one, which takes every person on their own.

    Raises:
        NoContributors: fewer than two groups.

    Source:
        Mantel (1966), delayed entry through the risk sets; equal to R's survdiff (tests/oracles). Clustered: Lee, Wei
        and Ying (1993).
    """
    if len(groups) < 2:
        raise NoContributors(what="one group cannot be compared", where="log-rank test", do="compare two or more bands")
    risk = np.array([group.at_risk.sum(axis=0) for group in groups])
    ended = np.array([group.ended.sum(axis=0) for group in groups])
    all_risk, all_ended = risk.sum(axis=0), ended.sum(axis=0)
    part = np.divide(risk, all_risk, out=np.zeros_like(risk), where=all_risk > 0)
    observed_less_expected = (ended - part * all_ended).sum(axis=1)
    if clustered:
        covariance = _between_units(groups, part, all_risk, all_ended)
    else:
        spread = np.divide(all_risk - all_ended, all_risk - 1, out=np.zeros_like(all_risk), where=all_risk > 1)
        pieces = all_ended * spread
        covariance = np.diag((part * pieces).sum(axis=1)) - (part * pieces) @ part.T
    keep = slice(0, len(groups) - 1)
    statistic = float(
        observed_less_expected[keep] @ np.linalg.pinv(covariance[keep, keep]) @ observed_less_expected[keep]
    )
    freedom = len(groups) - 1
    return Comparison(statistic, freedom, float(special.chdtrc(freedom, statistic)))


def _between_units(groups: list[Counts], part: Array, all_risk: Array, all_ended: Array) -> Array:
    rate = np.divide(all_ended, all_risk, out=np.zeros_like(all_ended), where=all_risk > 0)
    rows = []
    for number, group in enumerate(groups):
        surprise = group.ended - group.at_risk * rate
        own = np.zeros(len(groups))
        own[number] = 1.0
        rows.append(surprise.sum(axis=1)[:, None] * own[None, :] - surprise @ part.T)
    scores = np.vstack(rows)
    return scores.T @ scores
