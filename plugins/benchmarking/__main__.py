"""`python -m benchmarking STEP`: the same steps as the Dags run, without Airflow."""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarking.commands import MODULES, STEPS, TEXTS, add
from benchmarking.errors import BenchmarkingError

if TYPE_CHECKING:
    from benchmarking.warehouse import Warehouse


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code: 0 done, 1 refused with a sentence, 2 wrong usage."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given[0] if given else "").parse_args(given)
    try:
        result = options.call(options)
    except BenchmarkingError as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 1
    if result is not None:
        print(json.dumps(result, indent=2, default=str))
    return 0


def _parser(wanted: str) -> argparse.ArgumentParser:
    """Give the parser of all commands, of which only the wanted one's module is imported for its options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarking", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for step in STEPS:
        _add_step(commands, step)
    _add_warehouse(commands)
    _add_reports(commands)
    for module, names in MODULES.items():
        if wanted in names:
            importlib.import_module(module).register(commands)
        else:
            for name in names:
                commands.add_parser(name, help=TEXTS[name])
    return parser


def _add_step(commands: Any, step: str) -> None:
    command = add(commands, step)
    if step == "collect":
        command.add_argument("--source", metavar="NAME", help="one source only (default: all)")
    else:
        every = "the newest received" if step == "run" else "every year received"
        command.add_argument("--year", type=int, metavar="YYYY", help=f"survey year (default: {every})")
    if step in ("publish", "run"):
        command.add_argument("--approved-by", required=step == "publish", default="", metavar="NAME")
    command.set_defaults(call=lambda options: _run_step(step, options))


def _run_step(step: str, options: argparse.Namespace) -> Any:
    from benchmarking import pipeline

    warehouse = pipeline.open_warehouse(options.programme)
    if step == "collect":
        return pipeline.collect(warehouse, options.source)
    years = [options.year] if options.year else None
    by, how = getattr(options, "approved_by", ""), "--approved-by on the command line"
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
    command = add(commands, "warehouse")
    command.add_argument("file", type=Path, help="file to write; it must not exist")
    command.set_defaults(call=lambda options: _write_warehouse(options))


def _write_warehouse(options: argparse.Namespace) -> dict[str, Any]:
    from benchmarking import pipeline

    return pipeline.open_warehouse(options.programme).export(options.file)


def _add_reports(commands: Any) -> None:
    command = add(commands, "reports")
    command.add_argument("--year", type=int, required=True, metavar="YYYY", help="survey year; it must be published")
    command.add_argument("--agency", metavar="ID", action="append", help="for one contributor (default: for everybody)")
    command.set_defaults(call=lambda options: _write_reports(options))


def _write_reports(options: argparse.Namespace) -> dict[str, Any]:
    from benchmarking import pipeline

    return pipeline.agency_reports(pipeline.open_warehouse(options.programme), options.year, options.agency)


if __name__ == "__main__":
    sys.exit(main())
