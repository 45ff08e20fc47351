"""The pages that senders read: right for every reader, no wider than a phone, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from benchmarking.collect import collect
from intake.season_rig import drop, open_season
from web.web_help import MODES, axe_violations, markup_faults, opened

HEAD = "agency_id,survey_year,budget_gbp,decider,motto\n"
LONG = "supercalifragilistic" * 9
FORMULAS = ("=1+1", "+1+1", "-1+x", "@SUM(1)", "x;=1+1", "x\n=1+1", "x\t=1+1", "=HYPERLINK(1)|@x")
FILES = {
    "good": f"{HEAD}A1,2026,5,we,\n",
    "odd": f"{HEAD}A1,2026,about 500,nobody knows,\n,2026,5,we,\n{HEAD}A2,2026,{LONG},{LONG},\n",
    "refused": "",
    "formulas": HEAD + "".join(f'F{number},2026,"{text}","{text}",\n' for number, text in enumerate(FORMULAS)),
}


@pytest.fixture(scope="module")
def receipts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = open_season(tmp_path_factory.mktemp("receipts") / "data")
    for minutes, (name, content) in enumerate(FILES.items()):
        drop(warehouse, f"{name}.csv", content, minutes)
    collect(warehouse)
    return warehouse.folder("receipts")


def page_of(receipts: Path, name: str, ending: str = "html") -> Path:
    (path,) = receipts.glob(f"*-{name}.csv.{ending}")
    return path


@pytest.mark.parametrize("delimiter", [pytest.param(mark, id=repr(mark)) for mark in (",", ";", "\t", "|")])
def test_no_cell_of_a_receipt_is_a_formula_however_it_is_cut(receipts, delimiter):
    with page_of(receipts, "formulas", "csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file, delimiter=delimiter) for cell in row]
    assert sum(text[:4] in cell for cell in cells for text in FORMULAS) >= len(FORMULAS)
    assert [cell for cell in cells if re.match(r"\s*[=+@-]", cell)] == []


def test_a_spreadsheet_is_told_the_encoding(receipts):
    assert page_of(receipts, "odd", "csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.slow
@pytest.mark.web
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FILES)
def test_the_page_is_accessible_and_fits(receipts, browser, node_modules, name, mode):
    with opened(browser, page_of(receipts, name).as_uri(), mode) as page:
        assert axe_violations(page, node_modules) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.slow
@pytest.mark.web
def test_the_pages_are_valid(receipts, node_modules):
    assert markup_faults([page_of(receipts, name) for name in FILES], node_modules) == []
