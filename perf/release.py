"""What a full release costs: about 1,000 cells and 40 pages in every format, verified, scanned and promoted.

Aim: under 30 s and 500 MB on two cores. The closing ratio is
the wall time of publish() against those 30 s; filling the warehouse is not counted.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import _bench

AIM_SECONDS, AIM_MEGABYTES = 30.0, 500.0
GROUPS = ("size_band", "sector")


def work() -> None:
    """Publish one release in a fresh warehouse and print what was made, as JSON."""
    sys.path.insert(0, str(_bench.ROOT / "tests"))
    import release_content
    from benchmarking.publish import Approval, publish
    from benchmarking.settings import load_settings
    from benchmarking.warehouse import Warehouse

    programme = release_content.the_programme()
    content = release_content.make_content(release_content.make_cells(programme, GROUPS))
    with tempfile.TemporaryDirectory() as folder:
        environment = {"BENCHMARKING_DATA": folder, "BENCHMARKING_NOW": "2027-02-01T09:00:00+00:00"}
        warehouse = Warehouse(load_settings(environment), programme)
        release_content.store(warehouse, content)
        approval = Approval("The benchmark", warehouse.settings.now(), "by perf/release.py")
        started = time.perf_counter()
        summary = publish(warehouse, release_content.YEAR, approval, release_content.APPROVED_AUDIT)
        seconds = time.perf_counter() - started
        files = [path for path in Path(summary.path).rglob("*") if path.is_file()]
        pages = [path for path in files if path.suffix == ".html"]
        made = {
            "cells": summary.cells,
            "pages": len(pages),
            "files": len(files),
            "megabytes": sum(path.stat().st_size for path in files) / 1e6,
            "largest_page_kilobytes": max(path.stat().st_size for path in pages) / 1e3,
            "publish_seconds": seconds,
        }
    print(json.dumps(made))


def main() -> None:
    """Print the costs and the closing line."""
    cost = _bench.measure(Path(__file__), "work")
    made = cost.printed
    rows = [
        ("cells", made["cells"], "1,000"),
        ("pages", made["pages"], "40"),
        ("files", made["files"], ""),
        ("release, MB", made["megabytes"], ""),
        ("largest page, kB", made["largest_page_kilobytes"], "< 250"),
        ("publish, s", made["publish_seconds"], f"< {AIM_SECONDS:.0f}"),
        ("whole process, s", cost.wall_seconds, ""),
        ("processor, s", cost.cpu_seconds, ""),
        ("peak memory, MB", cost.peak_megabytes, f"< {AIM_MEGABYTES:.0f}"),
    ]
    _bench.table(("what", "measured", "aim"), rows)
    _bench.ratio("release", cost.wall_seconds, AIM_SECONDS, 1.0)


if __name__ == "__main__":
    work() if sys.argv[1:] == ["work"] else main()
