"""Commands on releases: rebuild, verify, retract, preview."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarking.catalog import load_programme
from benchmarking.commands import add
from benchmarking.errors import BenchmarkingError
from benchmarking.settings import load_settings
from benchmarking.warehouse import Warehouse


def register(commands: Any) -> None:
    """Add the commands to `python -m benchmarking`."""
    rebuild = _add(commands, "rebuild", _rebuild)
    rebuild.add_argument("release", help="its version, such as 2026.1.0, or its folder")
    verify = _add(commands, "verify", _verify)
    verify.add_argument("release", help="its version, such as 2026.1.0, or its folder")
    verify.add_argument("--public-key", type=Path, metavar="PEM", help="the publisher's Ed25519 public key")
    retract = _add(commands, "retract", _retract)
    retract.add_argument("version", help="such as 2026.1.0")
    retract.add_argument("--by", required=True, metavar="NAME", help="who retracts it")
    retract.add_argument("--why", required=True, metavar="TEXT", help="why; readers are shown it")


def _add(commands: Any, name: str, call: Callable[[argparse.Namespace], Any]) -> argparse.ArgumentParser:
    command = add(commands, name)
    command.set_defaults(call=call)
    return command


def _warehouse(options: argparse.Namespace) -> Warehouse:
    return Warehouse(load_settings(), load_programme(options.programme))


def _folder(options: argparse.Namespace) -> Path:
    """Give a release's folder, which may be a download that belongs to no programme here."""
    named = Path(options.release)
    folder = named.resolve() if named.is_dir() else _warehouse(options).folder("releases") / options.release
    if not folder.is_dir():
        raise BenchmarkingError("there is no such release.", str(folder), "Name a version or a release's folder.")
    return folder


def _rebuild(options: argparse.Namespace) -> dict[str, Any]:
    from benchmarking.publish.rebuild import rebuild

    return asdict(rebuild(_warehouse(options), _folder(options)))


def _verify(options: argparse.Namespace) -> dict[str, Any]:
    from benchmarking.publish.promote import check_sums
    from benchmarking.publish.signing import check_signature

    folder = _folder(options)
    files = check_sums(folder)
    if options.public_key:
        check_signature(folder, options.public_key)
    return {"release": str(folder), "files": files, "is_signed": bool(options.public_key)}


def _retract(options: argparse.Namespace) -> dict[str, Any]:
    from benchmarking.publish.retract import retract

    return {"tombstone": str(retract(_warehouse(options), options.version, options.by, options.why))}
