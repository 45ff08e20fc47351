"""For every rule one submission that breaks it and nothing else: the proof that the rule sees what it should.

Rules derived from the questionnaire get theirs by kind; where such an answer would break another rule too,
`ADJUSTED` moves the neighbours along. Rules of rules.yaml are written out in `WRITTEN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from raw_answers import CLEAN, CLEAN_ROSTER

from benchmarking.catalog import Question, Survey
from benchmarking.validate.rules import Check, Unit

NOT_ON_THE_LIST = "code:something_else"
UNREADABLE = "error:about fifty"


@dataclass(frozen=True)
class Mutant:
    """Changes to clean answers: this year's, those of roster row 1, and last year's (None: a newcomer)."""

    answers: Mapping[str, str | None] = field(default_factory=dict)
    roster: Mapping[str, str | None] = field(default_factory=dict)
    last: Mapping[str, str | None] | None = None


ADJUSTED: dict[str, Mutant] = {
    "budget.all_staff_count.limits": Mutant({"all_staff_count": "100001"}, last={"all_staff_count": "100000"}),
    "budget.marketers_opening_count.limits": Mutant(
        {
            "marketers_opening_count": "5001",
            "marketers_closing_count": "5000",
            "marketers_average_count": "4999",
            "all_staff_count": "90000",
        },
        last={"all_staff_count": "90000", "marketers_closing_count": "5000", "marketers_average_count": None},
    ),
    "budget.marketers_closing_count.limits": Mutant(
        {
            "marketers_opening_count": "5000",
            "marketers_closing_count": "5001",
            "marketers_average_count": "4999",
            "all_staff_count": "90000",
        },
        last={"all_staff_count": "90000", "marketers_closing_count": "5000", "marketers_average_count": None},
    ),
    "budget.marketers_average_count.limits": Mutant(
        {
            "marketers_opening_count": "5000",
            "marketers_closing_count": "5000",
            "marketers_average_count": "5000.5",
            "all_staff_count": "90000",
        },
        last={"all_staff_count": "90000", "marketers_closing_count": "5000", "marketers_average_count": None},
    ),
    "budget.development_budget_gbp.limits": Mutant(
        {
            "development_budget_gbp": "5000001",
            "marketers_opening_count": "400",
            "marketers_closing_count": "400",
            "marketers_average_count": "400",
            "all_staff_count": "5000",
        },
        last={
            "development_budget_gbp": "5000000",
            "marketers_closing_count": "400",
            "marketers_average_count": "400",
            "marketers_opening_count": "400",
            "all_staff_count": "5000",
        },
    ),
    "budget.development_spend_gbp.limits": Mutant(
        {
            "development_spend_gbp": "5000001",
            "development_budget_gbp": "5000000",
            "marketers_opening_count": "400",
            "marketers_closing_count": "400",
            "marketers_average_count": "400",
            "all_staff_count": "5000",
        },
        last={
            "development_spend_gbp": "5000000",
            "development_budget_gbp": "5000000",
            "marketers_closing_count": "400",
            "marketers_average_count": "400",
            "marketers_opening_count": "400",
            "all_staff_count": "5000",
        },
    ),
    "budget.marketing_budget_gbp.limits": Mutant(
        {"marketing_budget_gbp": "500000001", "net_fee_income_gbp": "600000000"},
        last={"marketing_budget_gbp": "500000000", "net_fee_income_gbp": "600000000"},
    ),
    "budget.net_fee_income_gbp.limits": Mutant(
        {"net_fee_income_gbp": "5000000001"}, last={"net_fee_income_gbp": "5000000000"}
    ),
    "budget.period_months.limits": Mutant({"period_months": "13"}),
    "attrition.attrition_period_months.limits": Mutant({"attrition_period_months": "13"}),
    "attrition.headcount_opening_count.limits": Mutant(
        {
            "headcount_opening_count": "5001",
            "headcount_closing_count": "5000",
            "leavers_voluntary_count": "4",
            "headcount_average_count": "5000",
        },
        last={
            "headcount_closing_count": "5000",
            "headcount_opening_count": "5000",
            "leavers_voluntary_count": "3",
            "headcount_average_count": "5000",
        },
    ),
    "attrition.headcount_closing_count.limits": Mutant(
        {
            "headcount_opening_count": "5000",
            "headcount_closing_count": "5001",
            "leavers_voluntary_count": "2",
            "headcount_average_count": "5000",
        },
        last={
            "headcount_closing_count": "5000",
            "headcount_opening_count": "5000",
            "leavers_voluntary_count": "3",
            "headcount_average_count": "5000",
        },
    ),
    "attrition.headcount_average_count.limits": Mutant(
        {
            "headcount_opening_count": "5000",
            "headcount_closing_count": "5000",
            "leavers_voluntary_count": "3",
            "headcount_average_count": "5001",
        },
        last={
            "headcount_closing_count": "5000",
            "headcount_opening_count": "5000",
            "leavers_voluntary_count": "3",
            "headcount_average_count": "5000",
        },
    ),
    "attrition.joiners_count.limits": Mutant({"joiners_count": "5001", "leavers_voluntary_count": "4999"}),
    "attrition.leavers_voluntary_count.limits": Mutant({"joiners_count": "1", "leavers_voluntary_count": "-1"}),
    "attrition.leavers_involuntary_count.limits": Mutant(
        {"leavers_involuntary_count": "-1", "leavers_voluntary_count": "2"}
    ),
    "attrition.leavers_other_count.limits": Mutant({"leavers_other_count": "-1", "leavers_voluntary_count": "2"}),
    "attrition.with_year_service_count.limits": Mutant({"with_year_service_count": "-1"}),
    "filing.mean_hourly_gap_percent.limits": Mutant(
        {"mean_hourly_gap_percent": "101", "median_hourly_gap_percent": "100"}
    ),
    "filing.median_hourly_gap_percent.limits": Mutant(
        {"mean_hourly_gap_percent": "100", "median_hourly_gap_percent": "101"}
    ),
    "attrition_marketer.leaving_kind.choices": Mutant(
        roster={"left_date": "2025-09-30", "leaving_kind": NOT_ON_THE_LIST}
    ),
    "attrition_marketer.leaving_kind.type": Mutant(roster={"leaving_kind": UNREADABLE}),
}

WRITTEN: dict[str, Mutant] = {
    "budget_marketers_within_staff": Mutant(
        {"all_staff_count": "4"}, last={"all_staff_count": "4", "marketers_average_count": "4"}
    ),
    "budget_closing_marketers_within_staff": Mutant(
        {"marketers_closing_count": "9", "all_staff_count": "4", "marketers_average_count": "4"},
        last={"all_staff_count": "4", "marketers_average_count": "4", "marketers_closing_count": "4"},
    ),
    "budget_period_is_closed": Mutant({"financial_year_end_date": "2026-07-01"}),
    "budget_period_is_of_the_year": Mutant({"financial_year_end_date": "2025-06-30"}),
    "budget_period_is_half_a_year": Mutant({"period_months": "5"}),
    "budget_period_is_a_year": Mutant({"period_months": "9"}),
    "budget_rate_is_known": Mutant({"currency": "USD"}),
    "budget_spend_within_budget": Mutant({"development_spend_gbp": "3900"}),
    "budget_marketing_within_fee_income": Mutant(
        {"marketing_budget_gbp": "91000", "net_fee_income_gbp": "90000"}, last={"net_fee_income_gbp": "90000"}
    ),
    "budget_development_is_plausible": Mutant(
        {"development_budget_gbp": "75001"}, last={"development_budget_gbp": "75000"}
    ),
    "budget_decider_fits_budget": Mutant({"budget_decider": "no_budget"}),
    "budget_average_between_ends": Mutant({"marketers_average_count": "1.5"}),
    "budget_all_staff_against_last_year": Mutant({"all_staff_count": "600"}, last={}),
    "budget_development_budget_against_last_year": Mutant({"development_budget_gbp": "28800"}, last={}),
    "budget_development_spend_against_last_year": Mutant(last={"development_spend_gbp": "20"}),
    "budget_closing_marketers_against_last_year": Mutant(
        {"marketers_closing_count": "60"}, last={"marketers_closing_count": "4"}
    ),
    "budget_marketing_budget_against_last_year": Mutant({"marketing_budget_gbp": "1080000"}, last={}),
    "budget_net_fee_income_against_last_year": Mutant({"net_fee_income_gbp": "450000000"}, last={}),
    "budget_opening_is_last_years_closing": Mutant(last={"marketers_closing_count": "9"}),
    "attrition_headcount_balances": Mutant({"joiners_count": "4"}),
    "attrition_leavers_within_headcount": Mutant(
        {"leavers_voluntary_count": "8", "headcount_closing_count": "refused"}
    ),
    "attrition_service_within_opening": Mutant({"with_year_service_count": "5"}),
    "attrition_service_within_closing": Mutant(
        {"with_year_service_count": "4", "leavers_voluntary_count": "4", "headcount_closing_count": "3"},
        last={"headcount_closing_count": "3", "headcount_opening_count": "1", "with_year_service_count": "1"},
    ),
    "attrition_period_is_closed": Mutant({"period_end_date": "2026-07-01"}),
    "attrition_period_is_of_the_year": Mutant({"period_end_date": "2025-06-30"}),
    "attrition_period_is_a_year": Mutant({"attrition_period_months": "9"}),
    "attrition_average_between_ends": Mutant({"headcount_average_count": "1.5"}),
    "attrition_closing_against_last_year": Mutant({"headcount_closing_count": "105", "joiners_count": "102"}, last={}),
    "marketer_leaves_after_starting": Mutant(roster={"left_date": "2024-01-07", "leaving_kind": "other"}),
    "marketer_kind_has_date": Mutant(roster={"leaving_kind": "other"}),
    "marketer_started_by_period_end": Mutant(roster={"started_date": "2026-04-01"}),
    "marketer_has_kind_of_leaving": Mutant(roster={"left_date": "2025-12-31"}),
    "filing_is_of_the_industry": Mutant({"sic_codes": "62020"}),
    "filing_gaps_are_near": Mutant({"mean_hourly_gap_percent": "70.1"}),
}


def mutant_of(unit: Unit, check: Check) -> Mutant | None:
    """Give the submission that breaks one rule, or None where nobody has thought of one."""
    if check.is_written:
        return WRITTEN.get(check.rule_id)
    if check.rule_id in ADJUSTED:
        return ADJUSTED[check.rule_id]
    question = unit.survey.question(check.fields[0])
    text = _broken_answer(question, check.rule_id.rsplit(".", 1)[1])
    return Mutant(roster={question.name: text}) if unit.is_roster else Mutant({question.name: text})


def clean_answers(survey: Survey) -> Mapping[str, str]:
    """Give a survey's answers that keep every rule."""
    return CLEAN[survey.name]


def roster_of(survey: Survey, mutant: Mutant) -> list[dict[str, str | None]]:
    """Give a survey's clean roster with the mutant's first row."""
    if survey.roster is None:
        return []
    return [{**CLEAN_ROSTER[0], **mutant.roster}, *CLEAN_ROSTER[1:]]


def _broken_answer(question: Question, kind: str) -> str | None:
    if kind == "required":
        return None
    if kind == "choices":
        return NOT_ON_THE_LIST
    if kind == "limits":
        return str(int(question.max) + 1 if question.max is not None else int(question.min or 0) - 1)
    if kind == "pattern":
        return "code:?"
    return UNREADABLE
