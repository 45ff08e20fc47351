"""The codebook page: valid, right for every reader, and no wider than a phone."""

from pathlib import Path

import pytest

from benchmarking.collect.forms.codebook import codebook
from web.web_help import MODES, axe_violations, markup_faults, opened

pytestmark = [pytest.mark.slow, pytest.mark.web]
SURVEYS = ("budget", "attrition", "frame")


@pytest.fixture(scope="module")
def pages(programme, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("codebooks")
    found = {name: folder / f"{name}.html" for name in SURVEYS}
    for name, path in found.items():
        path.write_text(codebook(programme, programme.survey(name), 2026), encoding="utf-8")
    return found


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("survey", SURVEYS)
def test_the_page_is_accessible_and_fits(pages, browser, node_modules, survey, mode):
    with opened(browser, pages[survey].as_uri(), mode) as page:
        assert axe_violations(page, node_modules) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_pages_are_valid(pages, node_modules):
    assert markup_faults(list(pages.values()), node_modules) == []
