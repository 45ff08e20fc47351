"""Commands of disclosure control: audit, record, certificate, coverage."""

from __future__ import annotations

import argparse
from typing import Any

from benchmarking.catalog import load_programme
from benchmarking.commands import add
from benchmarking.settings import load_settings
from benchmarking.warehouse import Warehouse


def register(commands: Any) -> None:
    """Add the commands to the parser's subcommands."""
    _add(commands, "audit", "release", _audit)
    _add(commands, "record", "release", _record)
    _add(commands, "certificate", "agency_id", _certificate)
    _add(commands, "coverage", "year", _coverage)


def _add(commands: Any, name: str, argument: str, call: Any) -> None:
    command = add(commands, name)
    command.add_argument(argument, metavar=argument.upper(), type=int if argument == "year" else str)
    command.set_defaults(call=lambda options: call(_open(options), getattr(options, argument)))


def _open(options: argparse.Namespace) -> Warehouse:
    return Warehouse(load_settings(), load_programme(options.programme))


def _audit(warehouse: Warehouse, release: str) -> dict[str, Any]:
    from benchmarking.protect.audit import audit_release

    return audit_release(warehouse, release)


def _record(warehouse: Warehouse, release: str) -> dict[str, Any]:
    from benchmarking.protect.audit import record_release

    return {"release": release, "figures_entered": record_release(warehouse, release)}


def _certificate(warehouse: Warehouse, agency_id: str) -> list[dict[str, Any]]:
    from benchmarking.protect.certificate import certificate

    return certificate(warehouse, agency_id)


def _coverage(warehouse: Warehouse, year: int) -> list[dict[str, Any]]:
    from benchmarking.protect.coverage import coverage

    return coverage(warehouse, year)
