"""Commands of validation: generate the suites."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarking.catalog import load_programme
from benchmarking.settings import ROOT
from benchmarking.validate.suites import write_suites


def register(subparsers: Any) -> None:
    """Add validation's commands to the command line."""
    text = "generate the Great Expectations suites from questionnaires and rules"
    command = subparsers.add_parser("suites", help=text, description=text)
    _add_programme(command)
    command.set_defaults(call=lambda options: [str(path) for path in write_suites(load_programme(options.programme))])


def _add_programme(command: argparse.ArgumentParser) -> None:
    command.add_argument("--programme", type=Path, default=ROOT, metavar="DIR", help="folder with programme.yaml")
