"""What a query may say of others, what a confirmation settles, and what neither of them does."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from published_year import AGENCIES, RELEASE, publish_last_year
from raw_answers import Post, clean

from benchmarking.catalog import Programme
from benchmarking.settings import load_settings
from benchmarking.validate import validate
from benchmarking.validate.corrections import take_corrections
from benchmarking.validate.peers import read_published
from benchmarking.warehouse import Warehouse

YEAR = 2026
ASKED, ALSO_ASKED = AGENCIES[0], AGENCIES[1]
OVERSPENT = {"development_spend_gbp": "3900"}
BOTH = {"development_spend_gbp", "development_budget_gbp"}


@pytest.fixture(scope="session")
def two_asked(programme: Programme, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built year in which two agencies spent far more than their budget."""
    data = tmp_path_factory.mktemp("asked") / "data"
    warehouse = Warehouse(load_settings({"BENCHMARKING_DATA": str(data)}), programme)
    post = Post(warehouse)
    for number, agency in enumerate(AGENCIES):
        post.submit("frame", YEAR, agency, clean("frame"))
        post.submit("budget", YEAR - 1, agency, clean("budget", YEAR - 1, 1 + number / 20))
        answers = clean("budget", YEAR, 1 + number / 20) | (OVERSPENT if agency in (ASKED, ALSO_ASKED) else {})
        post.submit("budget", YEAR, agency, answers)
    post.deliver()
    validate(warehouse, YEAR)
    return data


@pytest.fixture
def store(two_asked: Path, warehouse: Warehouse) -> Warehouse:
    shutil.copytree(two_asked, warehouse.settings.data)
    return warehouse


def query_path(warehouse: Warehouse, agency: str, suffix: str = "csv") -> Path:
    return warehouse.folder("queries") / str(YEAR) / f"{agency}.{suffix}"


def queries(warehouse: Warehouse, agency: str) -> dict[str, dict[str, str]]:
    """Give an agency's open questions by name."""
    path = query_path(warehouse, agency)
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["question"]: row for row in csv.DictReader(lines)}


def peers(warehouse: Warehouse, question: str = "development_budget_gbp") -> tuple[str, str, str]:
    published = read_published(warehouse.connect(), warehouse.programme, YEAR, warehouse.folder("retracted"))
    shown = published.middle_half(question, ASKED)
    return shown.lower, shown.upper, shown.basis


def confirm(warehouse: Warehouse, folder: Path, agency: str, *names: str) -> None:
    """Confirm some questions in the agency's query file and take it in."""
    entry = json.loads(query_path(warehouse, agency, "json").read_text("utf-8"))
    for question in entry["questions"]:
        if question["question"] in names:
            question.update(answer="confirm", who="R. Office", why="It is right")
    returned = folder / "returned.json"
    returned.write_text(json.dumps(entry), "utf-8")
    assert take_corrections(warehouse, returned).confirmations == len(names)


def submit(warehouse: Warehouse, year: int, **answers: str) -> None:
    """Send a second version of one agency's answers and build the year anew."""
    post = Post(warehouse)
    post.submit("budget", year, ASKED, clean("budget", year) | answers, version=2)
    post.deliver()
    validate(warehouse, YEAR)


def test_the_middle_half_is_the_one_that_was_published_of_the_agencys_own_size(store):
    publish_last_year(store)
    validate(store, YEAR)
    row = queries(store, ASKED)["development_budget_gbp"]
    of_whom = "Development budget per marketer; Medium (50 to 249 staff); release 2025.1.0"
    assert (row["peers_lower"], row["peers_upper"], row["peers"]) == ("GBP 280", "GBP 950", of_whom)
    assert (row["your_answer"], row["last_year"]) == ("2400.00", "2400.00")


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        pytest.param({"groups": ["all"]}, ("GBP 310", "GBP 1,020"), id="own-group-hidden-so-all"),
        pytest.param({"reason": "few"}, ("", ""), id="hidden"),
        pytest.param({"holdings": AGENCIES[:9]}, ("GBP 280", "GBP 950"), id="eight-others"),
        pytest.param({"holdings": AGENCIES[:8]}, ("", ""), id="seven-others-and-the-agency-itself"),
        pytest.param({"holdings": AGENCIES[1:9]}, ("", ""), id="the-agencys-name-on-anothers-holding"),
        pytest.param({"holdings": ["one group"] * 14}, ("", ""), id="fourteen-agencies-of-one-group"),
        pytest.param({"year": YEAR}, ("", ""), id="not-last-years-release"),
    ],
)
def test_too_few_others_get_words_instead_of_a_middle_half(store, release, expected):
    publish_last_year(store, **release)
    *shown, why = peers(store)
    assert tuple(shown) == expected
    assert (why == "No middle half of enough others was published last year.") == (expected == ("", ""))


def test_figures_of_a_retracted_release_are_not_shown(store):
    publish_last_year(store)
    (store.folder("retracted") / RELEASE).mkdir()
    assert peers(store)[:2] == ("", "")


def test_an_answer_that_no_published_figure_is_made_of_has_words(store):
    publish_last_year(store)
    assert peers(store, "marketers_average_count") == ("", "", "No published figure is made of this answer alone.")


def test_two_files_of_one_agency_tell_nothing_of_what_others_answered_between_them(store):
    """The attack: keep the first file, wait for others' answers, take the difference to the second file.

    The rule that asks here is about the agency's own answers. One about outliers may ask today and not tomorrow.
    """
    publish_last_year(store)
    validate(store, YEAR)
    first = query_path(store, ASKED).read_bytes()
    post = Post(store)
    for number, agency in enumerate(AGENCIES[2:]):
        moved = clean("budget", YEAR, 1.4 + number / 10) | {"marketers_average_count": "6"}
        post.submit("budget", YEAR, agency, moved, version=2)
    post.deliver()
    validate(store, YEAR)
    assert store.connect().sql("SELECT count(*) FROM staging.verdict WHERE submission_id LIKE '%-2'").fetchone() == (
        12,
    )
    assert query_path(store, ASKED).read_bytes() == first


def test_two_agencies_that_compare_their_files_learn_what_is_published_and_no_more(store):
    publish_last_year(store)
    validate(store, YEAR)
    said = [queries(store, agency) for agency in (ASKED, ALSO_ASKED)]
    told = {row[name] for rows in said for row in rows.values() for name in ("peers_lower", "peers_upper")} - {""}
    assert told == {"GBP 280", "GBP 950"}
    answers = {value for agency, rows in zip((ASKED, ALSO_ASKED), said, strict=True) for value in own(store, agency)}
    kept = {"peers_lower", "peers_upper", "your_answer", "last_year"}
    numbers = {row[name] for rows in said for row in rows.values() for name in kept} - {""}
    assert numbers - told <= answers


def own(warehouse: Warehouse, agency: str) -> set[str]:
    """Give an agency's own answers of both years, as its file writes them."""
    rows = warehouse.connect().execute(
        "SELECT raw_text, value_number::VARCHAR, (value_minor * 0.01)::DECIMAL(18, 2)::VARCHAR FROM raw.answer "
        "WHERE agency_id = ?",
        [agency],
    )
    return {text for row in rows.fetchall() for text in row if text}


@pytest.fixture
def confirmed(two_asked: Path, warehouse: Warehouse, tmp_path: Path) -> Warehouse:
    """A copy of the built year for which one agency has confirmed both answers of a rule."""
    shutil.copytree(two_asked, warehouse.settings.data)
    confirm(warehouse, tmp_path, ASKED, *BOTH)
    return warehouse


def test_a_confirmed_answer_is_not_asked_again_but_the_rules_other_answer_is(store, tmp_path):
    assert set(queries(store, ASKED)) == BOTH
    confirm(store, tmp_path, ASKED, "development_spend_gbp")
    validate(store, YEAR)
    assert set(queries(store, ASKED)) == {"development_budget_gbp"}
    assert set(queries(store, ALSO_ASKED)) == BOTH


def test_a_new_value_asks_again_and_the_confirmed_one_beside_it_does_not(confirmed):
    submit(confirmed, YEAR, **OVERSPENT | {"development_spend_gbp": "4100"})
    assert {name: row["your_answer"] for name, row in queries(confirmed, ASKED).items()} == {
        "development_spend_gbp": "4100"
    }


def test_the_same_values_sent_again_stay_confirmed(confirmed):
    submit(confirmed, YEAR, **OVERSPENT)
    assert queries(confirmed, ASKED) == {}


def test_another_rule_on_a_confirmed_answer_still_asks(confirmed):
    submit(confirmed, YEAR - 1, development_budget_gbp="70000")
    assert {name: row["rules"] for name, row in queries(confirmed, ASKED).items()} == {
        "development_budget_gbp": "budget_development_budget_against_last_year"
    }


def test_an_outlier_that_also_breaks_a_rule_is_the_one_that_looks_wrong(store):
    """Pounds as pence: the budget is far from last year's and too high for the marketers; nothing else is doubted."""
    submit(store, YEAR, development_budget_gbp="240000.00")
    standing = {name: row["looks_wrong"] for name, row in queries(store, ASKED).items()}
    assert standing == {"development_budget_gbp": "yes", "marketers_average_count": "no"}
