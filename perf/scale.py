"""What the pipeline costs as more agencies answer and as years accumulate: every step in a process of its own.

The seeded generator makes the submissions of one year for 160, 800 and 4,000 agencies, a workbook or a line of a
survey tool's export each; collect, validate, aggregate, protect and publish take them through a fresh warehouse. Then
the three years of the smallest season arrive one by one in one warehouse, and the newest year's steps are timed
each time.

The limit is growth in proportion: the closing ratio is what an agency costs in the largest season over what it costs in
the middle one, all steps together, in processor seconds (user and system), and the aim is 1.0. A cost that grows with
the square of agencies would be 5 for these sizes. Starting Python and loading libraries is in both, and weighs least
where seasons are large, which is why the smallest is not the peer. The table also gives what each further agency costs
a step, which leaves the start out; between small sizes that is mostly noise.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from _bench import ROOT, Cost, measure, ratio, table

HERE = Path(__file__).resolve()
GENERATOR = ROOT / "examples" / "recruitment_marketing" / "generate.py"
STEPS = ("collect", "validate", "aggregate", "protect", "publish")
SIZES = (160, 800, 4_000)
YEARS = (2024, 2025, 2026)
NOW = "2027-02-01T09:00:00+00:00"
Costs = dict[str, Cost]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both ways of growing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agencies", type=int, nargs=3, default=list(SIZES), metavar="N", help="three rising sizes")
    parser.add_argument("--until", choices=STEPS, default="publish", help="the last step to run (default: publish)")
    options = parser.parse_args(arguments)
    steps = STEPS[: STEPS.index(options.until) + 1]
    with tempfile.TemporaryDirectory() as folder:
        seasons = {size: _season(Path(folder) / str(size), size, steps) for size in options.agencies}
        years = _years(Path(folder) / "years", options.agencies[0], steps)
    _print_steps(seasons, steps)
    _print_years(years, steps)
    _, middle, largest = options.agencies
    ratio("scale", _each(seasons, largest), _each(seasons, middle), 1.0)
    return 0


def _season(folder: Path, agencies: int, steps: Sequence[str]) -> Costs:
    """Run the steps of the newest year alone, with so many agencies."""
    inbox = folder / "inbox" / "recruitment_marketing"
    measure(GENERATOR, "--out", str(inbox), "--agencies", str(agencies), "--years", str(YEARS[-1]))
    return _run(folder, YEARS[-1], steps)


def _years(folder: Path, agencies: int, steps: Sequence[str]) -> dict[int, Costs]:
    """Run the steps of each year when its files have come on top of those of the years before."""
    made = folder / "made"
    measure(GENERATOR, "--out", str(made), "--agencies", str(agencies), "--years", *map(str, YEARS))
    costs = {}
    for year in YEARS:
        for path in sorted(path for path in made.rglob("*") if path.is_file()):
            if f"_{year}_" in path.name or year == YEARS[-1]:
                place = folder / "inbox" / "recruitment_marketing" / path.relative_to(made)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(path, place)
        costs[year] = _run(folder, year, steps)
    return costs


def _run(data: Path, year: int, steps: Sequence[str]) -> Costs:
    environment = {"BENCHMARKING_DATA": str(data), "BENCHMARKING_NOW": NOW}
    costs = {}
    for step in steps:
        # Intake takes whatever has come, of any year.
        options = [] if step == "collect" else ["--year", str(year)]
        options += ["--approved-by", "scale"] if step == "publish" else []
        costs[step] = measure(HERE, "step", step, *options, environment=environment)
        # Told at once: a season of thousands takes long, and what was measured is not lost if it is stopped.
        told = f"{costs[step].cpu_seconds:,.1f} cpu s, {costs[step].peak_megabytes:,.0f} MB"
        print(f"{data.name} {year}: {step} {told}", file=sys.stderr, flush=True)
    return costs


def _print_steps(seasons: dict[int, Costs], steps: Sequence[str]) -> None:
    lines: list[list[object]] = []
    for name in steps:
        before: tuple[int, float] | None = None
        for size, costs in seasons.items():
            cost = costs[name]
            further = (cost.cpu_seconds - before[1]) / (size - before[0]) * 1000 if before else ""
            each = cost.cpu_seconds / size * 1000
            lines.append([name, size, cost.wall_seconds, cost.cpu_seconds, cost.peak_megabytes, each, further])
            before = (size, cost.cpu_seconds)
    table(["step", "agencies", "wall s", "cpu s", "peak MB", "cpu ms an agency", "cpu ms a further one"], lines)


def _each(seasons: dict[int, Costs], size: int) -> float:
    """Give what an agency costs in a season of some size, all steps together, in processor seconds."""
    return sum(cost.cpu_seconds for cost in seasons[size].values()) / size


def _print_years(years: dict[int, Costs], steps: Sequence[str]) -> None:
    print()
    table(
        ["step", "years there", "wall s", "cpu s", "peak MB"],
        [
            [name, number, costs[name].wall_seconds, costs[name].cpu_seconds, costs[name].peak_megabytes]
            for name in steps
            for number, costs in enumerate(years.values(), 1)
        ],
    )


def _step(arguments: Sequence[str]) -> int:
    """Run one step as the command line does."""
    from benchmarking.__main__ import main as command

    return command([*arguments, "--programme", str(ROOT)])


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(_step(sys.argv[2:]) if sys.argv[1:2] == ["step"] else main())
