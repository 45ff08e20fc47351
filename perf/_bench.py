"""Measure one piece of work in a process of its own, and print tables and the closing ratio line."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Cost:
    """What one run cost: wall and processor seconds, peak memory in megabytes, and what it printed last."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float
    printed: dict


def measure(script: Path, *arguments: str, environment: dict[str, str] | None = None) -> Cost:
    """Run `python script arguments` in a fresh process; its last line of output may be JSON.

    Raises:
        RuntimeError: the process failed; the message carries what it printed.
    """
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'plugins'}{os.pathsep}{ROOT}", **(environment or {})}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(script), *arguments], env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{script.name} {' '.join(arguments)} ended with {process.returncode}: {output[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, _last_json(output))


def own_peak_megabytes() -> float:
    """Give this process's peak memory so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under headings, columns aligned."""
    text = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(headings), *text]) for i in range(len(headings))]
    for line in [list(headings), ["-" * width for width in widths], *text]:
        print("  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip())


def ratio(name: str, ours: float, peer: float, aim: float) -> None:
    """Print the closing line; smaller is better."""
    print(f"RATIO {name} ours/peer = {ours / peer:.2f} aim {aim:.2f}")


def _cell(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _last_json(output: str) -> dict:
    lines = output.strip().splitlines()
    try:
        return json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError:
        return {}
