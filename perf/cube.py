"""The whole cube from a million or ten million marketers: ours against the same figures in polars and in pandas.

Every engine reads the same Parquet files, in the order of agencies as the warehouse keeps them, and makes the same
figures (checked): for all agencies, six one-way and four two-way cuts, contributors, holdings, people, pooled figure,
P10 to P90, the largest holding's share and the remainder of the p% rule of four ratios, the shares of a category, and
Kaplan-Meier with delayed entry: quartiles, still there at 12, 18, 24 and 36 months and the mean within 24, also by
seniority. Ours is the aggregate step itself on a programme with these measures: its own functions and SQL, from the
tables of a warehouse to the rows of benchmark.estimate, with an interval for every figure; the others make none.

The counting is what it does before the first figure: staging an agency's year, people by agency, seniority and month,
and who stands behind every cell. The bare scan adds up the same columns and does nothing else. Loading libraries is
timed with the whole process and not with the work. The last line compares processor time with polars at the most rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cube_data
from _bench import Cost, measure, ratio, table

HERE = Path(__file__).resolve().parent
ENGINES = ("ours", "polars", "pandas")
PARTS = {"scan": "bare scan of the same columns", "count": "ours, counting alone"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the data, run every engine in a process of its own, compare figures and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[1_000_000, 10_000_000], help="marketers (default: a million, then ten)"
    )
    parser.add_argument("--growth", action="store_true", help="also show cost as rows, cuts and measures grow")
    options = parser.parse_args(arguments)
    if options.growth:
        _growth(options.rows[0])
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            here = Path(folder)
            _fill(here, rows)
            costs = {name: _run(here, name) for name in (*PARTS, *ENGINES)}
            _print(rows, costs, cube_data.compare(here, ENGINES))
    # The aim is set for the most rows.
    ratio("cube", costs["ours"].printed["cpu"], costs["polars"].printed["cpu"], 1.0)
    return 0


def _fill(folder: Path, rows: int) -> None:
    # In a process of its own: what one process once needed counts as the peak of every process that it starts.
    measure(HERE / "cube_programme.py", str(folder), str(rows))


def _run(folder: Path, engine: str, cuts: int = 10, ratios: int = 4) -> Cost:
    return measure(HERE / "cube_engine.py", engine, str(folder), str(cuts), str(ratios))


def _print(rows: int, costs: dict[str, Cost], checked: int) -> None:
    print(
        f"{rows:,} marketers in {cube_data.agencies(rows):,} agencies; {checked:,} figures equal in all three engines"
    )
    names = {**PARTS, "ours": "ours, the whole cube", "polars": "polars", "pandas": "pandas"}
    table(
        ["what", "wall s", "of it work", "cpu s", "of it work", "peak MB"],
        [
            [
                names[name],
                cost.wall_seconds,
                cost.printed["wall"],
                cost.cpu_seconds,
                cost.printed["cpu"],
                cost.peak_megabytes,
            ]
            for name, cost in costs.items()
        ],
    )
    ours, polars, pandas = (costs[name] for name in ENGINES)
    table(
        ["ours over", "wall", "cpu", "memory", "aim"],
        [[name, *_over(ours, peer), 1.0] for name, peer in (("polars", polars), ("pandas", pandas))]
        + [["bare scan (counting alone)", *_over(costs["count"], costs["scan"]), 8.0]],
    )


def _over(ours: Cost, peer: Cost) -> list[float]:
    work = [ours.printed[name] / max(peer.printed[name], 1e-3) for name in ("wall", "cpu")]
    return [*work, ours.peak_megabytes / peer.peak_megabytes]


def _growth(rows: int) -> None:
    """Show what more rows, more cuts and more measures cost."""
    cases = [(rows // 4, 10, 4), (rows // 2, 10, 4), (rows, 10, 4), (rows, 2, 4), (rows, 5, 4), (rows, 10, 1)]
    lines = []
    for count, cuts, ratios in cases:
        with tempfile.TemporaryDirectory() as folder:
            _fill(Path(folder), count)
            cost = _run(Path(folder), "ours", cuts, ratios)
        lines.append([count, cuts, ratios, cost.wall_seconds, cost.cpu_seconds, cost.peak_megabytes])
    table(["marketers", "cuts", "ratios", "wall s", "cpu s", "peak MB"], lines)


if __name__ == "__main__":
    sys.exit(main())
