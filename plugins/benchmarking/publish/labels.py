"""Words for the codes of a release: statistics, categories and statuses, for every format alike."""

from __future__ import annotations

import re
from decimal import Decimal

from benchmarking.catalog import TWO_WAY, Measure, Programme

STATISTICS = {
    "pooled": "Pooled",
    "share": "Share",
    "p10": "Bottom tenth (P10)",
    "p25": "Lower quartile",
    "p50": "Median",
    "p75": "Upper quartile",
    "p90": "Top tenth (P90)",
}
# What the marks of a strip mean, in words that need no explaining from a stage.
STRIP_WORDS = {
    "ratio": {
        "p10": "bottom tenth",
        "p25": "lower quarter",
        "p50": "median",
        "p75": "upper quarter",
        "p90": "top tenth",
    },
    "survival": {"p25": "a quarter gone", "p50": "half gone", "p75": "three quarters gone"},
}
STATUSES = {
    "[c]": "confidential: hidden, because it could give a contributor away",
    "[u]": "low reliability: the interval is wide against the figure, use with care",
    "[x]": "not available",
    "[z]": "not applicable",
    "[p]": "provisional",
    "[r]": "revised since an earlier version of this release",
}
STILL_THERE = re.compile(r"still_there_(\d+)\Z")
MEAN_TO = re.compile(r"mean_(\d+)\Z")


def statistic_label(statistic: str) -> str:
    """Give a statistic's title, such as "Still there after 18 months"."""
    if match := STILL_THERE.match(statistic):
        return f"Still there after {match[1]} months"
    if match := MEAN_TO.match(statistic):
        return f"Mean within {match[1]} months"
    return STATISTICS.get(statistic, statistic)


def statistic_order(statistic: str) -> tuple[int, int, str]:
    """Give what sorts statistics as readers expect them: pooled, shares, quantiles, then survival by month."""
    known = list(STATISTICS)
    if statistic in known:
        return known.index(statistic), 0, ""
    months = STILL_THERE.match(statistic) or MEAN_TO.match(statistic)
    return len(known) + ("mean" in statistic), int(months[1]) if months else 0, statistic


def number_format(measure: Measure | None, statistic: str) -> str:
    """Give how a spreadsheet or chart shows a statistic's value: with the decimals it is rounded to, and its unit."""
    if statistic == "share" or STILL_THERE.match(statistic):
        return "0.0%"
    if measure is None:
        return "General"
    exponent = Decimal(str(measure.rounds_to)).normalize().as_tuple().exponent
    decimals = max(0, -int(exponent) - (2 if measure.format == "percent" else 0))
    digits = "0" + ("." + "0" * decimals if decimals else "")
    if measure.format == "percent":
        return f"{digits}%"
    amounts = {"money": f'"{measure.sign}"#,##{digits}', "months": f'{digits}" months"'}
    return amounts.get(measure.format, f"#,##{digits}")


def peer_order(programme: Programme, group: str, value: str) -> tuple[bool, int, tuple[int, ...], str]:
    """Give what sorts peer values as the programme lists them: everybody, then each cut in its declared order."""
    if group == "all":
        return False, 0, (), value
    cuts, positions = list(programme.peer_groups), []
    for part, code in zip(group.split(TWO_WAY), value.split(TWO_WAY), strict=False):
        known = list(programme.peer_labels.get(part, {}).get("values", {}))
        positions.append(known.index(code) if code in known else len(known))
    return True, cuts.index(group) if group in cuts else len(cuts), tuple(positions), value


def category_label(programme: Programme, measure: str, category: str) -> str:
    """Give a category's label: the choice's wording in the question of the measure's name, else in any question."""
    questions = [question for survey in programme.surveys.values() for question in survey.all_questions]
    for question in sorted(questions, key=lambda question: question.name != measure):
        if category in question.choices:
            return question.choices[category]
    return category.replace("_", " ").capitalize()


def category_order(programme: Programme, category: str) -> int:
    """Give what sorts categories as the questionnaire lists them; unknown ones come last."""
    declared = [c for survey in programme.surveys.values() for q in survey.all_questions for c in q.choices]
    return declared.index(category) if category in declared else len(declared)


def measure_title(programme: Programme, measure: str) -> str:
    """Give a measure's title, or its name in words where its definition is gone."""
    known = programme.measures.get(measure)
    return known.title if known else measure.replace("_", " ").capitalize()
