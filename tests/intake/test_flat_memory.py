"""A file five times as big takes hardly more memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarking.settings import ROOT

COLUMNS = "agency_id,survey_year,budget_gbp,people_count,rating_number,decider,has_plan,founded_date"
MOST_GROWTH = 1.25


def peak_megabytes(folder: Path, rows: int) -> float:
    """Collect a file of so many rows in a process of its own; give its peak memory in megabytes."""
    with (folder / f"{rows}.csv").open("w") as file:
        file.write(COLUMNS + "\n")
        file.writelines(
            f"C{n:07d},2026,{n % 9000}.50,{n % 90},{n % 10}.5,we,yes,2012-02-1{n % 9}\n" for n in range(rows)
        )
    command = [sys.executable, str(ROOT / "perf" / "intake.py"), "--piece", "collect_csv", str(folder), str(rows)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), str(ROOT)])}
    told = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    return float(json.loads(told.splitlines()[-1])["peak_megabytes"])


@pytest.mark.slow
def test_a_file_five_times_as_big_takes_hardly_more_memory(tmp_path):
    small, big = (peak_megabytes(tmp_path, rows) for rows in (100_000, 500_000))
    assert big < MOST_GROWTH * small, (small, big)
