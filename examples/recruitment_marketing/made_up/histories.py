"""What each made-up agency lived through: its marketers' spells, and what it answers to either survey in a year."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from made_up.parameters import Parameters
from made_up.population import Agency, draw, pick
from made_up.truth import log_location

FIRST_DAY = date(2010, 1, 1)
DAYS_A_MONTH = 30.4375
PART_YEARS = (4, 8, 9)
PART_YEAR_SHARE = 0.025
ANSWERS_KEPT = 0.8  # share of agencies that choose last year's answer again; the others draw afresh
REMARKS = (
    "Figures as in our year-end accounts.",
    "The budget includes £400 for the trade body.",
    "Our marketing team also writes the job adverts.",
    "Two seats were vacant for part of the year – see the averages.",
)


@dataclass(frozen=True)
class Marketer:
    """One seat's occupant under the agency's own number; `left` is None while still there."""

    pseudonym: str
    seniority: str
    started: date
    left: date | None
    kind: str


@dataclass
class Response:
    """One agency's answers to one survey in one year, by question name; blanks are left out."""

    agency: Agency
    survey: str
    year: int
    submitted_at: datetime
    answers: dict[str, Any]
    roster: list[dict[str, Any]] = field(default_factory=list)


class Industry:
    """Histories of the agencies that answer, each made once."""

    def __init__(self, seed: int, years: tuple[int, ...], parameters: Parameters, rates: dict[tuple[date, str], float]):
        """Take `rates` as pounds for one unit by (first day of the month, currency)."""
        self.seed, self.last_day, self.parameters, self.rates = seed, date(max(years), 12, 31), parameters, rates
        self._marketers: dict[str, list[Marketer]] = {}

    def marketers(self, agency: Agency) -> list[Marketer]:
        """Give everybody who ever held a seat, oldest first."""
        if agency.agency_id not in self._marketers:
            self._marketers[agency.agency_id] = self._fill_seats(agency)
        return self._marketers[agency.agency_id]

    def respond(self, agency: Agency, survey: str, year: int) -> Response:
        """Give what the agency answers to a survey in a year, before anything goes wrong."""
        make = {"budget": self._budget, "attrition": self._attrition}[survey]
        source = draw(self.seed, agency.agency_id, survey, year)
        sent = datetime(year, 7, 6, 9) + timedelta(minutes=source.randint(0, 60 * 24 * 67))
        response = Response(agency, survey, year, sent, {"agency_id": agency.agency_id, "survey_year": year})
        make(response, source)
        response.answers = {name: value for name, value in response.answers.items() if value is not None}
        return response

    def _fill_seats(self, agency: Agency) -> list[Marketer]:
        spells = []
        for seat in range(agency.seat_count):
            source = draw(self.seed, agency.agency_id, "seat", seat)
            seniority = pick(source, self.parameters.seniority_shares)
            day = float(source.randint(0, 365))
            while (started := FIRST_DAY + timedelta(days=int(day))) <= self.last_day:
                stay = max(1.0, source.expovariate(agency.monthly_leaving_rate) * DAYS_A_MONTH)
                left = FIRST_DAY + timedelta(days=int(day + stay))
                kind = pick(source, self.parameters.kind_shares)
                spells.append((started, seat, left if left <= self.last_day else None, kind, seniority))
                day += stay + source.expovariate(1 / self.parameters.vacancy_months) * DAYS_A_MONTH
        return [
            Marketer(f"M{number:04d}", seniority, started, left, kind)
            for number, (started, _, left, kind, seniority) in enumerate(sorted(spells, key=lambda s: s[:2]), start=1)
        ]

    def _budget(self, response: Response, source: random.Random) -> None:
        agency, year = response.agency, response.year
        months, opens, closes = self._period(agency, year)
        average = self._average(agency, months, closes)
        base = max(average, 1.0) * months / 12
        development = round(self._budget_per_marketer(agency, year) * base, -1)
        fee_income = round(agency.staff_count * 85_000 * math.exp(source.gauss(0, 0.25)) * months / 12, -3)
        decider = self._lasting(agency, "decider", year, self.parameters.decider_shares)
        share = 0.016 * math.exp(source.gauss(0, 0.5))
        rate = self._average_rate(agency.currency, months, closes)
        money = {
            "development_budget_gbp": development,
            "development_spend_gbp": _unless(source, 0.05, round(development * min(1.3, source.gauss(0.82, 0.15)), -1)),
            "marketing_budget_gbp": _unless(
                source, 0.06, 0 if decider == "no_budget" else round(fee_income * share, -2)
            ),
            "net_fee_income_gbp": _unless(source, 0.1, fee_income),
        }
        response.answers |= {
            "financial_year_end_date": closes,
            "period_months": months,
            "currency": agency.currency,
            "all_staff_count": max(agency.staff_count + source.randint(-1, 2), math.ceil(average) + 1),
            "marketers_opening_count": self._employed(agency, opens),
            "marketers_closing_count": self._employed(agency, closes),
            "marketers_average_count": _unless(source, 0.08, average),
            **{name: None if value is None else round(value / rate) for name, value in money.items()},
            "budget_decider": _unless(source, 0.03, decider),
            "shared_goals": self._lasting(agency, "goals", year, self.parameters.goal_shares),
            "return_measured": self._lasting(agency, "return", year, self.parameters.return_shares),
            "development_plans": self._lasting(agency, "plans", year, self.parameters.plan_shares)
            if year >= 2025
            else None,
            "contact_email": _unless(source, 0.4, f"marketing@{agency.agency_id.lower()}.example"),
            "remarks": _unless(source, 0.85, source.choice(REMARKS)),
        }

    def _attrition(self, response: Response, source: random.Random) -> None:
        agency, year = response.agency, response.year
        months, opens, closes = self._period(agency, year)
        seen = [m for m in self.marketers(agency) if m.started <= closes and (m.left is None or m.left > opens)]
        left = [m for m in seen if m.left is not None and m.left <= closes]
        stayed = sum(m.started <= opens for m in seen if m.left is None or m.left > closes)
        response.answers |= {
            "period_end_date": closes,
            "attrition_period_months": months,
            "headcount_opening_count": self._employed(agency, opens),
            "joiners_count": sum(m.started > opens for m in seen),
            **{f"leavers_{kind}_count": sum(m.kind == kind for m in left) for kind in self.parameters.kind_shares},
            "headcount_closing_count": self._employed(agency, closes),
            "headcount_average_count": _unless(source, 0.08, self._average(agency, months, closes)),
            "with_year_service_count": stayed if months == 12 else None,
        }
        response.roster = [_roster_row(marketer, closes) for marketer in seen]

    def _period(self, agency: Agency, year: int) -> tuple[int, date, date]:
        source = draw(self.seed, agency.agency_id, "period", year)
        months = source.choice(PART_YEARS) if source.random() < PART_YEAR_SHARE else 12
        closes = _month_end(year - 1 if agency.year_end_month > 6 else year, agency.year_end_month)
        return months, _months_before(closes, months), closes

    def _average_rate(self, currency: str, months: int, closes: date) -> float:
        """Give pounds for one unit, the average of the months up to the one in which the year closed."""
        if currency == "GBP":
            return 1.0
        days = [_months_before(closes, back).replace(day=1) for back in range(months)]
        # Years beyond the table take its newest rates: nothing that is made up there is converted by others.
        newest = max(day for day, _ in self.rates)
        return sum(self.rates[min(day, newest), currency] for day in days) / months

    def _budget_per_marketer(self, agency: Agency, year: int) -> float:
        if agency.score is None:
            return 0.0
        memory = self.parameters.budget_memory
        fresh = draw(self.seed, agency.agency_id, "budget", year).gauss(0, 1)
        score = math.sqrt(memory) * agency.score + math.sqrt(1 - memory) * fresh
        return math.exp(log_location(self.parameters, year) + self.parameters.budget_log_spread * score)

    def _lasting(self, agency: Agency, topic: str, year: int, shares: dict[str, float]) -> str:
        """Give an answer that most agencies keep; whoever draws afresh draws by the same shares, which so hold."""
        source = draw(self.seed, agency.agency_id, topic, year)
        if source.random() < ANSWERS_KEPT:
            return agency.decider if topic == "decider" else pick(draw(self.seed, agency.agency_id, topic), shares)
        return pick(source, shares)

    def _employed(self, agency: Agency, day: date) -> int:
        return sum(m.started <= day and (m.left is None or m.left > day) for m in self.marketers(agency))

    def _average(self, agency: Agency, months: int, closes: date) -> float:
        ends = [_months_before(closes, back) for back in range(months)]
        return round(sum(self._employed(agency, day) for day in ends) / months, 1)


def _roster_row(marketer: Marketer, closes: date) -> dict[str, Any]:
    has_left = marketer.left is not None and marketer.left <= closes
    row = {
        "marketer_pseudonym": marketer.pseudonym,
        "started_date": marketer.started,
        "left_date": marketer.left if has_left else None,
        "leaving_kind": marketer.kind if has_left else None,
        "seniority": marketer.seniority,
    }
    return {name: value for name, value in row.items() if value is not None}


def _unless(source: random.Random, share: float, value: Any) -> Any:
    """Leave an answer blank for a share of agencies."""
    return None if source.random() < share else value


def _month_end(year: int, month: int) -> date:
    return (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _months_before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    return _month_end(count // 12, count % 12 + 1)
