"""Which column holds which question: by name, wording or alias, and never by position."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from benchmarking.catalog import Question, Survey
from benchmarking.collect.faults import Fault
from benchmarking.collect.profiles import Shape

TAGS = re.compile(r"<[^>]{0,200}>")
SPACES = re.compile(r"\s+")
TAIL = " ?:.*"
WHOSE = ("agency", "year")


@dataclass
class Match:
    """Columns by question, for the survey and for its roster; `unknown` ones by number, with what stands over them."""

    questions: dict[str, int] = field(default_factory=dict)
    roster: dict[str, int] = field(default_factory=dict)
    unknown: dict[int, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def plain(text: str) -> str:
    """Give a header as it is compared: no markup, one space, small letters, no closing mark."""
    return SPACES.sub(" ", TAGS.sub("", text.replace("\ufeff", ""))).strip().rstrip(TAIL).casefold()


def names_of(question: Question) -> set[str]:
    """Give every text that stands for a question in a header."""
    texts = {question.name, question.wording, *question.aliases}
    if question.unit:
        texts |= {f"{question.wording} ({question.unit})", f"{question.name} ({question.unit})"}
    return {plain(text) for text in texts if text}


class Headers:
    """The headers that one survey knows; built once for all of a batch's files."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.known = _known(survey.questions)
        self.below = _known(survey.roster.questions if survey.roster else ())
        self.ignored = {plain(text) for text in survey.ignored_columns}

    def knows(self, text: str) -> bool:
        """Say whether a text names a question of the survey or its roster."""
        return plain(text) in self.known or plain(text) in self.below

    def match(self, shape: Shape) -> Match:
        """Match each column of a shaped grid; a doubled one is a fault of the file.

        A wording that stands for two questions is no match for either: it is reported as unknown.
        """
        match = Match()
        for number, texts in enumerate(shape.names):
            if number not in shape.ignored:
                self._match_one(match, number, texts)
        for role, column in (("record_id", shape.record_id), ("submitted_at", shape.submitted_at)):
            entry = self.survey.with_role(role)
            if entry is not None and column is not None:
                match.questions.setdefault(entry.name, column)
        return match

    def match_roster(self, header: list[str]) -> Match:
        """Match the header of a roster's own sheet or list; columns that say whose a row is are its questions."""
        match = Match()
        for number, text in enumerate(header):
            name = self.below.get(plain(text))
            key = self.known.get(plain(text)) if name is None else None
            if key is not None and self.survey.question(key).role in WHOSE and key not in match.questions:
                match.questions[key] = number
            elif name is None:
                match.unknown[number] = text.strip()
            elif name in match.roster:
                match.faults.append(Fault("header.twice", 0, text.strip()))
            else:
                match.roster[name] = number
        return match

    def _match_one(self, match: Match, number: int, texts: tuple[str, ...]) -> None:
        keys = [plain(text) for text in texts if plain(text)]
        question = next((self.known[key] for key in keys if key in self.known), None)
        other = next((self.below[key] for key in keys if key in self.below), None)
        label = next((text.strip() for text in texts if text.strip()), f"column {number + 1} (no name)")
        name = question or other
        chosen = match.questions if question else match.roster
        if name is None:
            if not any(key in self.ignored for key in keys):
                match.unknown[number] = label
        elif name in chosen:
            match.faults.append(Fault("header.twice", 0, label))
        else:
            chosen[name] = number


def _known(questions: tuple[Question, ...]) -> dict[str, str]:
    counts = Counter(text for question in questions for text in names_of(question))
    named = {text: q.name for q in questions for text in names_of(q) if counts[text] == 1}
    return {**named, **{plain(question.name): question.name for question in questions}}
