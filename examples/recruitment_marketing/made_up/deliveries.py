"""From responses to files: who sends in which shape, what goes wrong, and what each file is called."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from made_up import faults, writers
from made_up.broken_files import FILE_FAULTS
from made_up.faults import AnswerFault
from made_up.histories import Industry, Response
from made_up.population import Agency, draw, pick, respondents_of
from made_up.writers import Form

SHAPES = {"workbook": 0.375, "comma": 0.25, "office": 0.2, "json": 0.175}
MARK = "made-up"
SURVEYS = ("budget", "attrition")
FRAME_COLUMNS = ("agency_id", "survey_year", "size_band", "sector", "region", "ownership", "holding_group")
WEEK = timedelta(days=7)
BATCH_NAMES = {
    "comma": "survey_tool_{survey}_{year}_{mark}.csv",
    "office": "branch_office_{survey}_{year}_{mark}.csv",
    "json": "own_system_{survey}_{year}_{mark}.json",
}


@dataclass(frozen=True)
class File:
    """One file to drop into an inbox: `path` is relative to the inbox, `sent_at` becomes its time."""

    path: str
    content: bytes
    sent_at: datetime


@dataclass(frozen=True)
class Season:
    """Everything that is sent, and the list of what is wrong with it."""

    files: tuple[File, ...]
    faults: tuple[dict[str, Any], ...]


def make_season(
    industry: Industry, frame: list[Agency], years: tuple[int, ...], count: int, forms: dict[str, Form]
) -> Season:
    """Give the files of all years and surveys; `count` agencies answer each year."""
    files: list[File] = []
    listed: list[dict[str, Any]] = []
    for year in years:
        files.append(_frame_file(frame, year, industry.seed))
        agencies = respondents_of(frame, industry.seed, year, count)
        for survey in SURVEYS:
            responses = [industry.respond(agency, survey, year) for agency in agencies]
            delivery = _Delivery(forms[survey], year, responses, industry.seed)
            files += delivery.files()
            listed += delivery.listed
    return Season(tuple(files), tuple(listed))


def shape_of(agency: Agency, seed: int) -> str:
    """Give the shape in which an agency always sends."""
    return pick(draw(seed, agency.agency_id, "shape"), SHAPES)


class _Delivery:
    """One survey and year on its way: responses by shape, with faults put in and listed."""

    def __init__(self, form: Form, year: int, responses: list[Response], seed: int) -> None:
        self.form, self.year, self.responses = form, year, responses
        self.shapes = {response.agency.agency_id: shape_of(response.agency, seed) for response in responses}
        self.listed: list[dict[str, Any]] = []
        self.corrections: list[Response] = []
        self._break_answers()

    def files(self) -> Iterator[File]:
        """Give every file, sound and broken."""
        for response in self._of_shape("workbook"):
            yield self._alone(response, "workbook", "")
        for shape in BATCH_NAMES:
            yield from self._batch(shape)
        for response in self.corrections:
            yield self._alone(response, self.shapes[response.agency.agency_id], "corrected_")
        yield from self._broken_files()

    def _break_answers(self) -> None:
        chosen = faults.carriers(faults.ANSWER_FAULTS, self.responses, self.shapes)
        for fault in faults.ANSWER_FAULTS:
            if fault.key not in chosen:
                continue
            response = chosen[fault.key]
            if fault.is_corrected:
                sound = copy.deepcopy(response)
                sound.submitted_at = response.submitted_at + WEEK
                self.corrections.append(sound)
            fault.change(response)
            self.listed.append(self._entry(fault, response))

    def _entry(self, fault: AnswerFault, response: Response) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "fault": fault.key,
            "what": fault.what,
            "survey": self.form.survey,
            "survey_year": self.year,
            "agency_id": response.agency.agency_id,
            "file": self._name(response, fault.shape, ""),
            "step": fault.step,
            "verdict": fault.verdict,
            "words": list(fault.words),
        }
        if fault.rule_id:
            entry["rule_id"] = fault.rule_id
        if fault.is_corrected:
            entry["corrected_in"] = self._name(response, fault.shape, "corrected_", is_alone=True)
        return entry

    def _of_shape(self, shape: str) -> list[Response]:
        return [response for response in self.responses if self.shapes[response.agency.agency_id] == shape]

    def _name(self, response: Response, shape: str, extra: str, is_alone: bool = False) -> str:
        if shape == "workbook" or is_alone:
            ending = "xlsx" if shape == "workbook" else "json" if shape == "json" else "csv"
            return f"{self.form.survey}_{self.year}_{response.agency.agency_id}_{extra}{MARK}.{ending}"
        return BATCH_NAMES[shape].format(survey=self.form.survey, year=self.year, mark=MARK)

    def _alone(self, response: Response, shape: str, extra: str) -> File:
        write = {
            "workbook": lambda r: writers.workbook(r, self.form),
            "json": lambda r: writers.json_list([r], self.form),
        }
        name = self._name(response, shape, extra, is_alone=True)
        return File(f"{self.form.survey}/{name}", write[shape](response), response.submitted_at)

    def _batch(self, shape: str) -> Iterator[File]:
        responses = self._of_shape(shape)
        if not responses:
            return
        write = {"comma": writers.comma_batch, "office": writers.office_batch, "json": writers.json_list}[shape]
        sent = max(response.submitted_at for response in responses) + timedelta(hours=1)
        name = self._name(responses[0], shape, "")
        yield File(f"{self.form.survey}/{name}", write(responses, self.form), sent)

    def _broken_files(self) -> Iterator[File]:
        workbooks = self._of_shape("workbook")
        wrong = {entry["agency_id"] for entry in self.listed}
        sound = next((response for response in workbooks if response.agency.agency_id not in wrong), None)
        for fault in FILE_FAULTS:
            if sound is None or (fault.survey, fault.year) != (self.form.survey, self.year):
                continue
            name = fault.name.format(agency=f"{self.form.survey}_{self.year}_{sound.agency.agency_id}")
            content = fault.content(writers.workbook(sound, self.form))
            yield File(f"{self.form.survey}/{name}", content, sound.submitted_at + WEEK)
            self.listed.append(
                {
                    "fault": fault.key,
                    "what": fault.what,
                    "survey": self.form.survey,
                    "survey_year": self.year,
                    "agency_id": sound.agency.agency_id if fault.verdict == "duplicate" else "",
                    "file": name,
                    "step": "collect",
                    "verdict": fault.verdict,
                    "words": list(fault.words),
                }
            )


def _frame_file(frame: list[Agency], year: int, seed: int) -> File:
    rows = [
        (a.agency_id, year, a.size_band_in(year, seed), a.sector, a.region, a.ownership, a.holding_group) for a in frame
    ]
    content = writers.table(list(FRAME_COLUMNS), rows)
    return File(f"frame/frame_{year}_{MARK}.csv", content, datetime(year, 7, 1, 8))
