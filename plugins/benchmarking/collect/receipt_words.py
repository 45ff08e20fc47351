"""What a receipt says of each line and each fault: the sender's own column names, and which answers are allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from benchmarking.catalog import Programme, Question, Survey
from benchmarking.collect.batch import Arrived
from benchmarking.collect.faults import RULES, sentence
from benchmarking.collect.headers import Headers, plain

LONGEST_SEEN = 200
# Behind the name of a roster's column stands the row of the cell.
ROSTER_ROW = re.compile(r" \(row (\d+)\)\Z")
YES_OR_NO = ("yes", "no")
TAKEN = "Taken in."


@dataclass
class Words:
    """The words for one file's receipt.

    columns: what a question's column is called in the file, by the question's name.  cells: where the answer to a
        question stands in a form, by the question's name; of a roster's question its column.  years: the programme's.
    """

    survey: Survey
    years: tuple[int, ...]
    headers: Headers
    columns: dict[str, str]
    cells: dict[str, str]
    cures: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, file: Arrived, programme: Programme, headers: Headers) -> Words:
        """Take the words of a file that was read."""
        found = file.assembled.columns
        columns = {name: header for name, header, _, is_fixed in found if header and not is_fixed}
        fixed = {name: place for name, _, place, is_fixed in found if is_fixed and "!" in place}
        columns |= {name: file.survey.question(name).wording for name in fixed}
        below = {name: place for name, _, place, is_fixed in found if not is_fixed and fixed and "!" in place}
        return cls(file.survey, tuple(programme.years), headers, columns, {**below, **fixed})

    def line(self, row: dict[str, Any]) -> dict[str, Any]:
        """Give the entry of a run of lines."""
        place, rule, what = row["first_locator"], row["rule_id"], row["reason"]
        if row["submissions"] > 1:
            place = f"{place} to {row['last_locator'].split(' ')[-1]}"
        column, mark, rest = what.partition(": ")
        named = self.columns.get(column, column) if mark else column
        return {
            "line": place,
            "submissions": row["submissions"],
            "verdict": row["verdict"],
            "rule": rule,
            "what": f"{named}{mark}{rest}" or (TAKEN if row["verdict"] == "accepted" else ""),
            "how_to_fix": self._cure(rule, column) if rule in RULES else "",
        }

    def problem(self, row: dict[str, Any]) -> dict[str, str]:
        """Give the entry of a fault."""
        rule, column = row["rule_id"], row["column_name"]
        return {
            "line": str(row["line"]) if row["line"] else self._cell(column),
            "verdict": RULES[rule].verdict,
            "column": self.columns.get(column, column),
            "seen": row["seen"][:LONGEST_SEEN],
            "rule": rule,
            "what": sentence(rule, row["seen"]),
            "how_to_fix": self._cure(rule, column),
        }

    def _cell(self, column: str) -> str:
        """Give the cell of a form, or of a roster's sheet beside it, in which a question is answered."""
        question, below = self._question(column), ROSTER_ROW.search(column)
        place = self.cells.get(question.name, "") if question is not None else ""
        if below is None:
            return place or "all"
        return f"{place}{below[1]}" if place else "all"

    def _question(self, column: str) -> Question | None:
        text = plain(ROSTER_ROW.sub("", column))
        name = self.headers.known.get(text) or self.headers.below.get(text)
        return self.survey.question(name) if name else None

    def _cure(self, rule: str, column: str) -> str:
        if (rule, column) not in self.cures:
            question = self._question(column)
            allowed = list(question.choices.values()) if question is not None else []
            if question is not None and question.type == "boolean":
                allowed = allowed or list(YES_OR_NO)
            if rule == "key.year":
                allowed = [str(year) for year in self.years]
            told = RULES[rule].cure
            self.cures[rule, column] = (
                told.replace("{allowed}", "; ".join(allowed)) if allowed else told.replace(": {allowed}", "")
            )
        return self.cures[rule, column]
