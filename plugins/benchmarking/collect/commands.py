"""Commands of collect beside the step itself."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from benchmarking.catalog import load_programme
from benchmarking.collect.erase import erase
from benchmarking.commands import add
from benchmarking.settings import load_settings
from benchmarking.warehouse import Warehouse


def register(commands: Any) -> None:
    """Add `erase`."""
    command = add(commands, "erase")
    command.add_argument("--agency", required=True, metavar="ID", help="the agency's id as in its answers")
    command.set_defaults(call=_erase)


def _erase(options: argparse.Namespace) -> dict[str, Any]:
    return asdict(erase(Warehouse(load_settings(), load_programme(options.programme)), options.agency))
