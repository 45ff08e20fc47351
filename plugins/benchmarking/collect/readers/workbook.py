"""Workbooks, parsed by pre-started children: a hostile file costs its own verdict and one child, never the run."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from queue import Queue
from typing import Any

from benchmarking.collect.faults import Fault
from benchmarking.collect.grid import FILL_IN_HEADER, Grid, Reading, letters, text_table
from benchmarking.settings import Limits

PLUGINS = Path(__file__).resolve().parents[3]
CHILDREN = 2
FILES_A_CHILD = 2_000
# The child stops itself by its processor time, which does not depend on who else uses the machine. The parent's clock
# is the second guard, against a child that sleeps.
PATIENCE = 10
START_SECONDS = 600


class Child:
    """One worker process; started at its first file, and again after many files or one that was its death."""

    def __init__(self, limits: Limits) -> None:
        self.limits = asdict(limits)
        self.seconds = limits.parse_seconds * PATIENCE
        self.process: subprocess.Popen[bytes] | None = None
        self.files = 0

    def ask(self, content: bytes) -> dict[str, Any]:
        """Have a workbook read; a child that dies or takes too long answers with a refusal."""
        head = json.dumps({"length": len(content), "limits": self.limits}).encode() + b"\n"
        try:
            process = self._running()
            assert process.stdin is not None
            process.stdin.write(head + content)
            process.stdin.flush()
            line = self._line(process, self.seconds)
        except (BrokenPipeError, TimeoutError):
            line = b""
        if not line.endswith(b"\n"):
            self.stop()
            return {"refusal": ["file.gave_up", ""]}
        return dict(json.loads(line))

    def _running(self) -> subprocess.Popen[bytes]:
        self.files += 1
        if self.files > FILES_A_CHILD:
            self.stop()
        if self.process is None or self.process.poll() is not None:
            path = os.pathsep.join(filter(None, [str(PLUGINS), os.environ.get("PYTHONPATH", "")]))
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarking.collect.readers.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
            self.files = 1
            self._line(self.process, START_SECONDS)
        return self.process

    def _line(self, process: subprocess.Popen[bytes], seconds: float) -> bytes:
        assert process.stdout is not None
        parts: list[bytes] = []
        ends = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not parts or not parts[-1].endswith(b"\n"):
                if not selector.select(max(0.0, ends - time.monotonic())):
                    raise TimeoutError
                part = os.read(process.stdout.fileno(), 1 << 20)
                if not part:
                    return b""
                parts.append(part)
        return b"".join(parts)

    def stop(self) -> None:
        """End the process, if it runs."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


@contextmanager
def children(limits: Limits, count: int = CHILDREN) -> Iterator[WorkbookReaders]:
    """Lend a few children for as long as a run lasts."""
    readers = WorkbookReaders(limits, count)
    try:
        yield readers
    finally:
        readers.stop()


class WorkbookReaders:
    """A pool of children that read workbooks side by side, in the order given."""

    def __init__(self, limits: Limits, count: int) -> None:
        self.free: Queue[Child] = Queue()
        self.all = [Child(limits) for _ in range(count)]
        for child in self.all:
            self.free.put(child)
        self.threads = ThreadPoolExecutor(count)

    def read(self, contents: Iterable[bytes]) -> list[Reading]:
        """Read workbooks; the readings come in the order of the contents."""
        return list(self.threads.map(self._one, contents))

    def _one(self, content: bytes) -> Reading:
        child = self.free.get()
        try:
            return reading_of(child.ask(content))
        finally:
            self.free.put(child)

    def stop(self) -> None:
        """End all children."""
        self.threads.shutdown()
        for child in self.all:
            child.stop()


def reading_of(answer: dict[str, Any]) -> Reading:
    """Turn a child's answer into grids: a fill-in form has one row, any other sheet its header and rows."""
    if "refusal" in answer:
        rule, seen = answer["refusal"]
        return Reading(refusal=Fault(rule, seen=seen))
    stamp = dict(answer["stamp"])
    grids = [grid for sheet in answer["sheets"] if (grid := _grid(sheet)) is not None]
    unseen = ", ".join(f"{name} (hidden)" for name in answer["unseen"])
    if not grids:
        return Reading(refusal=Fault("file.hidden", seen=unseen) if unseen else Fault("file.no_rows"), stamp=stamp)
    facts = {"not read": unseen} if unseen else {}
    if any(grid.is_fixed for grid in grids):
        facts["form"] = "fill-in"
    return Reading(grids=grids, stamp=stamp, facts=facts)


def _grid(sheet: dict[str, Any]) -> Grid | None:
    rows: list[tuple[int, list[str]]] = sheet["rows"]
    if not rows:
        return None
    for position, (_, cells) in enumerate(rows[:12]):
        if tuple(cell.strip().casefold() for cell in cells[:2]) == FILL_IN_HEADER:
            return _fill_in(sheet["name"], rows[position][1], rows[position + 1 :])
    return _table(sheet["name"], rows, set(sheet["hidden"]), sheet["hidden_columns"])


def _fill_in(name: str, header: list[str], rows: list[tuple[int, list[str]]]) -> Grid:
    """Read a form of one question a row: question, answer, and the question's name in the column "name"."""
    low = [cell.strip().casefold() for cell in header]
    name_at = low.index("name") if "name" in low else 0
    asked = [(line, row) for line, row in rows if (row[name_at : name_at + 1] or [""])[0].strip() or row[0].strip()]
    texts = [((row[name_at : name_at + 1] or [""])[0].strip() or row[0].strip()) for _, row in asked]
    answers: list[list[str | None]] = [[row[1] if len(row) > 1 else ""] for _, row in asked]
    places = [f"{name}!B{line}" for line, _ in asked]
    return Grid(texts, text_table(answers), [0], places, sheet=name, is_fixed=True)


def _table(name: str, rows: list[tuple[int, list[str]]], hidden: set[int], spans: list[tuple[int, int]]) -> Grid:
    start = next((n for n, (_, cells) in enumerate(rows) if sum(1 for cell in cells if cell) > 1), 0)
    header = rows[start][1]
    width = len(header)
    good, lines, faults = [], [], []
    for line, cells in rows[start + 1 :]:
        if line in hidden:
            faults.append(Fault("row.hidden", line))
        elif len(cells) > width:
            faults.append(Fault("row.beyond", line, "", f"{letters(len(cells))}{line}"))
        else:
            good.append(cells + [""] * (width - len(cells)))
            lines.append(line)
    columns: list[list[str | None]] = [list(column) for column in zip(*good, strict=True)] or [[] for _ in header]
    prefixes = [f"{name}!{letters(number)}" for number in range(1, width + 1)]
    for number, text in enumerate(header, start=1):
        if any(first <= number <= last for first, last in spans) and any(columns[number - 1]):
            faults.append(Fault("header.hidden", 0, text.strip() or f"column {letters(number)}"))
    return Grid(header, text_table(columns), lines, prefixes, sheet=name, faults=faults)
