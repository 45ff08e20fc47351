"""What is true of the made-up industry. Every truth that a test looks for follows from these numbers alone.

Money in GBP, times in months, rates a month. No trait that a truth rests on depends on an agency's size, sector,
region or ownership, so that a truth holds for those who answer as for the frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SIZE_SHARES = {"micro": 0.34, "small": 0.34, "medium": 0.22, "large": 0.10}
SECTOR_SHARES = {
    "technology": 0.20,
    "health": 0.17,
    "finance": 0.14,
    "engineering": 0.16,
    "education": 0.10,
    "industrial": 0.11,
    "generalist": 0.12,
}
REGION_SHARES = {
    "london": 0.29,
    "south": 0.22,
    "midlands": 0.16,
    "north": 0.18,
    "scotland": 0.09,
    "wales_and_ni": 0.06,
}
STAFF_RANGES = {"micro": (4, 9), "small": (10, 49), "medium": (50, 240), "large": (250, 900)}
SEAT_RANGES = {"micro": (1, 2), "small": (2, 4), "medium": (4, 10), "large": (9, 28)}
# Larger agencies answer more often, which is what weighting to the frame is for.
ANSWER_ODDS = {"micro": 0.55, "small": 0.9, "medium": 1.3, "large": 1.7}


@dataclass(frozen=True)
class Parameters:
    """The made-up industry in numbers."""

    budget_median_gbp: dict[int, float] = field(default_factory=lambda: {2024: 465.0, 2025: 480.0, 2026: 495.0})
    budget_log_spread: float = 0.75
    budget_zero_share: float = 0.12
    budget_memory: float = 0.85  # share of an agency's log-budget variance that stays from year to year
    leaving_rate: float = 0.0330  # a month, at an agency of median budget
    leaving_slope: float = 0.30  # how much the log rate falls with one standard deviation of log budget
    leaving_without_budget: float = 1.5  # times the rate of an agency of median budget
    vacancy_months: float = 1.0  # mean time until a seat is filled again
    seniority_shares: dict[str, float] = field(default_factory=lambda: {"junior": 0.45, "middle": 0.37, "senior": 0.18})
    kind_shares: dict[str, float] = field(
        default_factory=lambda: {"voluntary": 0.72, "involuntary": 0.18, "other": 0.10}
    )
    decider_shares: dict[str, float] = field(
        default_factory=lambda: {
            "told_where_to_spend": 0.50,
            "marketing_decides": 0.22,
            "shared": 0.21,
            "no_budget": 0.07,
        }
    )
    goal_shares: dict[str, float] = field(default_factory=lambda: {"shared": 0.27, "partly": 0.41, "separate": 0.32})
    return_shares: dict[str, float] = field(
        default_factory=lambda: {"regularly": 0.30, "sometimes": 0.45, "never": 0.25}
    )
    plan_shares: dict[str, float] = field(default_factory=lambda: {"everyone": 0.24, "some": 0.38, "nobody": 0.38})

    def median_gbp(self, year: int) -> float:
        """Give the year's median budget per marketer; years not planted go on from the last by 3 % a year."""
        last = max(self.budget_median_gbp)
        return self.budget_median_gbp.get(year) or self.budget_median_gbp[last] * 1.03 ** (year - last)
