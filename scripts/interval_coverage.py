"""How often the intervals hold the truth, on simulated populations of agencies: writes docs/coverage.md.

Each population has its own agencies, budgets and careers; a sample answers, and the estimators of the aggregate step
make their figures and 95 % intervals. `PYTHONPATH=plugins python scripts/interval_coverage.py` writes the report;
a slow test repeats it.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from benchmarking.aggregate.design import Array, Codes
from benchmarking.aggregate.figures import Figure, ratio_figures, share_figures, survival_figures
from benchmarking.aggregate.panel import Frame, Panel, weigh
from benchmarking.aggregate.people import Moves
from benchmarking.aggregate.survival import count_spells, kaplan_meier, share_at, time_until
from benchmarking.catalog import Measure
from benchmarking.progress import track
from benchmarking.settings import ROOT

POPULATIONS = 500
REPORT = ROOT / "docs" / "coverage.md"
STATISTICS = ("pooled", "p50", "tenure p50", "still_there_18", "share", "rate")
PROMISED = ("pooled", "p50", "tenure p50")
LOWEST, HIGHEST = 0.92, 0.98
SEED = 20261102
ENDLESS = 40_000
HEADINGS = {
    "pooled": "pooled ratio",
    "p50": "median of agencies",
    "tenure p50": "median tenure",
    "still_there_18": "still there at 18 months",
    "share": "share",
    "rate": "rate of leaving",
}
EXCEPTIONS = (
    "The first three rows are what is promised: pooled ratio, median of agencies and median tenure between 92 and 98",
    "%.",
    "",
    "What is not promised:",
    "",
    "- **Few agencies.** With 12 or fewer, a pooled ratio of skewed money is held less often than stated: the few",
    "  large budgets that make the average are often not in the sample, and then the interval is too short as well.",
    "  The median keeps its promise longer, but with 6 agencies it has no two-sided interval at all: its ends would",
    "  lie outside the answers. Cells this small are rarely published (at least 5 holdings for any figure), and the",
    "  medians are the ones to quote.",
    "- **Rounded answers.** Where agencies answer in round numbers, many give the same one. The median then sits on",
    "  that number in every sample, its interval shrinks to it, and an exact truth between two round numbers is",
    "  outside. The interval is right about the rounded answers, not about what was rounded away. Means and rates",
    "  hardly notice.",
    "- **Who answers.** The intervals mean: if those who answered were random within weighting classes. Nothing here",
    "  says how far that holds for a given year; the quality report shows who answered.",
)


@dataclass(frozen=True)
class Scenario:
    """How agencies are made and asked.

    Attributes:
        frame: agencies in the frame, of which a sample answers, larger ones up to twice as often, raked to it; 0 is
            an industry without end and without a frame, where all are as likely to answer and count the same.
        sample: agencies that answer.
        money_step, month_step: budgets a marketer and months of tenure are answered to the nearest of it.
        is_exception: the intervals are not promised to hold here; the report tells how they fail.
    """

    name: str
    title: str
    frame: int
    sample: int
    money_step: float = 1.0
    month_step: float = 0.25
    is_exception: bool = False


SCENARIOS = (
    Scenario("frame", "160 of 400 agencies, raked to the frame", 400, 160),
    Scenario("no-frame", "160 agencies, no frame", 0, 160),
    Scenario("middle", "60 of 150 agencies, raked to the frame", 150, 60),
    Scenario("small", "12 agencies, no frame", 0, 12, is_exception=True),
    Scenario("tiny", "6 agencies, no frame", 0, 6, is_exception=True),
    Scenario("rounded", "160 agencies, no frame; budgets to GBP 100, tenure to 3 months", 0, 160, 100.0, 3.0, True),
)


@dataclass(frozen=True)
class Population:
    """A frame of agencies with everybody's careers in one observed year; an entry is an agency or a person."""

    size: Codes
    region: Codes
    marketers: Array
    budget: Array
    leavers: Array
    answer: np.ndarray
    unit: Codes
    entry: Array
    exit: Array
    has_ended: np.ndarray


def make_population(source: np.random.Generator, scenario: Scenario, count: int) -> Population:
    """Draw agencies: larger ones rarer, budgets a marketer log-normal, people leaving at their agency's own rate."""
    size = source.choice(3, count, p=[0.55, 0.3, 0.15])
    marketers = np.array([2, 6, 14])[size] + source.integers(0, 4, count)
    budget = source.lognormal(6.2, 0.8, count) * marketers
    rate = np.exp(source.normal(math.log(0.04), 0.3, count))
    careers = [_careers(source, rate[agency], int(marketers[agency])) for agency in range(count)]
    unit = np.repeat(np.arange(count), [len(career) for career in careers])
    entry, exit_, ended = np.concatenate(careers).T
    step = scenario.month_step
    # Someone seen for less than a step is seen for one: a spell never has no length.
    entry, exit_ = np.floor(entry / step) * step, np.maximum(np.round(exit_ / step), np.floor(entry / step) + 1) * step
    return Population(
        size, source.integers(0, 4, count), marketers.astype(float),
        np.round(budget / marketers / scenario.money_step) * scenario.money_step * marketers,
        np.bincount(unit, ended, minlength=count), source.random(count) < 0.3, unit,
        np.round(entry, 6), np.round(exit_, 6), ended.astype(bool),
    )  # fmt: skip


def _careers(source: np.random.Generator, rate: float, seats: int) -> Array:
    """Give (entry, exit, has_ended) of everybody who held one of the seats in a window of twelve months."""
    rows = []
    for _ in range(seats):
        tenure, clock = source.exponential(1 / rate), 0.0
        while clock < 12:
            stay = source.exponential(1 / rate)
            end = min(clock + stay, 12.0)
            rows.append((tenure, tenure + end - clock, float(clock + stay < 12)))
            tenure, clock = 0.0, clock + stay
    return np.array(rows)


def draw_sample(source: np.random.Generator, population: Population, scenario: Scenario) -> Codes:
    """Draw who answers, in order: everybody drawn where there is no frame."""
    count = len(population.size)
    if not scenario.frame:
        return np.arange(count)
    odds = np.array([1.0, 1.5, 2.0])[population.size]
    return np.sort(source.choice(count, scenario.sample, replace=False, p=odds / odds.sum()))


def make_panel(population: Population, chosen: Codes, scenario: Scenario) -> Panel:
    """Give the sample as a panel of the aggregate step, with weights to the frame."""
    count = len(population.size)
    names = np.array([f"{number:06d}" for number in range(count)])
    frame = Frame(count, {}, {})
    if scenario.frame:
        columns = {"size": population.size.astype(str), "region": population.region.astype(str)}
        margins = {
            key: {value: int(np.sum(column == value)) for value in np.unique(column).tolist()}
            for key, column in columns.items()
        }
        values = {key: dict(zip(names.tolist(), column.tolist(), strict=True)) for key, column in columns.items()}
        frame = Frame(count, margins, values)
    design, weighting = weigh(names[chosen], frame)
    measure = Measure("simulated", "", "ratio", "", "", Decimal(1), "", interval="events")
    place = np.full(count, -1)
    place[chosen] = np.arange(len(chosen))
    seen = place[population.unit] >= 0
    moves = Moves.of(
        place[population.unit][seen], population.entry[seen], population.exit[seen], population.has_ended[seen]
    )
    people = moves.people(len(chosen)).sum(axis=1).astype(float)
    return Panel(
        measure, 2026, chosen, names[chosen], names[chosen], design, {}, weighting, population.budget[chosen],
        population.marketers[chosen], people, np.where(population.answer[chosen], "yes", "no"), moves,
    )  # fmt: skip


def figures(panel: Panel, population: Population, chosen: Codes) -> dict[str, Figure]:
    """Give the figures whose intervals are counted, by name."""
    everybody = np.ones(len(panel.agency), dtype=bool)
    counts = panel.moves.counts(len(panel.agency)).everybody if panel.moves else None
    found = {figure.statistic: figure for figure in ratio_figures(panel, everybody, ("p50",))}
    plain = replace(panel, measure=replace(panel.measure, interval=""))
    found["pooled"] = ratio_figures(plain, everybody, ("pooled",))[0]
    rate = replace(panel, numerator=population.leavers[chosen])
    found["rate"] = ratio_figures(rate, everybody, ("pooled",))[0]
    found["share"] = share_figures(panel, everybody, ["yes"])[0]
    if counts is not None:
        tenure = {figure.statistic: figure for figure in survival_figures(panel, everybody, counts)}
        found["tenure p50"], found["still_there_18"] = tenure["p50"], tenure["still_there_18"]
    return found


def truths(population: Population) -> dict[str, float]:
    """Give the same figures of the whole population."""
    together = np.zeros(len(population.unit), dtype=np.int64)
    curve = kaplan_meier(count_spells(population.entry, population.exit, population.has_ended, None, together))
    return {
        "pooled": population.budget.sum() / population.marketers.sum(),
        "p50": float(np.median(population.budget / population.marketers)),
        "rate": population.leavers.sum() / population.marketers.sum(),
        "share": float(population.answer.mean()),
        "tenure p50": time_until(curve.months, curve.share, 0.5),
        "still_there_18": share_at(curve, 18),
    }


def covers(figure: Figure, truth: float) -> bool | None:
    """Say whether an interval holds the truth; None where there is no interval. An open end holds everything."""
    if math.isnan(figure.lower) and math.isnan(figure.upper):
        return None
    lower = -math.inf if math.isnan(figure.lower) else figure.lower
    upper = math.inf if math.isnan(figure.upper) else figure.upper
    return bool(lower - 1e-9 <= truth <= upper + 1e-9)


def simulate(scenario: Scenario, populations: int = POPULATIONS, seed: int = SEED) -> dict[str, tuple[float, int]]:
    """Give, by statistic, the share of intervals that held the truth and the number of intervals."""
    source = np.random.default_rng([seed, *scenario.name.encode()])
    held: dict[str, list[bool]] = {name: [] for name in STATISTICS}
    # What is true of an industry without end is read off a very large one; answers are exact in both kinds of truth.
    exact = replace(scenario, money_step=0.01, month_step=0.25)
    endless = {} if scenario.frame else truths(make_population(source, exact, ENDLESS))
    for _ in range(populations):
        population = make_population(source, scenario, scenario.frame or scenario.sample)
        chosen = draw_sample(source, population, scenario)
        known = endless or truths(population)
        for name, figure in figures(make_panel(population, chosen, scenario), population, chosen).items():
            answer = covers(figure, known[name])
            if answer is not None:
                held[name].append(answer)
    return {name: (float(np.mean(values)) if values else math.nan, len(values)) for name, values in held.items()}


def report(found: dict[str, dict[str, tuple[float, int]]], populations: int = POPULATIONS) -> str:
    """Give docs/coverage.md from the results by scenario name, of so many populations each."""
    lines = [
        "# How often the intervals hold the truth",
        "",
        f"Written by `PYTHONPATH=plugins python scripts/interval_coverage.py`: {populations} simulated populations of "
        "agencies a row,",
        "from a seeded generator; a slow test repeats it. Budgets are log-normal, agencies have 2 to 17 marketers and",
        "each its own rate of leaving, so that colleagues' careers resemble each other. Each cell is the share of",
        "stated 95 % intervals that held what is true of the population; simulation alone moves it by 2 points.",
        "",
        "| who answers | " + " | ".join(HEADINGS[name] for name in STATISTICS) + " |",
        "|---|" + "---|" * len(STATISTICS),
    ]
    for scenario in SCENARIOS:
        shares = [_share(found[scenario.name][name], populations) for name in STATISTICS]
        lines.append(f"| {scenario.title} | " + " | ".join(shares) + " |")
    return "\n".join([*lines, "", *EXCEPTIONS, ""])


def _share(result: tuple[float, int], populations: int) -> str:
    share, count = result
    if count == 0:
        return "no interval"
    return f"{100 * share:.1f} %" + ("" if count == populations else f" of {count}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate every scenario and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=REPORT, help="file to write (default: docs/coverage.md)")
    parser.add_argument("--populations", type=int, default=POPULATIONS, help="how many a row (default: %(default)s)")
    options = parser.parse_args(arguments)
    found = {}
    for scenario in track(SCENARIOS, "scenarios", len(SCENARIOS)):
        found[scenario.name] = simulate(scenario, options.populations)
        print(scenario.title, {name: round(share, 3) for name, (share, _) in found[scenario.name].items()})
    options.out.write_text(report(found, options.populations), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
