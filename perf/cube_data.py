"""Data of the cube benchmark: made-up marketers and agencies in Parquet, the cuts, and the comparison of figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

MARKETERS_EACH = 500
SIZES = {"size_band": 5, "sector": 8, "region": 10, "ownership": 4, "specialism": 6, "age_band": 5}
TWO_WAY = (("size_band", "sector"), ("size_band", "region"), ("sector", "region"), ("size_band", "ownership"))
CUTS = {**{name: (name,) for name in SIZES}, **{" x ".join(pair): pair for pair in TWO_WAY}}
RATIOS = ("budget", "spend", "tools", "attrition")
NUMERATORS = {"budget": "budget_pence", "spend": "spend_pence", "tools": "tools_pence", "attrition": "has_ended"}
SHARES = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
QUARTILES = {"p25": 0.25, "p50": 0.5, "p75": 0.75}
MONTHS = (12, 18, 24, 36)
RESTRICTED = 24
SAME = 1.5e-8
KEYS = ["measure", "peer_group", "peer_value", "statistic"]


def agencies(rows: int) -> int:
    """Give the number of agencies that so many marketers work in."""
    return max(rows // MARKETERS_EACH, 20)


def cuts(count: int) -> dict[str, tuple[str, ...]]:
    """Give all agencies and the first so many cuts."""
    return {"all": (), **dict(list(CUTS.items())[:count])}


def selects(rows: int, year: int) -> dict[str, str]:
    """Give a SELECT for the rows of each table, in the order of agencies as the warehouse keeps them."""
    uniform = "(hash(i * 16 + {0}) % 1000000007) / 1000000007.0"
    draws = ", ".join(f"{uniform.format(number)} AS u{number}" for number in range(8))
    bands = ", ".join(
        f"'{name[:2]}' || CAST(floor(u{n} * {size}) AS INT) AS {name}" for n, (name, size) in enumerate(SIZES.items())
    )
    count = agencies(rows)
    years = f"CAST({year} AS BIGINT) AS survey_year"
    return {
        "agency": (
            f"SELECT {years}, CAST(i AS INT) AS agency_id, CAST(floor(i * 0.9) AS INT) AS holding_id, {bands}, "
            f"'c' || CAST(floor(u6 * 4) AS INT) AS decider FROM (SELECT i, {draws} FROM range({count}) AS r(i)) "
            "ORDER BY agency_id"
        ),
        "marketer": (
            f"SELECT {years}, CAST(floor(u0 * u0 * {count}) AS INT) AS agency_id, "
            "'s' || CAST(floor(u1 * 3) AS INT) AS seniority, "
            "CAST(CASE WHEN u2 < 0.5 THEN 0 ELSE floor(least(-ln(1 - u3) * 15, 100)) END AS INT) AS entry_months, "
            "CAST(CASE WHEN u2 < 0.5 THEN 0 ELSE floor(least(-ln(1 - u3) * 15, 100)) END + 1 + floor(u4 * 12) AS INT) "
            "AS exit_months, u5 < 0.4 AS has_ended, "
            "CAST(u6 * 100000 AS INT) AS budget_pence, CAST(u7 * u6 * 100000 AS INT) AS spend_pence, "
            f"CAST(u7 * 900000 AS INT) AS tools_pence FROM (SELECT i, {draws} FROM range({rows}) AS r(i)) "
            "ORDER BY agency_id"
        ),
    }


def compare(folder: Path, engines: tuple[str, ...]) -> int:
    """Check that the engines' figures are equal; give their number.

    Raises:
        AssertionError: a figure is missing or differs by more than a billionth.
    """
    tables = [
        pq.read_table(folder / f"{engine}.parquet").sort_by([(key, "ascending") for key in KEYS]) for engine in engines
    ]
    first = tables[0]
    for other in tables[1:]:
        assert first.select(KEYS).equals(other.select(KEYS)), "the engines give different figures"
        np.testing.assert_allclose(
            first.column("value").to_numpy(zero_copy_only=False),
            other.column("value").to_numpy(zero_copy_only=False),
            rtol=1e-9, atol=1e-12,
        )  # fmt: skip
    return first.num_rows


def survival_figures(months: np.ndarray, at_risk: np.ndarray, ended: np.ndarray) -> dict[str, float]:
    """Give the survival figures of one cell from its counts by month; the same for every engine."""
    kept = (at_risk > 0) & (ended > 0)
    months, share = months[kept], np.cumprod(1 - ended[kept] / at_risk[kept])
    figures = {}
    for name, gone in QUARTILES.items():
        below, flat = np.flatnonzero(share < 1 - gone - SAME), np.flatnonzero(np.abs(share - 1 + gone) <= SAME)
        first = float(months[below[0]]) if len(below) else np.nan
        # Where the curve is flat at the quartile, the middle of the flat part, as R has it.
        figures[name] = (float(months[flat[0]]) + first) / 2 if len(flat) else first
    for month in MONTHS:
        place = np.searchsorted(months, month, side="right") - 1
        figures[f"still_there_{month}"] = 1.0 if place < 0 else float(share[place])
    within = months < RESTRICTED
    edges = np.concatenate(([0.0], months[within], [RESTRICTED]))
    figures[f"mean_{RESTRICTED}"] = float(np.sum(np.diff(edges) * np.concatenate(([1.0], share[within]))))
    return figures
