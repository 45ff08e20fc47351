"""`python -m benchmarking STEP`: the same steps as the Dags run, without Airflow."""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarking import pipeline
from benchmarking.errors import BenchmarkingError
from benchmarking.settings import ROOT
from benchmarking.warehouse import Warehouse

COMMAND_MODULES = (
    "benchmarking.collect.commands",
    "benchmarking.collect.forms.commands",
    "benchmarking.validate.commands",
    "benchmarking.protect.commands",
    "benchmarking.publish.commands",
)
HELP = {
    "collect": "take in new files and answer each with a receipt",
    "validate": "check one year's answers; park what breaks a rule",
    "aggregate": "compute one year's figures with their intervals",
    "protect": "hide what could give a contributor away",
    "publish": "build, verify and promote a release",
    "run": "all steps in order",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code: 0 done, 1 refused with a sentence, 2 wrong usage."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    options = _parser().parse_args(arguments)
    try:
        result = options.call(options)
    except BenchmarkingError as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 1
    if result is not None:
        print(json.dumps(result, indent=2, default=str))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarking", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for step in (*pipeline.STEPS, "run"):
        _add_step(commands, step)
    _add_warehouse(commands)
    _add_reports(commands)
    for name in COMMAND_MODULES:
        importlib.import_module(name).register(commands)
    return parser


def add_programme(command: argparse.ArgumentParser) -> None:
    """Add the option that names the programme's folder; every command has it."""
    command.add_argument(
        "--programme", type=Path, default=ROOT, metavar="DIR", help="folder with programme.yaml (default: this project)"
    )


def _add_step(commands: Any, step: str) -> None:
    command = commands.add_parser(step, help=HELP[step], description=HELP[step])
    add_programme(command)
    command.add_argument("--year", type=int, metavar="YYYY", help="survey year (default: every year received)")
    if step == "collect":
        command.add_argument("--source", metavar="NAME", help="one source only (default: all)")
    if step in ("publish", "run"):
        command.add_argument("--approved-by", required=step == "publish", default="", metavar="NAME")
    command.set_defaults(call=lambda options: _run_step(step, options))


def _run_step(step: str, options: argparse.Namespace) -> Any:
    warehouse = pipeline.open_warehouse(options.programme)
    if step == "collect":
        return pipeline.collect(warehouse, options.source)
    by, how = getattr(options, "approved_by", ""), "--approved-by on the command line"
    years = [options.year] if options.year else None
    if step == "run":
        return pipeline.run(warehouse, years, by, how)
    found = years or pipeline.years_received(warehouse)
    if not found:
        folder = warehouse.settings.data / "inbox" / warehouse.programme.name
        raise BenchmarkingError("no submission was received yet.", warehouse.programme.name, f"Drop files in {folder}.")
    if step == "publish":
        return pipeline.publish(warehouse, found[-1], by, how)
    call: Callable[[Warehouse, int], Any] = getattr(pipeline, step)
    return {year: call(warehouse, year) for year in found}


def _add_warehouse(commands: Any) -> None:
    text = "write one read-only .duckdb file with all tables, for analysts"
    command = commands.add_parser("warehouse", help=text, description=text)
    add_programme(command)
    command.add_argument("file", type=Path, help="file to write; it must not exist")
    command.set_defaults(call=lambda options: _write_warehouse(options))


def _write_warehouse(options: argparse.Namespace) -> dict[str, Any]:
    return pipeline.open_warehouse(options.programme).export(options.file)


def _add_reports(commands: Any) -> None:
    text = "write each contributor's private report beside the year's release, as HTML and PDF"
    command = commands.add_parser("reports", help=text, description=text)
    add_programme(command)
    command.add_argument("--year", type=int, required=True, metavar="YYYY", help="survey year; it must be published")
    command.add_argument("--agency", metavar="ID", action="append", help="for one contributor (default: for everybody)")
    command.set_defaults(call=lambda options: _write_reports(options))


def _write_reports(options: argparse.Namespace) -> dict[str, Any]:
    return pipeline.agency_reports(pipeline.open_warehouse(options.programme), options.year, options.agency)


if __name__ == "__main__":
    sys.exit(main())
