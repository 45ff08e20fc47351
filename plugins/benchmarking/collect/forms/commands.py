"""`python -m benchmarking form`: write one form of a survey, for all agencies or for one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarking.catalog import Survey, load_programme
from benchmarking.collect.forms.codebook import codebook
from benchmarking.collect.forms.entries import Prefill
from benchmarking.collect.forms.last_year import last_year
from benchmarking.collect.forms.workbook import workbook
from benchmarking.collect.forms.xlsform import xlsform
from benchmarking.commands import add
from benchmarking.errors import SettingsError
from benchmarking.settings import load_settings
from benchmarking.warehouse import Warehouse

KINDS = ("xlsform", "workbook", "codebook")


def register(subparsers: Any) -> None:
    """Add the `form` command."""
    command = add(subparsers, "form")
    command.add_argument("--survey", required=True, metavar="NAME", help="survey of the programme")
    command.add_argument("--year", type=int, required=True, metavar="YYYY", help="survey year")
    command.add_argument("--agency", default="", metavar="ID", help="stamp the form with one agency")
    command.add_argument("--kind", choices=KINDS, required=True, help="what to write")
    command.add_argument(
        "--fill", action="store_true", help="put last year's answers into the answer cells, not only beside them"
    )
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write")
    command.set_defaults(call=_write_form)


def form_bytes(warehouse: Warehouse, survey: Survey, year: int, kind: str, agency_id: str, fill: bool) -> bytes:
    """Give one form as the bytes of its file: an XLSX workbook, or an HTML page for a codebook."""
    if kind == "xlsform":
        return xlsform(warehouse.programme, survey, year, agency_id)
    if kind == "codebook":
        return codebook(warehouse.programme, survey, year).encode("utf-8")
    before = last_year(warehouse, survey, year, agency_id) if agency_id else Prefill()
    return workbook(warehouse.programme, survey, year, agency_id, before, fill)


def _write_form(options: argparse.Namespace) -> dict[str, Any]:
    warehouse = Warehouse(load_settings(), load_programme(options.programme))
    survey = warehouse.programme.survey(options.survey)
    content = form_bytes(warehouse, survey, options.year, options.kind, options.agency, options.fill)
    _replace(options.out, content)
    return {"file": str(options.out), "bytes": len(content), "form_version": survey.form_version}


def _replace(path: Path, content: bytes) -> None:
    if not path.parent.is_dir():
        raise SettingsError("there is no such folder.", str(path.parent), "Make it, or name another file.")
    # A reader never meets half a form.
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
