"""What the pages say and do: the figures of the release, a band for one's own, downloads, kiosk, weight and speed."""

from __future__ import annotations

import html
import json
import re
import time
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest

from benchmarking.catalog import load_programme
from benchmarking.publish.site import write_site
from benchmarking.publish.site.metadata import feed
from web.content_fixture import FILES, make_content
from web.web_help import PAGE_TYPES, address, axe_violations, markup_faults, opened

pytestmark = [pytest.mark.slow, pytest.mark.web]
MOST_BYTES = 250_000
BUDGET_NAME = "development_budget_gbp_per_marketer"
BUDGET = "Development budget per marketer"


class Links(HTMLParser):
    """Collects what a page points to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [str(given[name]) for name in ("href", "src") if given.get(name)]
        if given.get("id"):
            self.names.add(str(given["id"]))


def links_of(path) -> Links:
    reader = Links()
    reader.feed(path.read_text("utf-8"))
    return reader


def texts_of(cell) -> list[str]:
    count = "" if cell.contributors is None else str(cell.contributors)
    return [cell.display, cell.lower_display, cell.upper_display, count]


def test_every_cell_stands_on_a_page_with_its_own_text(site, content):
    shown = {}
    for path in (site / "pages").glob("*.html"):
        for key, body in re.findall(r'<tr data-cell="([^"]*)">(.*?)</tr>', path.read_text("utf-8")):
            shown[key] = re.findall(r'<td class="num">([^<]*)</td>', body)
    wanted = {"|".join(map(str, cell.key)): texts_of(cell) for cell in content.cells}
    assert shown == wanted


def test_a_figure_on_a_page_is_some_cell_display(site, content):
    cells = [*content.cells, *content.earlier]
    known = {text for cell in cells for text in (cell.display, cell.lower_display, cell.upper_display)}
    known |= {text for c in content.changes for text in (c.display, c.lower_display, c.upper_display)}
    for path in site.rglob("*.html"):
        assert set(re.findall(r'<span class="n">([^<]*)</span>', path.read_text("utf-8"))) <= known


def test_a_headline_stands_beside_its_earlier_years_and_a_hidden_year_has_no_mark(site, content):
    text = (site / "pages/development-budget-gbp-per-marketer.html").read_text("utf-8")
    years = re.search(r'<table class="years">.*?<tbody>(.*?)</tbody>', text, flags=re.DOTALL)[1]
    rows = re.findall(r'<tr><th scope="row">(\d+)</th>(.*?)</tr>', years, flags=re.DOTALL)
    told = [(year, re.findall(r'class="(?:n|hid)"[^>]*>([^<]*)<', row)) for year, row in rows]
    cells = content.history(content.headlines[0])
    assert [year for year, _ in told] == ["2024", "2025", "2026"]
    assert told[0] == ("2024", ["[c]", "[c]"])
    assert [texts for _, texts in told[1:]] == [[c.display, c.lower_display, c.upper_display] for c in cells[1:]]
    assert ["<circle" in row for _, row in rows] == [False, True, True]


def test_a_hidden_row_has_no_mark_drawn(site, content):
    text = (site / "pages/development-budget-gbp-per-marketer--size-band-x-sector.html").read_text("utf-8")
    rows = re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", text, flags=re.DOTALL)
    hidden = [row for row in rows if "<em>Not shown" in row]
    assert hidden and not [row for row in hidden if "<circle" in row or "<rect" in row]


def test_every_link_leads_somewhere(site):
    for path in site.rglob("*.html"):
        reader = links_of(path)
        for link in reader.found:
            if link.startswith("data:"):
                continue
            assert "://" not in link, f"{path.name} points outside: {link}"
            name, _, part = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            assert target.is_file(), f"{path.name}: {link}"
            if part:
                assert part in links_of(target).names, f"{path.name}: {link}"


@pytest.mark.parametrize("kind", [kind for kind in PAGE_TYPES if kind != "kiosk"])
def test_the_notice_stands_on_every_page_type(site, browser, content, kind):
    with opened(browser, address(site, PAGE_TYPES[kind])) as page:
        assert page.locator(".notice").inner_text() == content.programme.notice


@pytest.fixture(scope="module")
def other_site(root, tmp_path_factory):
    """The site of the second programme: real filings, one year, three measures, no people, no investment."""
    folder = tmp_path_factory.mktemp("other")
    write_site(make_content(load_programme(root / "examples" / "gender_pay_gap")), folder)
    return folder


def test_a_second_programme_has_its_attribution_and_no_made_up_notice(root, other_site, content):
    other = load_programme(root / "examples" / "gender_pay_gap")
    for path in other_site.rglob("*.html"):
        text = html.unescape(path.read_text("utf-8"))
        assert other.attribution in text and content.programme.notice not in text, path.name
    assert not (other_site / "pages" / "what-investment-buys.html").exists()


def test_a_second_programme_is_as_accessible(other_site, browser, node_modules):
    assert markup_faults(sorted(other_site.rglob("*.html")), node_modules) == []
    for name in ("index.html", "pages/gap-direction--size-band.html", "pages/hidden.html"):
        with opened(browser, address(other_site, name)) as page:
            assert axe_violations(page, node_modules) == []


BANDS = {
    "below": ("1", "fewer than 10 in 100"),
    "above": ("99,999", "more than 90 in 100"),
    "between": ("{between}", "between 25 and 50 in 100"),
    "at-the-median": ("{median}", "about 50 in 100"),
    "not-a-number": ("much", "Please type a number"),
    "pound-sign": ("£ 1", "fewer than 10 in 100"),
    "currency-code": ("GBP 1", "fewer than 10 in 100"),
    "words-are-no-figure": ("10 thousand", "Please type a number"),
}


@pytest.mark.parametrize(("typed", "said"), BANDS.values(), ids=BANDS)
def test_ones_own_figure_gives_a_band_only(site, browser, content, typed, said):
    everybody = [c for c in content.cells if c.peer_group == "all" and c.measure == BUDGET_NAME]
    values = {cell.statistic: cell.value for cell in everybody}
    figure = typed.format(between=(values["p25"] + values["p50"]) / 2, median=values["p50"])
    with opened(browser, address(site, "index.html")) as page:
        page.select_option("#stand-measure", label=BUDGET)
        page.fill("#stand-figure", figure)
        assert said in page.locator("#stand-answer").inner_text()


def test_the_comparison_follows_measure_and_group(site, browser):
    with opened(browser, address(site, "index.html")) as page:
        page.select_option("#stand-measure", label="Attrition rate")
        assert "in %" in page.locator("#stand-unit").inner_text()
        page.select_option("#stand-peer", label="Micro (1 to 9 staff)")
        page.fill("#stand-figure", "31")
        assert page.locator("#stand-answer").inner_text().startswith("Micro (1 to 9 staff): ")
        assert page.locator("#stand-strip .you").count() == 1


def test_the_comparison_holds_published_quantiles_and_nothing_else(site, content):
    text = (site / "index.html").read_text("utf-8")
    data = json.loads(re.search(r'id="stand-data">(.*?)</script>', text, flags=re.DOTALL)[1])
    used = {(q[1], q[2]) for item in data for group in item["groups"] for q in group["q"]}
    assert used <= {(cell.value, cell.display) for cell in content.cells if cell.value is not None}


def test_downloads_arrive(site, served, browser, tmp_path):
    with opened(browser, f"{served}/index.html") as page:
        names = page.evaluate("[...document.querySelectorAll('a[download]')].map(a => a.getAttribute('href'))")
    assert {name for name, _ in FILES} <= set(names) and "charts/headline-1.png" in names
    for name in names:
        # A page of its own for each: a browser asks its user before one page gives it several files.
        with opened(browser, f"{served}/index.html", accept_downloads=True) as page:
            with page.expect_download() as waiting:
                page.locator(f"a[download][href='{name}']").click()
            waiting.value.save_as(tmp_path / "got")
        assert (tmp_path / "got").read_bytes() == (site / name).read_bytes(), name


def test_the_kiosk_shows_one_headline_at_a_time_and_can_be_stopped(site, browser, content):
    with opened(browser, address(site, "index.html?display=kiosk")) as page:
        slides = page.locator(".slide:visible")
        assert slides.count() == 1 and content.headlines[0].sentence in slides.inner_text()
        page.click("#kiosk-pause")
        assert page.locator("#kiosk-pause").inner_text() == "Play"
        page.keyboard.press("ArrowRight")
        assert content.headlines[1].sentence in page.locator(".slide:visible").inner_text().replace("\n", " ")
        assert page.locator("#figures:visible").count() == 0


def test_the_snippet_bears_this_release_own_address(site, browser):
    with opened(browser, address(site, "pages/embed.html")) as page:
        snippet = page.locator("code").first.inner_text()
    assert f'src="{address(site, "pages/embed-1.html")}"' in snippet


def test_a_page_is_light_and_ready_in_a_second(site, browser):
    heavy = {path.name: path.stat().st_size for path in site.rglob("*.html") if path.stat().st_size >= MOST_BYTES}
    assert heavy == {}
    with opened(browser, address(site, "pages/cite.html")) as page:
        started = time.monotonic()
        page.goto(address(site, "index.html"))
        page.fill("#stand-figure", "350")
        assert "in 100" in page.locator("#stand-answer").inner_text()
        timing = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
        assert timing < 1000, f"{timing:.0f} ms until ready; {time.monotonic() - started:.2f} s in all"


def test_the_feed_is_atom_with_lasting_identifiers(content):
    atom = {"a": "http://www.w3.org/2005/Atom"}
    first, again = ElementTree.fromstring(feed(content)), ElementTree.fromstring(feed(content))
    entry = first.find("a:entry", atom)
    assert entry.find("a:id", atom).text == again.find("a:entry/a:id", atom).text
    assert entry.find("a:id", atom).text.startswith("urn:uuid:")
    assert first.find("a:updated", atom).text == "2026-11-02T09:30:00Z"
    assert content.headlines[0].sentence in entry.find("a:content", atom).text
    assert content.programme.notice in entry.find("a:content", atom).text


def test_search_engines_read_a_dataset(site, content):
    text = (site / "index.html").read_text("utf-8")
    said = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text, flags=re.DOTALL)[1])
    assert said["@type"] == "Dataset" and said["version"] == content.version
    assert {item["contentUrl"] for item in said["distribution"]} <= {name for name, _ in FILES}


def test_the_same_content_gives_the_same_bytes(site, content, tmp_path):
    for path in write_site(content, tmp_path):
        assert path.read_bytes() == (site / path.relative_to(tmp_path)).read_bytes(), path.name
