"""Every page type is accessible: axe-core, valid markup, the keyboard, narrow phones, no script."""

from __future__ import annotations

import pytest

from web.web_help import MODES, PAGE_TYPES, address, axe_violations, markup_faults, opened

pytestmark = [pytest.mark.slow, pytest.mark.web]
FAULTS = {
    "no-language": ('<html lang="en">', "<html>", "html-has-lang"),
    "faint-text": ("--soft: #475467", "--soft: #b9c2cf", "color-contrast"),
    "no-label": ('<label for="stand-figure" id="stand-unit">', "<label>", "label"),
    "nameless-select": ('<label for="stand-measure">', "<label>", "select-name"),
}
MARKUP_FAULTS = {
    "unclosed": ("</h1>", "", "close-order"),
    "doubled-id": ('id="stand-answer"', 'id="stand-figure"', "no-dup-id"),
    "style-attribute": ('<ul class="facts">', '<ul class="facts" style="color: red">', "no-inline-style"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_a_page_type_has_no_axe_violation(site, browser, node_modules, pictures, kind, mode):
    with opened(browser, address(site, PAGE_TYPES[kind]), mode) as page:
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        assert axe_violations(page, node_modules) == []
        page.screenshot(path=pictures / f"{kind}-{mode}.png", full_page=kind != "kiosk")


@pytest.mark.parametrize(("before", "after", "rule"), FAULTS.values(), ids=FAULTS)
def test_axe_finds_a_fault_put_in_on_purpose(site, browser, node_modules, tmp_path, before, after, rule):
    text = (site / "index.html").read_text("utf-8")
    assert before in text
    # The policy holds the style's hash, so a changed style would not apply under it.
    changed = text.replace(before, after).replace("Content-Security-Policy", "X-No-Policy")
    (tmp_path / "index.html").write_text(changed, "utf-8")
    with opened(browser, address(tmp_path, "index.html")) as page:
        assert any(found.startswith(f"{rule}:") for found in axe_violations(page, node_modules))


def test_every_page_is_valid_markup(site, node_modules):
    assert markup_faults(sorted(site.rglob("*.html")), node_modules) == []


@pytest.mark.parametrize(("before", "after", "rule"), MARKUP_FAULTS.values(), ids=MARKUP_FAULTS)
def test_the_validator_finds_a_fault_put_in_on_purpose(site, node_modules, tmp_path, before, after, rule):
    text = (site / "index.html").read_text("utf-8")
    assert before in text
    (tmp_path / "index.html").write_text(text.replace(before, after, 1), "utf-8")
    assert any(f" {rule}:" in fault for fault in markup_faults([tmp_path / "index.html"], node_modules))


REACHABLE = "a[href], button, input, select, summary, [tabindex='0']"
NOT_REACHED = """selector => [...document.querySelectorAll(selector)]
    .filter(node => node.checkVisibility() && !window.reached.has(node)).map(node => node.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("kind", ["front", "ratio-two-way", "survival-by-size", "quality", "embed", "kiosk"])
def test_the_keyboard_alone_reaches_everything_and_shows_where_it_is(site, browser, kind):
    with opened(browser, address(site, PAGE_TYPES[kind])) as page:
        page.evaluate("window.reached = new Set(); window.unmarked = []")
        for _ in range(page.locator(REACHABLE).count() + 2):
            page.keyboard.press("Tab")
            page.evaluate("""() => { const node = document.activeElement; window.reached.add(node);
                if (node !== document.body && getComputedStyle(node).outlineStyle === 'none')
                    window.unmarked.push(node.outerHTML.slice(0, 90)); }""")
        assert page.evaluate(NOT_REACHED, REACHABLE) == []
        assert page.evaluate("window.unmarked") == []


def test_a_link_taken_out_of_the_tab_order_is_noticed(site, browser):
    with opened(browser, address(site, "pages/cite.html")) as page:
        page.evaluate("window.reached = new Set(); document.querySelector('footer a').tabIndex = -1")
        for _ in range(page.locator(REACHABLE).count() + 2):
            page.keyboard.press("Tab")
            page.evaluate("window.reached.add(document.activeElement)")
        assert len(page.evaluate(NOT_REACHED, REACHABLE)) == 1


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_nothing_is_wider_than_the_narrowest_phone(site, browser, kind):
    with opened(browser, address(site, PAGE_TYPES[kind]), "phone", viewport={"width": 320, "height": 640}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("kind", ["front", "ratio-two-way", "survival-by-size", "investment"])
def test_on_a_phone_a_figure_stays_on_one_line(site, browser, kind):
    with opened(browser, address(site, PAGE_TYPES[kind]), "phone") as page:
        tall = page.evaluate("Math.max(...[...document.querySelectorAll('td.main')].map(td => td.offsetHeight))")
    assert 0 < tall < 45


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_without_script_every_table_and_drawing_is_there(site, browser, kind):
    name = PAGE_TYPES[kind].partition("?")[0]
    with opened(browser, address(site, name)) as page:
        wanted = page.evaluate(
            "[document.querySelectorAll('tbody tr').length, document.querySelectorAll('svg').length]"
        )
    with opened(browser, address(site, name), java_script_enabled=False) as page:
        rows, drawings = page.locator("tbody tr").count(), page.locator("svg").count()
        assert [rows, drawings] == wanted
        assert page.locator("#stand-form:visible").count() == 0


ASKEW = """() => [...document.querySelectorAll('table')]
    .filter(table => table.checkVisibility() && table.tHead && table.tHead.getBoundingClientRect().height > 4)
    .flatMap(table => {
        const heads = [...table.tHead.rows[0].cells];
        const row = [...table.tBodies[0].rows].find(one => one.cells.length === heads.length);
        return !row || getComputedStyle(row).display !== 'table-row' ? [] : heads.filter((head, i) =>
            Math.abs(head.getBoundingClientRect().right - row.cells[i].getBoundingClientRect().right) > 1)
            .map(head => head.innerText);
    })"""


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_a_table_s_heads_stand_above_their_columns(site, browser, kind):
    with opened(browser, address(site, PAGE_TYPES[kind])) as page:
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        assert page.evaluate(ASKEW) == []


def test_a_table_whose_columns_fall_apart_is_noticed(site, browser):
    with opened(browser, address(site, PAGE_TYPES["share"])) as page:
        page.evaluate("document.querySelector('table.strips').style.display = 'flex'")
        assert "Share" in page.evaluate(ASKEW)
