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


@dataclass
class Match:
    """Columns by question, for the survey and for its roster; `private` columns are known but kept out of sight."""

    questions: dict[str, int] = field(default_factory=dict)
    roster: dict[str, int] = field(default_factory=dict)
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


def match_header(shape: Shape, survey: Survey) -> Match:
    """Match each column of a shaped grid; an unknown or doubled one is a fault of the file.

    A wording that stands for two questions is no match for either: it is reported as unknown.
    """
    match = Match()
    known = _known(survey.questions)
    below = _known(survey.roster.questions if survey.roster else ())
    ignored = {plain(str(text)) for text in survey.options.get("ignored_columns", ())}
    for number, texts in enumerate(shape.names):
        if number in shape.ignored:
            continue
        keys = [plain(text) for text in texts if plain(text)]
        question = next((known[key] for key in keys if key in known), None)
        other = next((below[key] for key in keys if key in below), None)
        label = next((text.strip() for text in texts if text.strip()), f"column {number + 1} (no name)")
        if question is None and other is None:
            if not any(key in ignored for key in keys):
                match.faults.append(Fault("header.unknown", 0, label))
            continue
        chosen, name = (match.questions, question) if question is not None else (match.roster, other)
        if name in chosen:
            match.faults.append(Fault("header.twice", 0, label))
        else:
            chosen[str(name)] = number
    for role, column in (("record_id", shape.record_id), ("submitted_at", shape.submitted_at)):
        entry = survey.with_role(role)
        if entry is not None and column is not None:
            match.questions.setdefault(entry.name, column)
    return match


def _known(questions: tuple[Question, ...]) -> dict[str, str]:
    counts = Counter(text for question in questions for text in names_of(question))
    named = {text: q.name for q in questions for text in names_of(q) if counts[text] == 1}
    return {**named, **{plain(question.name): question.name for question in questions}}
