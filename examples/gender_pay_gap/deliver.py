"""Drop the kept filings into an inbox, as of the days on which the snapshots were taken."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
TAKEN_ON = {"2022-10": datetime(2022, 10, 31, tzinfo=UTC), "2023-01": datetime(2023, 1, 31, tzinfo=UTC)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy both snapshots; what is already there and the same is left alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("BENCHMARKING_DATA") or HERE.parents[1] / "data") / "inbox" / "gender_pay_gap"
    parser.add_argument("--out", type=Path, default=default, help="inbox folder (default: %(default)s)")
    folder = parser.parse_args(arguments).out / "filing"
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted((HERE / "filings").glob("*.csv")):
        target, content = folder / source.name, source.read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.write_bytes(content)
            # A drop folder takes the order of versions from the files' times.
            moment = next(day for name, day in TAKEN_ON.items() if name in source.name).timestamp()
            os.utime(target, (moment, moment))
    print(f"2 snapshots of real filings in {folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
