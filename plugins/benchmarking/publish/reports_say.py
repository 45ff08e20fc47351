"""What a private report says, as text and drawings, and the words for it.

A figure of others is always a `Told`: one published cell, named on the page by its key, so that the audit can read
every one of them back and look it up in the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from markupsafe import Markup, escape

from benchmarking.catalog import Measure, Programme, Survey
from benchmarking.publish.content import Cell, CurvePoint
from benchmarking.publish.labels import category_label, measure_title
from benchmarking.publish.site.book import QUANTILES

Figure = tuple[str, str, str, str, str, str]
Shown = Callable[[Measure, str, float], str]
CURVE = "curve"
NOT_SHOWN = "not shown"
DIGITS_OF_CERTIFICATE = 2
MARK_NAMES = {"p10": "P10", "p25": "lower quartile", "p50": "median", "p75": "upper quartile", "p90": "P90"}
BELOW = {"p10": "lowest tenth", "p25": "lowest quarter", "p50": "lower half"}
ABOVE = {"p90": "highest tenth", "p75": "highest quarter", "p50": "upper half"}
BETWEEN = {
    ("p10", "p25"): "lower quarter",
    ("p10", "p50"): "lower half",
    ("p25", "p50"): "lower middle",
    ("p25", "p75"): "middle half",
    ("p50", "p75"): "upper middle",
    ("p50", "p90"): "upper half",
    ("p75", "p90"): "upper quarter",
}
STATES = {
    "fail": "Parked: what you sent for this survey stays out until it is put right",
    "query": "Queried: it counts, but please confirm or correct it",
    "query, parked": "Queried: please confirm or correct it as well",
    "note": "Noted: nothing to do",
}
FIELD = re.compile(r"[a-z][a-z0-9_]*")
PADDED = re.compile(r"(\d+)\.(\d*?)0+\Z")


@dataclass(frozen=True)
class Told:
    """One published figure as a report shows it."""

    figure: Figure

    @classmethod
    def of(cls, cell: Cell) -> Told:
        """Take a published cell's key and text."""
        key = (cell.measure, cell.category, cell.peer_group, cell.peer_value, cell.statistic)
        return cls((*key, cell.display))

    def __str__(self) -> str:
        return self.figure[5]

    def __html__(self) -> str:
        return f'<data class="pub" value="{escape("|".join(self.figure[:5]))}">{escape(self.figure[5])}</data>'


@dataclass(frozen=True)
class Place:
    """Where one's own figure lies in a group: a band in words, and the published marks at its ends."""

    group: str
    words: str
    ends: tuple[tuple[str, Told], ...] = ()

    @property
    def text(self) -> str:
        """Give the ends as plain text, such as "median £480 to upper quartile £610"."""
        return " to ".join(f"{name} {told}" for name, told in self.ends)


@dataclass(frozen=True)
class Line:
    """One measure of a report: one's own figure now and last year, and its band in each group one belongs to.

    `marks` are the places (0 to 100) of the published quantiles of everybody, and of one's own figure ("own").
    """

    measure: str
    title: str
    section: str
    unit: str
    own: str
    last: str
    places: tuple[Place, ...]
    drawing: Markup
    marks: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """One question of choice: one's own answer, and the published share of each group that gave the same."""

    title: str
    own: str
    shares: tuple[Told | str, ...]


@dataclass(frozen=True)
class Staying:
    """One month of a survival measure: the share still there of one's own people, and of each group."""

    title: str
    label: str
    own: str
    shares: tuple[Told | str, ...]


@dataclass(frozen=True)
class Staircase:
    """A survival chart: lines of (label, points), one's own first, and groups of which single months are published.

    `dots` are (label, (month, share) ...); `drawing` is the page's picture of both.
    """

    title: str
    lines: tuple[tuple[str, tuple[CurvePoint, ...]], ...]
    dots: tuple[tuple[str, tuple[tuple[int, float], ...]], ...]
    drawing: Markup

    @property
    def last_month(self) -> int:
        """Give the last month that is drawn."""
        return max((p.month for _, points in self.lines for p in points if p.share is not None), default=12) or 12

    @property
    def legend(self) -> list[tuple[str, int, str]]:
        """Give (line or dot, shade, label) of each."""
        lines = [("line", shade, label) for shade, (label, _) in enumerate(self.lines, 1)]
        return lines + [("dot", shade, label) for shade, (label, _) in enumerate(self.dots, len(lines) + 1)]


@dataclass(frozen=True)
class Finding:
    """What was found in one answer: where, what was seen, what is wrong, why it was asked, and what now."""

    survey: str
    where: str
    seen: tuple[tuple[str, str], ...]
    message: str
    because: str
    severity: str
    is_parked: bool = False

    @property
    def state(self) -> str:
        """Give what becomes of it, in words."""
        is_both = self.is_parked and self.severity == "query"
        return STATES["query, parked" if is_both else self.severity]


@dataclass(frozen=True)
class Report:
    """All that one contributor's report says.

    `received` are (survey, verdict, day); `certificate` (measure, own figure, what anyone could infer).
    """

    agency_id: str
    groups: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    answers: tuple[Answer, ...] = ()
    staying: tuple[Staying, ...] = ()
    charts: tuple[Staircase, ...] = ()
    received: tuple[tuple[str, str, str], ...] = ()
    found: tuple[Finding, ...] = ()
    certificate: tuple[tuple[str, str, str], ...] = ()
    lead: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()

    @property
    def highlights(self) -> list[Line]:
        """Give the lines of the measures that the programme's headlines are about."""
        return [line for name in self.lead for line in self.lines if line.measure == name]

    @property
    def sections(self) -> list[tuple[str, list[Line]]]:
        """Give the lines under the title of their section."""
        titles = list(dict.fromkeys(line.section for line in self.lines))
        return [(title, [line for line in self.lines if line.section == title]) for title in titles]

    @property
    def open_questions(self) -> int:
        """Give how many findings wait for the contributor."""
        return sum(finding.severity in ("fail", "query") for finding in self.found)


def place_of(group: str, cells: Mapping[str, Cell | None], value: float, own: str) -> Place:
    """Say between which two published marks a figure lies; nothing finer is told.

    Args:
        cells: the group's published quantiles by statistic; hidden ones are passed over.
        own: the figure's text: where it reads as a mark does, the figure is at that mark.
    """
    marks = [(name, cell) for name in QUANTILES if (cell := cells.get(name)) is not None and cell.value is not None]
    if not marks:
        return Place(group, NOT_SHOWN)
    equal = [mark for mark in marks if mark[1].display == own]
    if equal:
        ends = tuple((MARK_NAMES[name], Told.of(cell)) for name, cell in dict([equal[0], equal[-1]]).items())
        return Place(group, f"at {' to '.join(name for name, _ in ends)}", ends)
    below = [mark for mark in marks if (mark[1].value or 0.0) < value][-1:]
    above = [mark for mark in marks if (mark[1].value or 0.0) >= value][:1]
    ends = tuple((MARK_NAMES[name], Told.of(cell)) for name, cell in [*below, *above])
    return Place(group, _words(below[0][0] if below else "", above[0][0] if above else ""), ends)


def _words(below: str, above: str) -> str:
    if not below:
        return BELOW.get(above, f"below {MARK_NAMES[above]}")
    if not above:
        return ABOVE.get(below, f"above {MARK_NAMES[below]}")
    return BETWEEN.get((below, above), f"between {MARK_NAMES[below]} and {MARK_NAMES[above]}")


def findings(programme: Programme, rows: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Give what was found in one contributor's answers, in the words of the questionnaire.

    Args:
        rows: submission_id, survey, rule_id, severity, roster_row, fields, values_seen, message.
    """
    because = {rule.rule_id: rule.because for rule in programme.rules}
    # What intake could not read is reported once more by the rule on the question's type: once is enough.
    unread = {row["message"].split(":")[0] for row in rows if not row["fields"]}
    kept = [row for row in rows if not (row["rule_id"].endswith(".type") and row["fields"] in unread)]
    order = {"fail": 0, "query": 1, "note": 2}
    kept.sort(key=lambda row: order.get(row["severity"], len(order)))
    parked = {row["submission_id"] for row in rows if row["severity"] == "fail"}
    surveys = programme.surveys
    return [_finding(surveys[row["survey"]], row, because.get(row["rule_id"], ""), parked) for row in kept]


def _finding(survey: Survey, row: Mapping[str, Any], because: str, parked: set[str]) -> Finding:
    words = {question.name: question.wording for question in survey.all_questions}
    seen = tuple(
        (words.get(name, name), PADDED.sub(_without_zeros, value))
        for name, _, value in (part.partition(" = ") for part in str(row["values_seen"] or "").split("; "))
        if name
    )
    where = f"{survey.roster.title}, row {row['roster_row']}" if row["roster_row"] and survey.roster else ""
    message = FIELD.sub(lambda match: _quoted(words, match[0]), row["message"])
    return Finding(survey.title, where, seen, message, because, row["severity"], row["submission_id"] in parked)


def _quoted(words: Mapping[str, str], name: str) -> str:
    # Only names with an underscore: a plain word of the sentence may be called like a question.
    return f"“{words[name]}”" if "_" in name and name in words else name


def _without_zeros(match: re.Match[str]) -> str:
    return f"{match[1]}.{match[2]}" if match[2] else match[1]


def certificate_lines(
    programme: Programme,
    shown: Shown,
    own: Mapping[tuple[str, str], tuple[float, float]],
    records: Sequence[Mapping[str, Any]],
) -> list[tuple[str, str, str]]:
    """Give measure, own figure and what anyone could infer of it, once a figure and once a question of choice.

    Ends are in the measure's unit, rounded towards one's own figure: the certificate never promises too much.

    Args:
        own: numerator and denominator of one's own part, by measure and category.
        records: measure, family, figure, lower, upper, as `protect.certificates` gives them.
    """
    lines: list[tuple[str, str, str]] = []
    answers: dict[str, float] = {}
    for record in records:
        name = record["measure"]
        if record["family"] == "share":
            answers[name] = max(answers.get(name, 0.0), record["lower"])
            continue
        numerator, denominator = own.get((name, ""), (0.0, 0.0))
        measure = programme.measures.get(name)
        if measure is None or not denominator or abs(numerator - record["figure"]) > 1e-6 * max(1.0, abs(numerator)):
            continue
        low, high = (None if end is None else end / denominator for end in (record["lower"], record["upper"]))
        value = shown(measure, "p50", numerator / denominator)
        lines.append((measure.title, value, _ends(measure, shown, low or 0.0, high)))
    for name, lowest in answers.items():
        said = next((category for measure, category in own if measure == name and category), "")
        verdict = (
            "nobody can tell from anything published" if lowest < 1 - 1e-6 else "can be known from what is published"
        )
        lines.append((measure_title(programme, name), category_label(programme, name, said), verdict))
    return lines


def _ends(measure: Measure, shown: Shown, low: float, high: float | None) -> str:
    first = shown(measure, "p50", _rounded(low, ROUND_CEILING))
    return f"{first} or more" if high is None else f"{first} to {shown(measure, 'p50', _rounded(high, ROUND_FLOOR))}"


def _rounded(value: float, direction: str) -> float:
    number = Decimal(repr(value))
    if not number:
        return 0.0
    return float(number.quantize(Decimal(1).scaleb(number.adjusted() - DIGITS_OF_CERTIFICATE + 1), rounding=direction))
