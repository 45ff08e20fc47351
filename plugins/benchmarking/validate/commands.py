"""Commands of validation: generate the suites, list what agencies are asked, take in what they answer."""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarking.catalog import load_programme
from benchmarking.commands import add
from benchmarking.errors import BenchmarkingError
from benchmarking.settings import load_settings
from benchmarking.validate.corrections import history, take_corrections
from benchmarking.validate.suites import stale_suites, write_suites
from benchmarking.warehouse import Warehouse


def register(subparsers: Any) -> None:
    """Add validation's commands to the command line."""
    suites = _command(subparsers, "suites", _suites)
    suites.add_argument("--check", action="store_true", help="write nothing; fail when a committed suite is stale")
    queries = _command(subparsers, "queries", _queries)
    queries.add_argument("--year", type=int, required=True, metavar="YYYY")
    correct = _command(subparsers, "correct", _correct)
    correct.add_argument("file", type=Path, help="the returned CSV or JSON file")
    correct.add_argument("--who", default="", metavar="NAME", help="who answered, where the file does not say")
    corrections = _command(subparsers, "corrections", _history)
    corrections.add_argument("--year", type=int, metavar="YYYY")
    corrections.add_argument("--agency", default="", metavar="ID")


def _command(subparsers: Any, name: str, call: Any) -> argparse.ArgumentParser:
    command = add(subparsers, name)
    command.set_defaults(call=call)
    return command


def _open(options: argparse.Namespace) -> Warehouse:
    return Warehouse(load_settings(), load_programme(options.programme))


def _suites(options: argparse.Namespace) -> list[str]:
    programme = load_programme(options.programme)
    stale = stale_suites(programme)
    if options.check and stale:
        names = ", ".join(path.name for path in stale)
        cure = f"Run `python -m benchmarking suites --programme {programme.directory}` and commit the result."
        raise BenchmarkingError(f"stale: {names}.", programme.name, cure)
    return [str(path) for path in ([] if options.check else write_suites(programme))]


def _queries(options: argparse.Namespace) -> dict[str, Any]:
    folder = _open(options).folder("queries") / str(options.year)
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        found[path.stem] = {"questions": len(rows), **Counter(row["looks_wrong"] for row in rows), "file": str(path)}
    return {"year": options.year, "agencies": len(found), "open": found}


def _correct(options: argparse.Namespace) -> dict[str, Any]:
    return asdict(take_corrections(_open(options), options.file, options.who))


def _history(options: argparse.Namespace) -> list[dict[str, Any]]:
    return history(_open(options), options.year, options.agency)
