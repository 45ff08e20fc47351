"""Cost of protecting 2,000 candidate figures of 400 contributors, full audit and repair, and how it grows.

The peer is tau-Argus (the engine of the European statistical offices, as `pytauargus`): its modular method on every
two-way table with its margins, under the same primary rules. It protects one table at a time, so that linked tables
give figures away; the safety table attacks its pattern, plain thresholds and ours alike. `--grow` adds sizes up to
10,000 figures of 2,000 contributors.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarking.catalog import Disclosure
from benchmarking.protect.attack import Audit
from benchmarking.protect.cells import SUM, Population, Row, Unit
from benchmarking.protect.decide import decide, primary_verdict, sort_candidates
from benchmarking.protect.inspect import inspect

AIM_SECONDS = 60.0
COLUMNS = {"a": 6, "b": 12, "c": 18, "d": 24, "e": 30}
SIZES = ((500, 100, 0), (1000, 200, 0), (2000, 400, 0), (2000, 400, 1), (2000, 400, 3))
GROWN = ((5000, 1000, 0), (10000, 2000, 0))


@dataclass(frozen=True)
class Industry:
    """Candidate rows in order of admission, and those of earlier releases."""

    candidates: list[Row]
    past: list[Row]


def make_industry(figures: int, contributors: int, releases: int, seed: int = 1) -> Industry:
    """Draw skewed contributors and all one- and two-way cuts of five attributes, for as many measures as needed."""
    random = np.random.default_rng(seed)
    peers = {name: _skewed(random, contributors, values) for name, values in COLUMNS.items()}
    cuts = [("all",), *((name,) for name in COLUMNS), *_pairs(list(COLUMNS))]
    candidates: list[Row] = []
    measure = 0
    while len(candidates) < figures:
        population = Population(_row(random, contributors, f"m{measure:02d}"), peers)
        candidates += [row for cut in cuts for row in _units(population, cut) if row.holdings >= 3]
        measure += 1
    turns = {" x ".join(cut): turn for turn, cut in enumerate(cuts)}
    candidates = sort_candidates(candidates[:figures], turns, [])
    past = [row for row in candidates if not primary_verdict(row, [], Disclosure()).reason]
    shown = decide([], past, Disclosure()) if releases else None
    known = [row for row in past if shown and not shown.verdict(row.unit, SUM).reason]
    return Industry(candidates, [row for _ in range(releases) for row in known])


def _pairs(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [(one, other) for i, one in enumerate(names) for other in names[i + 1 :]]


def _skewed(random: np.random.Generator, count: int, values: int) -> np.ndarray:
    parts = 1 / np.arange(1, values + 1)
    return np.array([f"v{i:02d}" for i in random.choice(values, count, p=parts / parts.sum())])


def _row(random: np.random.Generator, count: int, measure: str) -> Row:
    agency = np.array([f"a{i:04d}" for i in range(count)])
    figure = np.exp(random.normal(8, 0.8, count))
    figure[random.random(count) < 0.1] = 0.0
    ones, blank = np.ones(count), np.full(count, "")
    holding = np.where(random.random(count) < 0.1, "h" + (np.arange(count) // 20).astype(str).astype(object), agency)
    return Row(Unit(2026, measure, "all", "all"), SUM, agency, holding.astype(str), ones, figure, ones, blank, ones)


def _units(population: Population, cut: tuple[str, ...]) -> list[Row]:
    if cut == ("all",):
        return [population.unit("all", "all")]
    values = sorted(set(zip(*[population.peers[name].tolist() for name in cut], strict=True)))
    return [population.unit(" x ".join(cut), " x ".join(value)) for value in values]


def protect_exactly(industry: Industry) -> tuple[int, Audit]:
    """Protect by the package: exact rule, audit, repair; give figures shown and the audit."""
    decided = decide(industry.past, industry.candidates, Disclosure())
    return sum(not verdict.reason for verdict in decided.verdicts.values()), decided.audit


def protect_by_argus(industry: Industry) -> list[Row]:
    """Protect every two-way table of every measure by tau-Argus; a figure is shown where every table shows it."""
    from pytauargus import protect

    by_unit = {row.unit: row for row in industry.candidates}
    hidden: set[Unit] = set()
    for name in sorted({unit.measure for unit in by_unit}):
        for one, other in _pairs(list(COLUMNS)):
            records, labels = _records(by_unit, name, one, other)
            # The engine leaves its solver's files wherever it runs.
            with tempfile.TemporaryDirectory() as folder, chdir(folder):
                result = protect(records, [one, other], "figure", safety_rules=ARGUS_RULES, suppress="MOD(1,5,1,1,1)",
                                 holding_var="holding")  # fmt: skip
            for cell in result.tables[0].rows:
                unit = _unit_of(name, one, other, cell)
                if cell["status"] != "S" and unit in labels:
                    hidden.add(unit)
            shutil.rmtree(result.workdir, ignore_errors=True)
    return [row for row in industry.candidates if row.unit not in hidden]


# At least 5 contributors, none over 25 %, the p% rule with 10; of holdings where there are any.
ARGUS_RULES = "NK(1,25)|P(10,100,1)|FREQ(5,10)"


def _records(by_unit: dict[Unit, Row], measure: str, one: str, other: str) -> tuple[list[dict[str, object]], set[Unit]]:
    """Give the contributors of a table as records, and the units that are its cells."""
    cells = {
        unit
        for unit in by_unit
        if unit.measure == measure and unit.peer_group in ("all", one, other, f"{one} x {other}")
    }
    whole = by_unit[Unit(2026, measure, "all", "all")]
    place = {agency: i for i, agency in enumerate(whole.agency.tolist())}
    values = {one: ["rest"] * len(place), other: ["rest"] * len(place)}
    for unit in cells:
        if unit.peer_group in values:
            for agency in by_unit[unit].agency.tolist():
                values[unit.peer_group][place[agency]] = unit.peer_value
    records = [
        {one: a, other: b, "holding": h, "figure": round(f, 2)}
        for a, b, h, f in zip(values[one], values[other], whole.holding.tolist(), whole.figure.tolist(), strict=True)
    ]
    return sorted(records, key=lambda record: str(record["holding"])), cells


def _unit_of(measure: str, one: str, other: str, cell: dict[str, str]) -> Unit:
    # Labels come back padded to the width of the longest.
    chosen = [(name, cell[name].strip()) for name in (one, other) if cell[name].strip() != "Total"]
    if not chosen:
        return Unit(2026, measure, "all", "all")
    return Unit(2026, measure, " x ".join(name for name, _ in chosen), " x ".join(value for _, value in chosen))


def utility(industry: Industry) -> list[list[object]]:
    """Give for each way of hiding: figures kept, their share, contributors exposed, insiders, and what is too close."""
    rules = Disclosure()
    rows = industry.candidates
    decided = decide([], rows, rules)
    ways = {
        "ours": [row for row in rows if not decided.verdict(row.unit, SUM).reason],
        "n >= 5": [row for row in rows if row.holdings >= 5],
        "n >= 10": [row for row in rows if row.holdings >= 10],
        "tau-Argus, table by table": protect_by_argus(industry),
    }
    lines: list[list[object]] = []
    for name, shown in ways.items():
        units = {row.unit for row in shown}
        found = inspect((), shown, [row for row in rows if row.unit not in units], rules)
        lines.append([name, len(shown), len(shown) / len(rows), found.primary_cells_shown, found.agencies_exposed,
                      found.insider_pairs, found.intervals_too_narrow])  # fmt: skip
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print cost by size, utility beside safety, and the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grow", action="store_true", help="also 10,000 figures of 2,000 contributors")
    parser.add_argument("--case", help="one case in this process: figures,contributors,releases,way")
    options = parser.parse_args(arguments)
    if options.case:
        print(json.dumps(_case(*options.case.split(","))))
        return
    _print_tables((*SIZES, *GROWN) if options.grow else SIZES)


def _case(figures: str, contributors: str, releases: str, way: str) -> dict[str, float]:
    industry = make_industry(int(figures), int(contributors), int(releases))
    started = time.perf_counter()
    if way == "ours":
        shown, audit = protect_exactly(industry)
        return {"seconds": time.perf_counter() - started, "shown": shown, "programmes": audit.programmes}
    kept = protect_by_argus(industry)
    return {"seconds": time.perf_counter() - started, "shown": len(kept), "programmes": 0}


# As the package sets it for itself where it is imported before numpy.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


def _print_tables(sizes: Sequence[tuple[int, int, int]]) -> None:
    from _bench import measure, ratio, table

    script, rows, ours = Path(__file__).resolve(), [], 0.0
    for figures, contributors, releases in sizes:
        cost = measure(script, "--case", f"{figures},{contributors},{releases},ours", environment=ONE_THREAD)
        found = cost.printed
        rows.append([figures, contributors, releases, found["seconds"], cost.cpu_seconds, cost.peak_megabytes,
                     found["shown"], found["programmes"]])  # fmt: skip
        if (figures, contributors, releases) == (2000, 400, 0):
            ours = found["seconds"]
    table(("figures", "contributors", "past releases", "wall s", "cpu s", "peak MB", "shown", "programmes"), rows)
    peer = measure(script, "--case", "2000,400,0,argus", environment=ONE_THREAD)
    seconds = f"{peer.printed['seconds']:.2f} s wall, {peer.cpu_seconds:.2f} s cpu"
    print(f"\ntau-Argus, every two-way table, 2,000 of 400: {seconds}, {peer.printed['shown']:,.0f} shown\n")
    headings = ("way", "kept", "share", "break a primary rule", "contributors exposed", "insider pairs", "too close")
    table(headings, utility(make_industry(500, 100, 0)))
    ratio("protection", ours, AIM_SECONDS, 1.0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    main()
