"""Commands of disclosure control: audit, record, certificate, coverage."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarking.catalog import load_programme
from benchmarking.settings import ROOT, load_settings
from benchmarking.warehouse import Warehouse


def register(commands: Any) -> None:
    """Add the commands to the parser's subcommands."""
    _add(commands, "audit", "repeat the disclosure audit of a release from the ledger", "release", _audit)
    _add(
        commands,
        "record",
        "enter in the ledger a release whose publishing was interrupted",
        "release",
        _record,
    )
    _add(commands, "certificate", "what anyone could infer about one contributor's figures", "agency_id", _certificate)
    _add(commands, "coverage", "which figures are publishable today, and what the others need", "year", _coverage)


def _add(commands: Any, name: str, text: str, argument: str, call: Any) -> None:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    command.add_argument(argument, metavar=argument.upper(), type=int if argument == "year" else str)
    command.add_argument(
        "--programme", type=Path, default=ROOT, metavar="DIR", help="folder with programme.yaml (default: this project)"
    )
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
