"""Put submissions into the raw tables as intake does: one row a submission, one row an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from benchmarking.catalog import Question, Survey
from benchmarking.tables import TABLES
from benchmarking.validate.answers import UnreadableAnswer, read_answer
from benchmarking.validate.rules import ROLES_WITH_COLUMN
from benchmarking.warehouse import Warehouse

FIRST_RECEIVED = datetime(2026, 9, 1, 9, tzinfo=UTC)
EMPTY = {"value_text": None, "value_number": None, "value_minor": None, "value_date": None}
Answers = Mapping[str, str | None]


class Post:
    """Collects submissions, then delivers them in one commit a table."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.submissions: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []

    def submit(
        self,
        survey: str,
        year: int,
        agency: str,
        answers: Answers,
        roster: Sequence[Answers] = (),
        version: int = 1,
        verdict: str = "accepted",
        is_deleted: bool = False,
        record_id: str | None = None,
    ) -> str:
        """Add one submission; give its id. Answers are texts by question; None is blank."""
        key = f"{survey}-{year}-{agency}-{version}{'-gone' if is_deleted else ''}"
        self.submissions.append(
            {
                **dict.fromkeys(TABLES["raw.submission"].columns),
                "submission_id": key,
                "survey": survey,
                "survey_year": year,
                "agency_id": agency,
                "source": "inbox",
                "record_id": record_id or f"{survey}-{year}-{agency}",
                "version": version,
                "file_sha256": "f" * 64,
                "received_at": FIRST_RECEIVED + timedelta(hours=version, minutes=5 * is_deleted),
                "verdict": verdict,
                "reason": "" if verdict == "accepted" else f"{verdict} at intake",
                "is_deleted": is_deleted,
            }
        )
        definition = self.warehouse.programme.survey(survey)
        for row, given in enumerate([answers, *roster]):
            self.answers += [self._answer(definition, key, year, agency, row, *pair) for pair in given.items()]
        return key

    def deliver(self) -> None:
        """Append what was submitted to raw.submission and raw.answer."""
        for table, rows in (("raw.submission", self.submissions), ("raw.answer", self.answers)):
            self.warehouse.append(table, pa.Table.from_pylist(rows, TABLES[table].schema))
        self.submissions, self.answers = [], []

    def _answer(
        self, survey: Survey, key: str, year: int, agency: str, row: int, name: str, text: str | None
    ) -> dict[str, Any]:
        return {
            "submission_id": key,
            "survey": survey.name,
            "survey_year": year,
            "agency_id": agency,
            "roster_row": row,
            "question": name,
            "column_name": name,
            "locator": f"row {row}",
            "raw_text": text,
            **typed(survey.question(name), text),
        }


def typed(question: Question, text: str | None) -> dict[str, Any]:
    """Read a text as intake would; the name of a state gives it, `error:` and `code:` make it whatever it says."""
    if text in ("refused", "not_asked", "redacted"):
        return {"state": text, **EMPTY}
    if text is not None and text.startswith("error:"):
        return {"state": "error", **EMPTY}
    if text is not None and text.startswith("code:"):
        return {"state": "answered", **EMPTY, "value_text": text.removeprefix("code:")}
    try:
        return read_answer(question, text)
    except UnreadableAnswer:
        return {"state": "error", **EMPTY}


def questions_with_column(survey: Survey) -> list[Question]:
    """Give the questions that are columns of the survey's staging table."""
    return [question for question in survey.questions if question.role in ROLES_WITH_COLUMN]


CLEAN: dict[str, dict[str, str]] = {
    "budget": {
        "financial_year_end_date": "2026-03-31",
        "period_months": "12",
        "currency": "GBP",
        "all_staff_count": "60",
        "marketers_opening_count": "4",
        "marketers_closing_count": "6",
        "marketers_average_count": "5",
        "development_budget_gbp": "2400",
        "development_spend_gbp": "2100.50",
        "marketing_budget_gbp": "90000",
        "net_fee_income_gbp": "4500000",
        "budget_decider": "shared",
        "shared_goals": "partly",
        "return_measured": "sometimes",
        "development_plans": "some",
    },
    "attrition": {
        "period_end_date": "2026-03-31",
        "attrition_period_months": "12",
        "headcount_opening_count": "4",
        "joiners_count": "3",
        "leavers_voluntary_count": "1",
        "leavers_involuntary_count": "0",
        "leavers_other_count": "0",
        "headcount_closing_count": "6",
        "headcount_average_count": "5",
        "with_year_service_count": "3",
    },
    "filing": {
        "employer_name": "An employer",
        "sic_codes": "78109, 78200",
        "mean_hourly_gap_percent": "9.5",
        "median_hourly_gap_percent": "4.0",
        "employer_size": "from_250",
    },
    "frame": {
        "size_band": "medium",
        "sector": "technology",
        "region": "london",
        "ownership": "independent",
        "holding_group": "",
    },
}
CLEAN_ROSTER: list[dict[str, str | None]] = [
    {
        "marketer_pseudonym": "1",
        "started_date": "2024-01-08",
        "left_date": None,
        "leaving_kind": None,
        "seniority": "middle",
    },
    {
        "marketer_pseudonym": "2",
        "started_date": "2023-02-01",
        "left_date": "2025-09-30",
        "leaving_kind": "voluntary",
        "seniority": "junior",
    },
]


def clean(survey: str, year: int = 2026, scale: float = 1.0) -> dict[str, str]:
    """Give answers that keep every rule, moved to a survey year; amounts of money times `scale`."""
    answers = {name: text.replace("2026-", f"{year}-") for name, text in CLEAN[survey].items()}
    for name in (n for n in answers if n.endswith("_gbp")):
        answers[name] = str((Decimal(answers[name]) * Decimal(str(scale))).quantize(Decimal("0.01")))
    return answers
