"""What a full release costs: about 1,000 cells and 40 pages in every format, verified, scanned and promoted.

Aim: under 30 s and 500 MB on two cores; a page under 250 kB and usable in under a second. The closing ratio is the wall
time of the whole process, from starting Python over filling the warehouse to the promoted release, against those 30 s.
Usable means: from asking for the front page in Chromium until "Where does my agency stand?" has answered a figure.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import _bench

AIM_SECONDS, AIM_MEGABYTES = 30.0, 500.0
GROUPS = ("size_band", "sector")
HEADLINES, VISITS = 5, 5
CHROMIUM = "/usr/bin/chromium"


def work(folder: str) -> None:
    """Publish one release in a fresh warehouse below a folder and print what was made, as JSON."""
    sys.path.insert(0, str(_bench.ROOT / "tests"))
    import release_content
    from benchmarking.publish import Approval, publish
    from benchmarking.settings import load_settings
    from benchmarking.warehouse import Warehouse

    programme = release_content.the_programme()
    content = release_content.make_content(release_content.make_cells(programme, GROUPS))
    shown = [cell for cell in content.cells if cell.peer_group == "all" and cell.statistic == "p50" and cell.display]
    headlines = [
        replace(release_content.make_headline(cell), position=i) for i, cell in enumerate(shown[:HEADLINES], 1)
    ]
    content = replace(content, headlines=headlines)
    environment = {"BENCHMARKING_DATA": folder, "BENCHMARKING_NOW": "2027-02-01T09:00:00+00:00"}
    warehouse = Warehouse(load_settings(environment), programme)
    release_content.store(warehouse, content)
    approval = Approval("The benchmark", warehouse.settings.now(), "by perf/release.py")
    started, busy = time.perf_counter(), time.process_time()
    summary = publish(warehouse, release_content.YEAR, approval, release_content.APPROVED_AUDIT)
    files = [path for path in Path(summary.path).rglob("*") if path.is_file()]
    pages = [path for path in files if path.suffix == ".html"]
    made = {
        "path": summary.path,
        "cells": summary.cells,
        "headlines": len(headlines),
        "pages": len(pages),
        "files": len(files),
        "megabytes": sum(path.stat().st_size for path in files) / 1e6,
        "largest_page_kilobytes": max(path.stat().st_size for path in pages) / 1e3,
        "publish_seconds": time.perf_counter() - started,
        "publish_cpu_seconds": time.process_time() - busy,
    }
    print(json.dumps(made))


def seconds_until_usable(release: Path) -> float:
    """Open the front page in Chromium, type a figure and wait for the answer: the median of a few fresh starts."""
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _ in range(VISITS):
            context = browser.new_context()
            page = context.new_page()
            started = time.perf_counter()
            page.goto((release / "index.html").as_uri(), wait_until="domcontentloaded")
            page.fill("#stand-figure", "350")
            page.wait_for_function("document.getElementById('stand-answer').textContent.includes('in 100')")
            times.append(time.perf_counter() - started)
            context.close()
        browser.close()
    return statistics.median(times)


def main() -> None:
    """Print the costs and the closing line."""
    with tempfile.TemporaryDirectory() as folder:
        cost = _bench.measure(Path(__file__), "work", folder)
        made = cost.printed
        usable = seconds_until_usable(Path(made["path"]))
    rows = [
        ("cells", made["cells"], "1,000"),
        ("headlines", made["headlines"], ""),
        ("pages", made["pages"], "40"),
        ("files", made["files"], ""),
        ("release, MB", made["megabytes"], ""),
        ("largest page, kB", made["largest_page_kilobytes"], "< 250"),
        ("front page usable, s", usable, "< 1"),
        ("publish, s", made["publish_seconds"], f"< {AIM_SECONDS:.0f}"),
        ("publish, processor s", made["publish_cpu_seconds"], ""),
        ("whole process, s", cost.wall_seconds, f"< {AIM_SECONDS:.0f}"),
        ("whole process, processor s", cost.cpu_seconds, ""),
        ("peak memory, MB", cost.peak_megabytes, f"< {AIM_MEGABYTES:.0f}"),
    ]
    _bench.table(("what", "measured", "aim"), rows)
    _bench.ratio("release", cost.wall_seconds, AIM_SECONDS, 1.0)


if __name__ == "__main__":
    work(sys.argv[2]) if sys.argv[1:2] == ["work"] else main()
