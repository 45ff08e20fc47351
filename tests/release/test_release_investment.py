"""What investment buys: where a test finds nothing clear, the pages say so plainly, beside the curves."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from benchmarking.publish.site import write_site
from web.content_fixture import make_content

pytestmark = pytest.mark.slow
UNCLEAR = (
    "Tenure shows no clear difference between bands of development budget per marketer: log-rank test 5.35, p = 0.15."
)
CLEAR = "Attrition rate is associated with development budget per marketer: rank correlation -0.25, p = 0.0026."


@pytest.fixture(scope="module")
def site(tmp_path_factory, programme):
    folder = tmp_path_factory.mktemp("investment")
    content = make_content(programme)
    words = {"logrank": UNCLEAR, "spearman": CLEAR}
    said = [replace(one, sentence=words[one.kind]) for one in content.associations]
    assert sorted(one.kind for one in said) == sorted(words)
    write_site(replace(content, associations=said), folder)
    return folder


def words_of(path):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", path.read_text("utf-8"))).split())


def test_the_front_page_says_that_no_clear_difference_was_found(site):
    page = words_of(site / "index.html")
    assert UNCLEAR in page
    assert "What goes together need not be cause and effect." in page


def test_the_page_on_investment_says_what_each_test_found_and_claims_no_cause(site):
    page = words_of(site / "pages" / "what-investment-buys.html")
    assert UNCLEAR in page and CLEAR in page
    assert "they cannot say what causes what" in page
