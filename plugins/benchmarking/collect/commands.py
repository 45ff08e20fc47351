"""Commands of collect beside the step itself."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarking.catalog import load_programme
from benchmarking.collect.erase import erase
from benchmarking.settings import ROOT, load_settings
from benchmarking.warehouse import Warehouse


def register(commands: Any) -> None:
    """Add `erase`."""
    text = "erase an agency's contact details and free text; its answers and every release stay"
    command = commands.add_parser("erase", help=text, description=text)
    command.add_argument(
        "--programme", type=Path, default=ROOT, metavar="DIR", help="folder with programme.yaml (default: this project)"
    )
    command.add_argument("--agency", required=True, metavar="ID", help="the agency's id as in its answers")
    command.set_defaults(call=_erase)


def _erase(options: argparse.Namespace) -> dict[str, Any]:
    return asdict(erase(Warehouse(load_settings(), load_programme(options.programme)), options.agency))
