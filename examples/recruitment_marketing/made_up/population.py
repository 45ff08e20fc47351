"""The frame of made-up agencies and the lasting traits of each: nothing here names a person or a real agency."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

from made_up.parameters import (
    ANSWER_ODDS,
    REGION_SHARES,
    SEAT_RANGES,
    SECTOR_SHARES,
    SIZE_SHARES,
    STAFF_RANGES,
    Parameters,
)
from made_up.truth import leaving_rate

FRAME_TIMES = 2.5  # agencies in the frame for each that answers
GROUP_SHARE = 0.18
GROUP_SIZE = 3
INVESTOR_SHARE = 0.12
MOVES_UP_SHARE = 0.02  # agencies that change their size band in a year
YEAR_END_MONTHS = (9, 12, 3, 6)
YEAR_END_WEIGHTS = (1, 4, 4, 2)
OTHER_CURRENCIES = {"EUR": 0.03, "USD": 0.01}
ORDER = tuple(SIZE_SHARES)


@dataclass(frozen=True)
class Agency:
    """One made-up agency: what the organiser knows of it and its lasting traits.

    `score` is the lasting part of its log development budget in standard deviations, None where it sets nothing aside.
    """

    agency_id: str
    size_band: str
    sector: str
    region: str
    ownership: str
    holding_group: str
    staff_count: int
    seat_count: int
    score: float | None
    monthly_leaving_rate: float
    year_end_month: int
    currency: str
    answering_odds: float
    decider: str

    def size_band_in(self, year: int, seed: int) -> str:
        """Give the size band that the frame of a year holds; a few agencies have grown by one band since 2024."""
        grown = sum(
            draw(seed, self.agency_id, "grows", past).random() < MOVES_UP_SHARE for past in range(2025, year + 1)
        )
        return ORDER[min(ORDER.index(self.size_band) + grown, len(ORDER) - 1)]


def draw(seed: int, *topic: object) -> random.Random:
    """Give a generator for one topic, so that drawing more for one agency changes nothing for another."""
    return random.Random(":".join(map(str, (seed, *topic))))


def pick(source: random.Random, shares: Mapping[str, float]) -> str:
    """Draw one key by its share."""
    return source.choices(list(shares), weights=list(shares.values()))[0]


def make_frame(seed: int, respondents: int, parameters: Parameters) -> list[Agency]:
    """Give the frame, `FRAME_TIMES` as many agencies as shall answer."""
    count = math.ceil(respondents * FRAME_TIMES)
    groups = max(1, round(count * GROUP_SHARE / GROUP_SIZE))
    return [_agency(seed, number, groups, parameters) for number in range(1, count + 1)]


def respondents_of(frame: list[Agency], seed: int, year: int, count: int) -> list[Agency]:
    """Give those who answer in a year: most of them every year, since willingness lasts; larger ones more often."""

    def eagerness(agency: Agency) -> float:
        lasting = draw(seed, agency.agency_id, "willing").random()
        of_year = draw(seed, agency.agency_id, "willing", year).random()
        return -math.log(0.8 * lasting + 0.2 * of_year) * agency.answering_odds

    chosen = sorted(frame, key=lambda agency: (-eagerness(agency), agency.agency_id))[:count]
    return sorted(chosen, key=lambda agency: agency.agency_id)


def _agency(seed: int, number: int, groups: int, parameters: Parameters) -> Agency:
    agency_id = f"A{number:04d}"
    source = draw(seed, agency_id, "traits")
    size_band = pick(source, SIZE_SHARES)
    ownership, group = _owner(source, groups)
    has_budget = source.random() >= parameters.budget_zero_share
    score = source.gauss(0, 1) if has_budget else None
    return Agency(
        agency_id=agency_id,
        size_band=size_band,
        sector=pick(source, SECTOR_SHARES),
        region=pick(source, REGION_SHARES),
        ownership=ownership,
        holding_group=group,
        staff_count=source.randint(*STAFF_RANGES[size_band]),
        seat_count=source.randint(*SEAT_RANGES[size_band]),
        score=score,
        monthly_leaving_rate=leaving_rate(parameters, score),
        year_end_month=source.choices(YEAR_END_MONTHS, weights=YEAR_END_WEIGHTS)[0],
        currency=pick(source, {**OTHER_CURRENCIES, "GBP": 1 - sum(OTHER_CURRENCIES.values())}),
        answering_odds=ANSWER_ODDS[size_band],
        decider=pick(source, parameters.decider_shares),
    )


def _owner(source: random.Random, groups: int) -> tuple[str, str]:
    chance = source.random()
    if chance < GROUP_SHARE:
        return "group_member", f"G{source.randint(1, groups):03d}"
    return ("investor_owned", "") if chance < GROUP_SHARE + INVESTOR_SHARE else ("independent", "")
