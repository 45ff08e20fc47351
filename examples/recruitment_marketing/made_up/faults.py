"""Everything that goes wrong on purpose: one table, from which the files and `faults.yaml` are both made.

An answer fault changes one response before it is written, in the shape in which its agency always sends. Whole files
that are wrong stand in `broken_files.py`. `words` stand in the sentence that the sender or the organiser reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from made_up.histories import Response
from made_up.writers import Cell

Change = Callable[[Response], None]


@dataclass(frozen=True)
class AnswerFault:
    """One response that is wrong: `needs` says which responses can carry it, `step` who finds it."""

    key: str
    survey: str
    year: int
    shape: str
    what: str
    step: str
    verdict: str
    words: tuple[str, ...]
    change: Change
    needs: Callable[[Response], bool] = lambda response: True
    is_corrected: bool = False  # the right answers follow a week later
    rule_id: str = ""


def _set(**answers: Any) -> Change:
    return lambda response: response.answers.update(answers)


def _times(name: str, factor: float) -> Change:
    return lambda response: response.answers.update({name: round(response.answers[name] * factor)})


def _drop(*names: str) -> Change:
    def change(response: Response) -> None:
        for name in names:
            response.answers.pop(name, None)

    return change


def _blank(response: Response) -> None:
    response.answers = {name: response.answers[name] for name in ("agency_id", "survey_year")}
    response.roster = []


def _late(response: Response) -> None:
    response.submitted_at += timedelta(days=80)


def _more_leavers(response: Response) -> None:
    answers = response.answers
    employed = answers["headcount_opening_count"] + answers["joiners_count"]
    answers["leavers_voluntary_count"] = employed + 3


def _one_too_many(response: Response) -> None:
    response.answers["joiners_count"] += 1


def _left_before_started(response: Response) -> None:
    row = response.roster[0]
    row["left_date"], row["leaving_kind"] = row["started_date"] - timedelta(days=40), "voluntary"


def _is_plain(response: Response) -> bool:
    """Say whether a response is of a whole year, in pounds, with a budget: a fault in it stands alone."""
    answers = response.answers
    return (
        answers.get("currency", "GBP") == "GBP"
        and answers.get("period_months", 12) == 12
        and answers.get("development_budget_gbp", 1) >= 300
        and "net_fee_income_gbp" in answers
        and answers.get("marketing_budget_gbp", 0) > 0
        and "marketers_average_count" in answers
    )


def _is_staffed(response: Response) -> bool:
    answers = response.answers
    return (
        answers["attrition_period_months"] == 12
        and answers["headcount_opening_count"] >= 2
        and "with_year_service_count" in answers
        and bool(response.roster)
    )


def _budget(
    key: str, year: int, shape: str, what: str, step: str, words: tuple[str, ...], change: Change, **more: Any
) -> AnswerFault:
    return AnswerFault(
        key, "budget", year, shape, what, step, more.pop("verdict", "parked"), words, change, _is_plain, **more
    )


def _attrition(
    key: str, year: int, shape: str, what: str, step: str, words: tuple[str, ...], change: Change, **more: Any
) -> AnswerFault:
    return AnswerFault(
        key, "attrition", year, shape, what, step, more.pop("verdict", "parked"), words, change, _is_staffed, **more
    )


ANSWER_FAULTS: tuple[AnswerFault, ...] = (
    _budget(
        "pence_for_pounds",
        2026,
        "workbook",
        "The development budget is given in pence.",
        "validate",
        ("15,000 a marketer", "pence"),
        _times("development_budget_gbp", 100),
        rule_id="budget_development_is_plausible",
    ),
    _budget(
        "fee_income_in_thousands",
        2026,
        "workbook",
        "Net fee income is given in thousands.",
        "validate",
        ("marketing budget", "net fee income"),
        _times("net_fee_income_gbp", 0.001),
        rule_id="budget_marketing_within_fee_income",
    ),
    _budget(
        "words_for_a_number",
        2026,
        "workbook",
        "The budget is told in words.",
        "collect",
        ("not a plain number", "about five hundred"),
        _set(development_budget_gbp="about five hundred each"),
    ),
    _budget(
        "unknown_choice",
        2026,
        "workbook",
        "Who decides is answered with something not on the list.",
        "collect",
        ("none of the choices", "The owner's brother"),
        _set(budget_decider="The owner's brother"),
    ),
    _budget(
        "error_cell",
        2026,
        "workbook",
        "The answer's cell shows #N/A.",
        "collect",
        ("shows an error", "#N/A"),
        _set(marketing_budget_gbp=Cell("=NA()", "#N/A")),
    ),
    _budget(
        "formula_without_value",
        2026,
        "workbook",
        "The answer is a formula that was never calculated.",
        "collect",
        ("formula without a value",),
        _set(marketing_budget_gbp=Cell("=12*400", "")),
    ),
    _budget(
        "open_period",
        2026,
        "workbook",
        "The financial year has not ended yet.",
        "validate",
        ("30 June", "not closed"),
        _set(financial_year_end_date=date(2026, 9, 30)),
        rule_id="budget_period_is_closed",
    ),
    _budget(
        "no_headcount",
        2026,
        "workbook",
        "A question that must be answered is blank.",
        "validate",
        ("marketers_opening_count",),
        _drop("marketers_opening_count"),
    ),
    _budget(
        "blank_form",
        2026,
        "workbook",
        "The form came back unfilled.",
        "collect",
        ("No question is answered",),
        _blank,
        verdict="rejected",
    ),
    _budget(
        "negative_budget",
        2026,
        "comma",
        "The budget is below zero.",
        "validate",
        ("development_budget_gbp",),
        _times("development_budget_gbp", -1),
    ),
    _budget(
        "no_agency",
        2026,
        "json",
        "The record does not say whose it is.",
        "collect",
        ("which agency",),
        _drop("agency_id"),
    ),
    _budget(
        "late",
        2026,
        "workbook",
        "It came weeks after the others, and counts.",
        "collect",
        (),
        _late,
        verdict="accepted",
    ),
    _budget(
        "corrected",
        2026,
        "workbook",
        "First in pence; the agency sent it again, right.",
        "validate",
        ("15,000 a marketer", "pence"),
        _times("development_budget_gbp", 100),
        is_corrected=True,
        rule_id="budget_development_is_plausible",
    ),
    _budget(
        "last_year_corrected",
        2025,
        "json",
        "First with twice the budget; the agency sent it again, right.",
        "collect",
        (),
        _times("development_budget_gbp", 2),
        verdict="accepted",
        is_corrected=True,
    ),
    _attrition(
        "leavers_above_headcount",
        2026,
        "workbook",
        "More left than were ever employed.",
        "validate",
        ("More marketers left",),
        _more_leavers,
        rule_id="attrition_leavers_within_headcount",
    ),
    _attrition(
        "headcount_out_of_balance",
        2026,
        "workbook",
        "Start plus joiners less leavers is not the end.",
        "validate",
        ("First day plus joiners",),
        _one_too_many,
        rule_id="attrition_headcount_balances",
    ),
    _attrition(
        "left_before_started",
        2026,
        "json",
        "A marketer left before starting.",
        "validate",
        ("left before starting",),
        _left_before_started,
        rule_id="marketer_leaves_after_starting",
    ),
    _attrition(
        "half_a_marketer",
        2025,
        "comma",
        "Half a person resigned.",
        "collect",
        ("whole number", "1.5"),
        _set(leavers_voluntary_count=1.5),
    ),
)


def carriers(faults: tuple[AnswerFault, ...], responses: list[Response], shapes: dict[str, str]) -> dict[str, Response]:
    """Give each fault the first response that can carry it and carries none yet, by the fault's key.

    Args:
        shapes: the shape in which an agency sends, by agency_id.
    """
    taken: set[str] = set()
    chosen: dict[str, Response] = {}
    for fault in faults:
        for response in responses:
            is_fit = response.survey == fault.survey and response.year == fault.year
            is_fit = (
                is_fit and shapes[response.agency.agency_id] == fault.shape and response.agency.agency_id not in taken
            )
            if is_fit and fault.needs(response):
                chosen[fault.key] = response
                taken.add(response.agency.agency_id)
                break
    return chosen
