"""Every command of `python -m benchmarking` in a line, and the module that knows its options.

Listing the commands imports none of those modules: what a step needs takes seconds to load.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarking.settings import ROOT

STEPS = {
    "collect": "take in new files and answer each with a receipt",
    "validate": "check one year's answers; park what breaks a rule",
    "aggregate": "compute one year's figures with their intervals",
    "protect": "hide what could give a contributor away",
    "publish": "build, verify and promote a release",
    "run": "all steps in order",
}
TABLES = {
    "warehouse": "write one read-only .duckdb file with all tables, for analysts",
    "reports": "write each contributor's private report beside the year's release, as HTML and PDF",
}
MODULES = {
    "benchmarking.collect.commands": {
        "erase": "erase an agency's contact details and free text; its answers and every release stay",
    },
    "benchmarking.collect.forms.commands": {
        "form": "write a survey's form: XLSForm, fill-in workbook or codebook page",
    },
    "benchmarking.validate.commands": {
        "suites": "generate the Great Expectations suites from questionnaires and rules",
        "queries": "list the open questions to each agency, and where their files are",
        "correct": "take in a query file that an agency has answered",
        "corrections": "show all corrections: what, who, why, when",
    },
    "benchmarking.aggregate.commands": {
        "unweighted": "write every figure of a year with and without weights, for the organiser alone",
    },
    "benchmarking.protect.commands": {
        "audit": "repeat the disclosure audit of a release from the ledger",
        "record": "enter in the ledger a release whose publishing was interrupted",
        "certificate": "what anyone could infer about one contributor's figures",
        "coverage": "which figures are publishable today, and what the others need",
    },
    "benchmarking.publish.commands": {
        "rebuild": "make a release again from what it recorded, and compare every byte",
        "verify": "check a release's checksums, and its signature if a key is given",
        "retract": "put a tombstone in place of a release",
    },
}
TEXTS = {**STEPS, **TABLES, **{name: text for module in MODULES.values() for name, text in module.items()}}


def add(commands: Any, name: str) -> argparse.ArgumentParser:
    """Add a command to the parser's subcommands, with the option that names the programme's folder."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=TEXTS[name], description=TEXTS[name])
    command.add_argument(
        "--programme", type=Path, default=ROOT, metavar="DIR", help="folder with programme.yaml (default: this project)"
    )
    return command
