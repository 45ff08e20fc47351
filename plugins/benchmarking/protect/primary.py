"""Primary rules: what a figure gives away by itself.

Arrays have one entry a contributor (holding group) of one cell; parts are the weighted contributions to the total.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarking.catalog import Disclosure

Floats = NDArray[np.float64]
QUARTILES = ("p25", "p75")
TAILS = ("p10", "p90")
ROUNDING_SLACK = 1e-9


def by_holding(values: Floats, holding: NDArray) -> Floats:
    """Give the sums of `values`, shape (rows,), over each holding, shape (holdings,), in order of first sight."""
    _, codes = np.unique(holding, return_inverse=True)
    return np.asarray(np.bincount(codes, weights=values), dtype=float) if len(values) else np.zeros(0)


def minimum_contributors(statistic: str, rules: Disclosure) -> int:
    """Give how many holdings a statistic needs."""
    if statistic in TAILS:
        return rules.minimum_tails
    return rules.minimum_quartiles if statistic in QUARTILES else rules.minimum_contributors


def largest_share(parts: Floats, largest: int = 1) -> float:
    """Give the share of the total that the `largest` contributors hold together, 0 for an empty total.

    Source: dominance (n, k) rule; Hundepool et al., Statistical Disclosure Control (2012), 4.2.
    """
    sizes = np.sort(np.abs(parts))[::-1]
    total = sizes.sum()
    return float(sizes[:largest].sum() / total) if total > 0 else 0.0


def p_percent_excess(parts: Floats) -> float:
    """Give what the two largest contributors do not hold, as a fraction of the largest; infinite for an empty total.

    The second largest knows the largest to within this fraction. Source: the p% rule, as above.
    """
    sizes = np.sort(np.abs(parts))[::-1]
    if not len(sizes) or sizes[0] <= 0:
        return float("inf")
    return float(max(sizes[2:].sum(), 0.0) / sizes[0])


def breaks_p_percent(parts: Floats, p: float, q: float = 100.0) -> bool:
    """Say whether the p% rule (or the prior-posterior rule with q) hides the cell; p and q are percents.

    Source: (q / 100) (total - x1 - x2) < (p / 100) x1.
    """
    return q / 100 * p_percent_excess(parts) < p / 100 - ROUNDING_SLACK


def pooled_reason(parts: Floats, rules: Disclosure) -> str:
    """Give why a pooled figure is hidden, or ""; parts have one entry a holding."""
    if len(parts) < rules.minimum_contributors:
        return "contributors"
    if not np.any(parts):
        return "unanimous"
    if largest_share(parts) > rules.dominance_share + ROUNDING_SLACK:
        return "dominance"
    return "p_percent" if breaks_p_percent(parts, rules.p_percent) else ""


def share_reason(holding: NDArray, category: NDArray, categories: Iterable[str], rules: Disclosure) -> str:
    """Give why a distribution over categories is hidden, or ""; all its categories stand or fall together.

    One hidden share would be one less the others. A share of 0 or 1 tells of every contributor what it said, or did
    not say; where one contributor alone said otherwise, the 1 is told to that one, of all the others.

    Args:
        holding, category: shape (answers,), who said what. categories: all that could be said.
    """
    holdings = len(np.unique(holding))
    if holdings < rules.minimum_contributors:
        return "contributors"
    said = {name: int(np.sum(category == name)) for name in categories}
    if holdings < rules.minimum_unanimous and (0 in said.values() or len(category) in said.values()):
        return "unanimous"
    others = {len(np.unique(holding[category != name])) for name in said}
    return "unanimous" if 1 in others and holdings - 1 < rules.minimum_unanimous else ""
