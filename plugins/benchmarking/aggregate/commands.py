"""Command of estimation: unweighted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from benchmarking.catalog import load_programme
from benchmarking.commands import add
from benchmarking.settings import load_settings
from benchmarking.warehouse import Warehouse


def register(commands: Any) -> None:
    """Add the command to the parser's subcommands."""
    command = add(commands, "unweighted")
    command.add_argument("year", metavar="YEAR", type=int)
    command.set_defaults(call=_unweighted)


def _unweighted(options: Any) -> dict[str, Any]:
    from benchmarking.aggregate.unweighted import write_unweighted

    return asdict(write_unweighted(Warehouse(load_settings(), load_programme(options.programme)), options.year))
