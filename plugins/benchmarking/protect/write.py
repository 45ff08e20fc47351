"""The published tables: rounded once, displayed once, and empty where a figure is hidden."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from benchmarking.catalog import Measure, Programme
from benchmarking.protect.cells import ORDER, POOLED, SHARE, SUM, Row, Unit
from benchmarking.protect.decide import MATCHED, MATCHED_NEXT, Verdict
from benchmarking.protect.primary import minimum_contributors
from benchmarking.protect.rounding import (
    NOT_REACHED,
    Shape,
    display,
    display_change,
    round_half_up,
    rounded,
    shape_of,
)

Record = dict[str, Any]
CONFIDENTIAL, UNRELIABLE, UNAVAILABLE = "[c]", "[u]", "[x]"
SURVIVAL_QUARTILES = ("p25", "p50", "p75")
KEYS = ("survey_year", "measure", "category", "peer_group", "peer_value", "statistic")
SIGNIFICANT = 0.05
COEFFICIENT = Shape(Decimal("0.01"), "number", "")
CURVE = Shape(Decimal("0.001"), "percent", "share of people")


@dataclass(frozen=True)
class Judge:
    """What the decisions say of one figure: rows by unit and family, verdicts, and figures released before."""

    programme: Programme
    rows: Mapping[tuple[Unit, str], Row]
    verdict: Callable[[Unit, str], Verdict]
    released: Mapping[tuple, Record]
    decisions: list[Record] = field(default_factory=list)

    def of(self, estimate: Record, statistic: str, basis: str = "") -> Verdict:
        """Give the verdict of one figure, the number of contributors its statistic needs included."""
        unit = unit_of(estimate, basis)
        family = family_of(self.programme.measures[unit.measure], statistic)
        found = self.verdict(unit, family)
        row = self.rows.get((unit, family))
        needed = minimum_contributors(statistic, self.programme.disclosure)
        if not found.reason and row is not None and row.holdings < needed:
            return Verdict("contributors", f"{row.holdings} contributors are too few for {statistic}")
        return found


def unit_of(record: Record, basis: str = "") -> Unit:
    """Give the unit that a record's figure belongs to."""
    return Unit(record["survey_year"], record["measure"], record["peer_group"], record["peer_value"], basis)


def family_of(measure: Measure, statistic: str) -> str:
    """Give the family of rules that a statistic falls under."""
    if measure.kind == "share":
        return SHARE
    return SUM if statistic == POOLED else ORDER


def cell_records(judge: Judge, estimates: Sequence[Record]) -> list[Record]:
    """Give the rows of published.cell; each one's decision is added to the judge's."""
    return [_cell(judge, estimate) for estimate in estimates]


def _cell(judge: Judge, estimate: Record) -> Record:
    measure = judge.programme.measures[estimate["measure"]]
    verdict = judge.of(estimate, estimate["statistic"])
    shape = shape_of(measure, estimate["statistic"])
    key = {name: estimate[name] for name in KEYS}
    before = judge.released.get((*key.values(), ""))
    if verdict.reason and before is not None:
        # What was released stays released; only its restatement is held back.
        verdict = Verdict("revision", f"the restatement is held back: {verdict.detail}")
        record = {name: before[name] for name in _FIGURES}
    elif verdict.reason:
        record = _hidden(shape, UNAVAILABLE if verdict.reason == "age" else CONFIDENTIAL)
    else:
        record = _shown(judge, estimate, measure, shape)
    judge.decisions.append({**key, "status": record["status"], "reason": verdict.reason, "detail": verdict.detail})
    return {"programme": judge.programme.name, **key, **record}


_FIGURES = ("value", "display", "unit", "status", "contributors", "people", "lower", "upper", "lower_display",
            "upper_display")  # fmt: skip


def _hidden(shape: Shape, status: str) -> Record:
    record: Record = dict.fromkeys(_FIGURES)
    return {**record, "unit": shape.unit, "status": status} | dict.fromkeys(
        ("display", "lower_display", "upper_display"), status
    )


def _shown(judge: Judge, estimate: Record, measure: Measure, shape: Shape) -> Record:
    is_survival_quartile = measure.kind == "survival" and estimate["statistic"] in SURVIVAL_QUARTILES
    value, lower, upper = (estimate[name] for name in ("value", "lower", "upper"))
    if is_survival_quartile and value is None:
        value = math.inf
    if is_survival_quartile and upper is None and lower is not None:
        upper = math.inf
    if value is None:
        return _hidden(shape, UNAVAILABLE)
    lower, upper = _inner_ends(judge, estimate, measure, lower, upper)
    people = judge.verdict(unit_of(estimate), "people").reason
    return {
        "value": rounded(value, shape),
        "display": display(value, shape),
        "unit": shape.unit,
        "status": UNRELIABLE if is_unreliable(judge.programme, value, lower, upper) else "",
        "contributors": _contributors(judge.programme, estimate["contributors"]),
        "people": None if people else estimate["people"],
        "lower": rounded(lower, shape),
        "upper": rounded(upper, shape),
        "lower_display": display(lower, shape),
        "upper_display": display(upper, shape),
    }


def _inner_ends(
    judge: Judge, estimate: Record, measure: Measure, lower: float | None, upper: float | None
) -> tuple[float | None, float | None]:
    """Withhold the end of a quantile's interval that is the smallest or greatest answer: those are never published."""
    row = judge.rows.get((unit_of(estimate), ORDER))
    if measure.kind != "ratio" or estimate["statistic"] == POOLED or row is None or not len(row):
        return lower, upper
    answers = row.figure / np.where(row.denominator != 0, row.denominator, 1.0)
    slack = 1e-9 * max(float(np.abs(answers).max()), 1e-300)
    is_least = lower is not None and lower <= answers.min() + slack
    is_greatest = upper is not None and upper >= answers.max() - slack
    return None if is_least else lower, None if is_greatest else upper


def is_unreliable(programme: Programme, value: float, lower: float | None, upper: float | None) -> bool:
    """Say whether half the interval is more than the programme's part of the figure."""
    most = programme.reliability.get("relative_interval")
    if most is None or lower is None or upper is None or not math.isfinite(value):
        return False
    return (upper - lower) / 2 > float(most) * abs(value)


def _contributors(programme: Programme, count: int | None) -> int | None:
    base = programme.disclosure.contributors_round_to
    return None if count is None else int(round_half_up(count, Decimal(base)))


def change_records(judge: Judge, changes: Sequence[Record], cells: Mapping[tuple, Record]) -> list[Record]:
    """Give the rows of published.change.

    A change on all contributors stands on two published cells; one on the matched panel is a figure of its own in
    both years.
    """
    records = []
    for change in changes:
        measure = judge.programme.measures[change["measure"]]
        shape = shape_of(measure, change["statistic"])
        is_shown = _is_change_shown(judge, change, cells) and change["value"] is not None
        status = "" if is_shown else CONFIDENTIAL
        key = {name: change[name] for name in (*KEYS, "basis")}
        numbers = {name: rounded(change[name], shape) if is_shown else None for name in ("value", "lower", "upper")}
        adjusted = change["p_adjusted"]
        records.append(
            {
                **key,
                **numbers,
                "is_significant": adjusted < SIGNIFICANT if is_shown and adjusted is not None else None,
                "contributors": _contributors(judge.programme, change["contributors"]) if is_shown else None,
                "status": status,
                "display": display_change(change["value"], shape) if is_shown else status,
                "lower_display": display_change(change["lower"], shape) if is_shown else status,
                "upper_display": display_change(change["upper"], shape) if is_shown else status,
            }
        )
    return records


def _is_change_shown(judge: Judge, change: Record, cells: Mapping[tuple, Record]) -> bool:
    key = tuple(change[name] for name in KEYS)
    both = (key, (key[0] - 1, *key[1:]))
    if change["basis"] == "all":
        return all(cells.get(one, {}).get("value") is not None for one in both)
    before = {**change, "survey_year": change["survey_year"] - 1}
    now = judge.of(change, change["statistic"], MATCHED)
    return not now.reason and not judge.of(before, change["statistic"], MATCHED_NEXT).reason


def curve_records(judge: Judge, curves: Sequence[Record]) -> list[Record]:
    """Give the rows of published.curve; a month at which too few holdings are at risk is hidden."""
    fewest = judge.programme.disclosure.minimum_contributors
    records = []
    for point in curves:
        is_shown = not judge.of(point, "p50").reason and (point["holdings_at_risk"] or 0) >= fewest
        is_shown = is_shown and point["share"] is not None
        status = "" if is_shown else CONFIDENTIAL
        numbers = {name: rounded(point[name], CURVE) if is_shown else None for name in ("share", "lower", "upper")}
        records.append(
            {
                **{name: point[name] for name in ("survey_year", "measure", "peer_group", "peer_value", "month")},
                **numbers,
                "status": status,
                "display": display(point["share"], CURVE) if is_shown else status,
                "lower_display": display(point["lower"], CURVE) if is_shown else status,
                "upper_display": display(point["upper"], CURVE) if is_shown else status,
            }
        )
    return records


def association_records(programme: Programme, associations: Sequence[Record]) -> list[Record]:
    """Give the rows of published.association, in words that claim no cause."""
    fewest = programme.disclosure.minimum_unanimous
    return [_association(programme, one, (one["contributors"] or 0) >= fewest) for one in associations]


def _association(programme: Programme, one: Record, is_shown: bool) -> Record:
    is_shown = is_shown and one["value"] is not None
    status = "" if is_shown else CONFIDENTIAL
    names = ("value", "lower", "upper", "p_value")
    numbers = {name: _coefficient(one[name]) if is_shown else None for name in names}
    keys = {name: one[name] for name in ("survey_year", "measure", "by_measure", "kind", "peer_group")}
    return {
        **keys,
        **numbers,
        "contributors": _contributors(programme, one["contributors"]) if is_shown else None,
        "status": status,
        "display": display(one["value"], COEFFICIENT) if is_shown else status,
        "lower_display": display(one["lower"], COEFFICIENT) if is_shown else status,
        "upper_display": display(one["upper"], COEFFICIENT) if is_shown else status,
        "sentence": _association_sentence(programme, one) if is_shown else "",
    }


def _coefficient(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")


def _association_sentence(programme: Programme, one: Record) -> str:
    title = programme.measures[one["measure"]].title
    by = programme.measures[one["by_measure"]].title.lower() if one["by_measure"] in programme.measures else "the band"
    p_value = "" if one["p_value"] is None else f", p = {one['p_value']:.2g}"
    value = display(one["value"], COEFFICIENT)
    if one["kind"] == "logrank":
        is_clear = one["p_value"] is not None and one["p_value"] < SIGNIFICANT
        words = "differs between" if is_clear else "shows no clear difference between"
        return f"{title} {words} bands of {by}: log-rank test {value}{p_value}."
    is_clear = one["lower"] is not None and one["upper"] is not None and one["lower"] * one["upper"] > 0
    words = "is associated with" if is_clear else "shows no clear association with"
    return f"{title} {words} {by}: rank correlation {value}{p_value}."


def headline_records(
    programme: Programme, year: int, cells: Mapping[tuple, Record], changes: Sequence[Record]
) -> list[Record]:
    """Give the rows of published.headline: sentences from the year's published cells, hidden ones left out.

    Args:
        changes: the year's rows of published.change, of which only those shown are spoken of.

    A figure that is not reached needs a text of its own (`not_reached`); without one it is no headline.
    """
    records = []
    for position, headline in enumerate(programme.headlines, start=1):
        group = headline.get("peer_group", "all")
        key = (year, headline["measure"], headline.get("category", ""), group,
               headline.get("peer_value", "all"), headline["statistic"])  # fmt: skip
        cell = cells.get(key)
        text = headline["text"] if cell is None or cell["display"] != NOT_REACHED else headline.get("not_reached")
        if cell is None or text is None or (cell["value"] is None and cell["display"] != NOT_REACHED):
            continue
        records.append(
            {
                **dict(zip(KEYS, key, strict=True)),
                "position": position,
                "sentence": text.format(value=cell["display"], rest=_rest(programme, cell)),
                "detail": _detail(programme, cell),
                "change": _change_said(programme, [one for one in changes if tuple(one[name] for name in KEYS) == key]),
                "display": cell["display"],
                "status": cell["status"],
            }
        )
    return records


def _rest(programme: Programme, cell: Record) -> str:
    """Give the text of what a share leaves, from the share as published, so that both add up to the whole."""
    shape = shape_of(programme.measures[cell["measure"]], cell["statistic"])
    return display(1 - cell["value"], shape) if shape.format == "percent" and cell["value"] is not None else ""


def _change_said(programme: Programme, changes: Sequence[Record]) -> str:
    """Say the published change of one figure: the matched panel's, else that of all, and whether it is significant."""
    shown = sorted((one for one in changes if not one["status"]), key=lambda one: one["basis"] != MATCHED)
    if not shown:
        return ""
    best = shown[0]
    amount, before = str(best["display"]), best["survey_year"] - 1
    moved = f"{'up' if amount[0] == '+' else 'down'} {amount[1:]} from {before}" if best["value"] else (
        f"unchanged from {before}"
    )  # fmt: skip
    noun = programme.contributor_noun[0 if best["contributors"] == 1 else 1]
    among = (
        f"in the same {best['contributors']} {noun}" if best["basis"] == MATCHED else f"in all {noun} of either year"
    )
    interval = f" (95% interval {best['lower_display']} to {best['upper_display']})" if best["lower_display"] else ""
    verdict = {True: "statistically significant", False: "not statistically significant", None: "not tested"}
    told = verdict[best["is_significant"]]
    if best["is_significant"] is False and (best["lower"] or 0) * (best["upper"] or 0) > 0:
        # The interval leaves out no change at all, but so would some by chance alone among as many as are tested.
        told += " once all changes that are tested are allowed for"
    return f"{moved} {among}{interval}, {told}"


def _detail(programme: Programme, cell: Record) -> str:
    noun = programme.contributor_noun[0 if cell["contributors"] == 1 else 1]
    interval = f"; 95% interval {cell['lower_display']} to {cell['upper_display']}"
    is_known = cell["lower_display"] and cell["upper_display"]
    return f"{cell['contributors']} {noun}, {cell['survey_year']}{interval if is_known else ''}"
