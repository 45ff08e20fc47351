"""After an agency was erased, a year is built again as before, and a release published before is made again."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

import release_content
from benchmarking.catalog import Programme
from benchmarking.collect import collect
from benchmarking.collect.erase import erase
from benchmarking.publish import Approval, publish
from benchmarking.publish.rebuild import rebuild
from benchmarking.publish.reports import open_edition
from benchmarking.settings import load_settings
from benchmarking.validate import validate
from benchmarking.validate.corrections import take_corrections
from benchmarking.warehouse import Warehouse
from intake.erase_rig import places_of
from release_content import APPROVED_AUDIT, YEAR
from sources.rigs import answers

AGENCY = "agency-01"
WORDS = {
    "contact": "ann.example@gone.example",
    "free text": "We were sorry about the fountain, as Ann said.",
    "free text in a numeric column": "Ann will tell you on Friday",
    "who corrected": "Ann Example of the fountain",
    "why": "I mistyped it after the garden party",
}
ACCEPTED = "SELECT * FROM staging.budget ORDER BY ALL"


def answer(warehouse: Warehouse, agency: str, **changes: str) -> None:
    """Drop one agency's budget answers."""
    given = {**answers(agency), "survey_year": str(YEAR), **changes}
    path = warehouse.folder("inbox") / "budget" / f"{agency}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(",".join(given) + "\n" + ",".join(f'"{text}"' for text in given.values()) + "\n")


def enter_frame(warehouse: Warehouse) -> None:
    """Drop the organiser's list of agencies."""
    path = warehouse.folder("inbox") / "frame" / "frame.csv"
    path.parent.mkdir(parents=True)
    rows = [f"{agency},{YEAR},micro,technology,london,independent" for agency in (AGENCY, "agency-02")]
    path.write_text("\n".join(["agency_id,survey_year,size_band,sector,region,ownership", *rows]) + "\n")


def correction(folder: Path) -> Path:
    """Write the query file as the agency sends it back."""
    wrong = WORDS["free text in a numeric column"]
    line = {
        "survey": "budget", "survey_year": str(YEAR), "agency_id": AGENCY, "roster_row": "0",
        "question": "development_budget_gbp", "your_answer": wrong, "answer": "correct", "new_answer": "12000",
        "who": WORDS["who corrected"], "why": WORDS["why"],
    }  # fmt: skip
    path = folder / "returned.json"
    path.write_text(json.dumps({"questions": [line]}))
    return path


def sums(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def before(programme: Programme, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year with a correction, validated and published."""
    folder = tmp_path_factory.mktemp("before")
    settings = load_settings(
        {"BENCHMARKING_DATA": str(folder / "data"), "BENCHMARKING_NOW": "2027-02-01T09:00:00+00:00"}
    )
    warehouse = Warehouse(settings, programme)
    wrong = {"development_budget_gbp": WORDS["free text in a numeric column"]}
    private = {"contact_email": WORDS["contact"], "remarks": WORDS["free text"]}
    answer(warehouse, AGENCY, **wrong, **private)
    answer(warehouse, "agency-02")
    enter_frame(warehouse)
    collect(warehouse)
    validate(warehouse, YEAR)
    take_corrections(warehouse, correction(folder))
    validate(warehouse, YEAR)
    release_content.store(warehouse, release_content.make_small_content())
    publish(warehouse, YEAR, Approval("Release test", settings.now(), "in a test"), APPROVED_AUDIT)
    report = warehouse.folder("reports") / "2026.1.0" / AGENCY / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text(WORDS["free text in a numeric column"])
    return settings.data


@pytest.fixture(scope="module")
def after(before: Path, programme: Programme, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    data = tmp_path_factory.mktemp("after") / "data"
    shutil.copytree(before, data, symlinks=True)
    settings = load_settings({"BENCHMARKING_DATA": str(data), "BENCHMARKING_NOW": "2027-02-01T09:00:00+00:00"})
    warehouse = Warehouse(settings, programme)
    erase(warehouse, AGENCY)
    return warehouse


@pytest.mark.slow
@pytest.mark.parametrize("where", WORDS)
def test_nothing_is_left_in_what_was_made_from_the_answers(before, after, where):
    assert len({place.split("/")[0] for place in places_of(before, WORDS[where])}) >= (2 if "text" in where else 1)
    assert places_of(after.settings.data, WORDS[where]) == []


@pytest.mark.slow
def test_published_releases_are_the_same_byte_for_byte_and_can_be_made_again(before, after):
    release = after.folder("releases") / "2026.1.0"
    was = before / "releases" / "recruitment_marketing" / "2026.1.0"
    assert {Path(p).name: s for p, s in sums(release).items()} == {Path(p).name: s for p, s in sums(was).items()}
    told = rebuild(after, release)
    assert (told.is_identical, told.files > 20) == (True, True)


@pytest.mark.slow
def test_private_reports_can_still_be_made(before, after, programme):
    then = Warehouse(load_settings({"BENCHMARKING_DATA": str(before)}), programme)
    assert open_edition(after, YEAR).agency_ids == open_edition(then, YEAR).agency_ids


@pytest.mark.slow
def test_the_year_built_again_is_the_same_corrections_included(before, after, programme):
    then = Warehouse(load_settings({"BENCHMARKING_DATA": str(before)}), programme)
    rows = then.connect().execute(ACCEPTED).fetchall()
    budgets = "SELECT agency_id, development_budget_gbp::INT FROM staging.budget ORDER BY 1"
    assert then.connect().execute(budgets).fetchall()[0] == (AGENCY, 12000)
    for _ in range(2):
        assert after.connect().execute(ACCEPTED).fetchall() == rows
        validate(after, YEAR)
    verdicts = "SELECT agency_id, verdict, is_current FROM staging.verdict ORDER BY ALL"
    assert after.connect().execute(verdicts).fetchall() == then.connect().execute(verdicts).fetchall()
    assert [place for text in WORDS.values() for place in places_of(after.settings.data, text)] == []
