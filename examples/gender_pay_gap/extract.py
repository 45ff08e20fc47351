"""Keep of a full gender pay gap file what this example needs: SIC division 78, seven columns, text as it is.

python extract.py FULL.csv filings/gpg_2019-20_snapshot_2022-10_sic78.csv
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

COLUMNS = (
    "EmployerId",
    "CurrentName",
    "SicCodes",
    "DiffMeanHourlyPercent",
    "DiffMedianHourlyPercent",
    "EmployerSize",
    "DateSubmitted",
)


def extract(full: Path, kept: Path) -> int:
    """Write the kept rows and columns; give the number of rows."""
    with full.open(encoding="utf-8-sig", newline="") as source:
        rows = [row for row in csv.DictReader(source) if is_recruiter(row["SicCodes"])]
    with kept.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, COLUMNS, extrasaction="ignore", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def is_recruiter(sic_codes: str) -> bool:
    """Say whether one of an employer's codes, separated by commas and line ends, is of division 78."""
    return any(code.strip().startswith("78") for code in sic_codes.split(","))


if __name__ == "__main__":
    print(f"{extract(Path(sys.argv[1]), Path(sys.argv[2]))} employers kept in {sys.argv[2]}")
