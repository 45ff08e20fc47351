"""The truths that the parameters imply, by formula; `truth.yaml` is written from here and nowhere else."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

from made_up.parameters import Parameters

NORMAL = NormalDist()
GRID = 2_000
MONTHS = (12, 18, 24, 36)


def log_location(parameters: Parameters, year: int) -> float:
    """Give the mean log budget of agencies that have one, so that the median over all agencies is as planted."""
    above_zero = (0.5 - parameters.budget_zero_share) / (1 - parameters.budget_zero_share)
    return math.log(parameters.median_gbp(year)) - parameters.budget_log_spread * NORMAL.inv_cdf(above_zero)


def leaving_rate(parameters: Parameters, score: float | None) -> float:
    """Give an agency's monthly leaving rate; `score` is its lasting log budget, standardised; None for no budget."""
    if score is None:
        return parameters.leaving_rate * parameters.leaving_without_budget
    return parameters.leaving_rate * math.exp(-parameters.leaving_slope * score)


def still_there(parameters: Parameters, months: float, band: str = "") -> float:
    """Give the share of marketers still there after some months: S(t) = E[w exp(-rate t)] / E[w].

    A seat starts a new marketer every (1 / rate + vacancy) months, so an agency weighs w = 1 / (1 / rate + vacancy).
    With a band, only agencies whose budget of the last planted year lies in it are counted.
    """
    top = bottom = 0.0
    for score, weight in _agencies(parameters, band):
        rate = leaving_rate(parameters, score)
        starts = weight / (1 / rate + parameters.vacancy_months)
        top += starts * math.exp(-rate * months)
        bottom += starts
    return top / bottom


def median_tenure_months(parameters: Parameters, band: str = "") -> float:
    """Give the months after which half are gone, by halving."""
    low, high = 0.0, 240.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if still_there(parameters, middle, band=band) > 0.5 else (low, middle)
    return (low + high) / 2


def attrition_rate(parameters: Parameters) -> float:
    """Give the leavers a year and marketer: the rate weighted by the marketers employed, times twelve."""
    top = bottom = 0.0
    for score, weight in _agencies(parameters, ""):
        rate = leaving_rate(parameters, score)
        employed = weight / (1 + rate * parameters.vacancy_months)
        top += employed * rate
        bottom += employed
    return 12 * top / bottom


def truths(parameters: Parameters, years: tuple[int, ...]) -> dict[str, Any]:
    """Give what `truth.yaml` holds."""
    return {
        "development_budget_gbp_per_marketer": {
            "p50": {year: round(parameters.median_gbp(year), 2) for year in years},
        },
        "development_budget_gbp_per_marketer_month": {
            "p50": {year: round(parameters.median_gbp(year) / 12, 2) for year in years},
        },
        "tenure_months": {
            "p50": round(median_tenure_months(parameters), 2),
            **{f"still_there_{months}": round(still_there(parameters, months), 4) for months in MONTHS},
        },
        "attrition_rate": {"pooled": round(attrition_rate(parameters), 4)},
        "attrition_voluntary_rate": {
            "pooled": round(attrition_rate(parameters) * parameters.kind_shares["voluntary"], 4)
        },
        "budget_decider": {"share": parameters.decider_shares},
        "shared_goals": {"share": parameters.goal_shares},
        "return_measured": {"share": parameters.return_shares},
        "development_plans": {"share": parameters.plan_shares},
        "what_investment_buys": {
            "tenure_months": {
                "p50": {
                    band: round(median_tenure_months(parameters, band), 2)
                    for band in ("nothing", "under_500", "from_500", "from_1000")
                }
            }
        },
    }


def band_of(gbp_per_marketer: float) -> str:
    """Give the band of a development budget per marketer and year."""
    if gbp_per_marketer <= 0:
        return "nothing"
    return "under_500" if gbp_per_marketer < 500 else "from_500" if gbp_per_marketer < 1000 else "from_1000"


def _agencies(parameters: Parameters, band: str) -> list[tuple[float | None, float]]:
    """Give (lasting score or None, weight) on a grid of equally likely scores, kept to a band's share of each."""
    with_budget = 1 - parameters.budget_zero_share
    scores = [NORMAL.inv_cdf((step + 0.5) / GRID) for step in range(GRID)]
    zeros = [(None, parameters.budget_zero_share)] if band in ("", "nothing") else []
    if band == "nothing":
        return zeros
    return [
        *zeros,
        *((score, with_budget / GRID * _share_in_band(parameters, score, band)) for score in scores),
    ]


def _share_in_band(parameters: Parameters, score: float, band: str) -> float:
    if not band:
        return 1.0
    edges = {"under_500": (0.0, 500.0), "from_500": (500.0, 1000.0), "from_1000": (1000.0, math.inf)}[band]
    year = max(parameters.budget_median_gbp)
    centre = log_location(parameters, year) + parameters.budget_log_spread * math.sqrt(parameters.budget_memory) * score
    spread = parameters.budget_log_spread * math.sqrt(1 - parameters.budget_memory)
    return _below(edges[1], centre, spread) - _below(edges[0], centre, spread)


def _below(amount: float, centre: float, spread: float) -> float:
    if amount in (0.0, math.inf):
        return float(amount > 0)
    return NORMAL.cdf((math.log(amount) - centre) / spread)
