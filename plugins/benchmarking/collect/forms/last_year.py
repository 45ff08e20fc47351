"""An agency's accepted answers of the year before, for its next form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarking.catalog import Question, Survey
from benchmarking.collect.forms.entries import Prefill, asked
from benchmarking.warehouse import Warehouse


def last_year(warehouse: Warehouse, survey: Survey, year: int, agency_id: str) -> Prefill:
    """Give what the agency answered in the survey year before, or an empty prefill.

    Private answers are never shown: they lie in the erasable store, not in staging.
    """
    if not agency_id:
        return Prefill()
    main = _rows(warehouse, f"staging.{survey.name}", year - 1, agency_id)
    answers = _kept(main[0], survey.questions, year) if main else {}
    if survey.roster is None:
        return Prefill(answers)
    rows = _rows(warehouse, f"staging.{survey.name}_{survey.roster.name}", year - 1, agency_id)
    return Prefill(answers, tuple(_kept(row, survey.roster.questions, year) for row in rows))


def _rows(warehouse: Warehouse, table: str, year: int, agency_id: str) -> list[dict[str, Any]]:
    if warehouse.version(table) is None:
        return []
    found = warehouse.connect().execute(
        f"SELECT * FROM {table} WHERE survey_year = $year AND agency_id = $agency_id ORDER BY ALL",
        {"year": year, "agency_id": agency_id},
    )
    return found.to_arrow_table().to_pylist()


def _kept(row: Mapping[str, Any], questions: tuple[Question, ...], year: int) -> dict[str, Any]:
    wanted = [question for question in asked(questions, year) if not question.is_private]
    return {question.name: row[question.name] for question in wanted if row.get(question.name) is not None}
