"""The page of a validation run: one with everything on it, and one with nothing to do, for every reader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from published_year import AGENCIES, YEAR, publish_last_year
from raw_answers import CLEAN_ROSTER, Post, clean

from benchmarking.catalog import Programme
from benchmarking.settings import load_settings
from benchmarking.validate import validate
from benchmarking.validate.corrections import take_corrections
from benchmarking.warehouse import Warehouse
from web.web_help import MODES, axe_violations, markup_faults, opened

pytestmark = [pytest.mark.slow, pytest.mark.web]
PAGES = ("busy", "quiet")
ROSTER = [{**CLEAN_ROSTER[0], "left_date": "2021-01-09", "leaving_kind": "other"}, *CLEAN_ROSTER[1:]]


@pytest.fixture(scope="session")
def pages(programme: Programme, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of a year with every kind of trouble, and of one with none."""
    return {name: _page(programme, tmp_path_factory.mktemp(name), name == "busy") for name in PAGES}


def _page(programme: Programme, folder: Path, is_busy: bool) -> Path:
    settings = {"BENCHMARKING_DATA": str(folder / "data"), "BENCHMARKING_NOW": "2027-02-01T09:00:00+00:00"}
    warehouse = Warehouse(load_settings(settings), programme)
    post = Post(warehouse)
    for number, agency in enumerate(AGENCIES):
        post.submit("frame", YEAR, agency, clean("frame"))
        post.submit("budget", YEAR - 1, agency, clean("budget", YEAR - 1, 1 + number / 20))
        post.submit("budget", YEAR, agency, clean("budget", YEAR, 1 + number / 20))
    if is_busy:
        publish_last_year(warehouse)
        _trouble(post)
    post.deliver()
    validate(warehouse, YEAR)
    if is_busy:
        _correct(warehouse, folder / "returned.json")
    return warehouse.folder("validation") / str(YEAR) / "latest.html"


def _trouble(post: Post) -> None:
    """Submit what is parked, surprising, turned away, overtaken, or cannot be asked about."""
    wrong = {"marketers_average_count": "500", "development_budget_gbp": "error:about five hundred each, maybe more"}
    post.submit("budget", YEAR, AGENCIES[0], clean("budget") | wrong, version=2)
    post.submit("budget", YEAR, AGENCIES[1], clean("budget") | {"development_spend_gbp": "4999"}, version=2)
    post.submit("budget", YEAR, AGENCIES[2], clean("budget") | {"all_staff_count": "4"}, version=2)
    post.submit("budget", YEAR, AGENCIES[2], clean("budget", YEAR, 1.1), version=3)
    post.submit("attrition", YEAR, AGENCIES[3], clean("attrition"), ROSTER)
    post.submit("budget", YEAR, AGENCIES[4], clean("budget"), version=2, verdict="duplicate")
    post.submit("budget", YEAR, AGENCIES[5], clean("budget"), version=2, verdict="rejected")
    post.submit("budget", YEAR, "stranger", clean("budget"), verdict="parked")
    post.submissions[-1]["rule_id"] = "header.unknown"
    post.submit("budget", YEAR, AGENCIES[6], clean("budget") | {"period_months": "9"}, version=2)
    post.submit("budget", YEAR, AGENCIES[7], clean("budget") | {"marketers_average_count": "1.5"}, version=2)


def _correct(warehouse: Warehouse, returned: Path) -> None:
    entry = json.loads((warehouse.folder("queries") / str(YEAR) / f"{AGENCIES[7]}.json").read_text("utf-8"))
    for question in entry["questions"]:
        question.update(answer="confirm", who="R. Office", why="Most of them came in spring")
    returned.write_text(json.dumps(entry), "utf-8")
    take_corrections(warehouse, returned)
    validate(warehouse, YEAR)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_has_no_axe_violation(pages, browser, node_modules, pictures, name, mode):
    with opened(browser, pages[name].as_uri(), mode) as page:
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        assert axe_violations(page, node_modules) == []
        page.screenshot(path=pictures / f"validation-{name}-{mode}.png", full_page=True)


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_valid_markup(pages, node_modules, tmp_path, name):
    copy = tmp_path / f"{name}.html"
    copy.write_bytes(pages[name].read_bytes())
    assert markup_faults([copy], node_modules) == []


@pytest.mark.parametrize("width", [320, 390, 720, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_screen(pages, browser, name, width):
    with opened(browser, pages[name].as_uri(), viewport={"width": width, "height": 800}) as page:
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
def test_the_page_asks_for_nothing_but_itself(pages, browser, name):
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages[name].as_uri())
    context.close()
    assert asked == [pages[name].as_uri()]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        pytest.param("What to do", ["Send 3 query files", "Take in what comes back", "Ask for 1 submission"], id="do"),
        pytest.param(
            "Parked until",
            ["agency-00", "about five hundred", "looks wrong", "fits", "agency-03", "row 1"],
            id="parked",
        ),
        pytest.param("no query can mend it", ["stranger", "header.unknown"], id="stuck"),
        pytest.param("Surprising", ["agency-01", "4999", "GBP 280 to GBP 950", "release 2025.1.0"], id="surprising"),
        pytest.param("Nothing to do about", ["duplicate", "rejected", "parked, sent again"], id="nothing-to-do"),
        pytest.param("Rules that found", ["budget_period_is_a_year", "note", "found nothing"], id="rules"),
        pytest.param("Corrections", ["R. Office", "confirmed", "Most of them came in spring"], id="corrections"),
    ],
)
def test_a_reader_finds_what_came_what_is_parked_and_what_to_do(pages, browser, heading, expected):
    with opened(browser, pages["busy"].as_uri()) as page:
        section = page.locator("section", has=page.locator("h2", has_text=heading)).text_content() or ""
    assert [words for words in expected if words not in section] == []


def test_only_what_is_accepted_is_called_surprising(pages, browser):
    with opened(browser, pages["busy"].as_uri()) as page:
        section = page.locator("section", has=page.locator("h2", has_text="Surprising"))
        assert section.locator("tbody th").all_inner_texts() == ["agency-01 budget"] * 2


def test_with_nothing_parked_the_page_says_so(pages, browser):
    with opened(browser, pages["quiet"].as_uri()) as page:
        assert page.locator("h1").inner_text() == "Validation of 2026: nothing is parked"
        assert "Everything that came in is accepted" in page.locator(".steps").inner_text()
        assert page.locator("article").count() == 0
