"""A headline beside its earlier years: only what their releases showed, and the same again on a rebuild."""

from __future__ import annotations

import json
from dataclasses import replace

import pyarrow as pa
import pytest
from pptx import Presentation

import release_content
from benchmarking.publish import publish
from benchmarking.publish.history import earlier_versions, with_history
from benchmarking.publish.rebuild import rebuild
from benchmarking.publish.release import plan
from benchmarking.publish.retract import retract
from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse
from release_content import APPROVED_AUDIT, YEAR

PUBLISHED = ("cell", "change", "curve", "association", "headline")


def store_year(warehouse, content, year: int, display: str = "", status: str = "") -> None:
    """Store the content under another year, its headline's figure replaced or hidden."""
    key = next(cell for cell in content.cells if not cell.is_hidden).key
    for name in PUBLISHED:
        field = {"cell": "cells", "change": "changes", "curve": "curves", "association": "associations"}
        rows = [replace(row, survey_year=year) for row in getattr(content, field.get(name, "headlines"))]
        if name == "cell":
            rows = [_shown_as(row, display, status) if row.key[1:] == key[1:] else row for row in rows]
        declared = TABLES[f"published.{name}"]
        columns = {column: [getattr(row, column) for row in rows] for column in declared.columns}
        warehouse.replace_year(f"published.{name}", year, pa.table(columns, schema=declared.schema))


def _shown_as(cell, display: str, status: str):
    if status:
        hidden = dict.fromkeys(("value", "lower", "upper", "contributors", "people"))
        return replace(cell, status=status, display=status, lower_display=status, upper_display=status, **hidden)
    return replace(cell, display=display)


@pytest.fixture
def two_years(warehouse, content, approval):
    store_year(warehouse, content, YEAR - 1, display="£444")
    publish(warehouse, YEAR - 1, approval, APPROVED_AUDIT)
    release_content.store(warehouse, content)
    return warehouse


def told(releases, version: str) -> list[tuple[int, str]]:
    headlines = json.loads((releases / version / "api" / "headlines.json").read_text())["headlines"]
    return [(year["survey_year"], year["display"]) for year in headlines[0]["years"]]


def test_a_headline_carries_what_the_earlier_year_s_release_showed(two_years, content, approval, releases):
    publish(two_years, YEAR, approval, APPROVED_AUDIT)
    now = content.headlines[0].display
    assert told(releases, "2026.1.0") == [(2025, "£444"), (2026, now)]
    manifest = json.loads((releases / "2026.1.0" / "manifest.json").read_text())
    assert manifest["earlier_versions"] == ["2025.1.0"]
    page = (releases / "2026.1.0" / "index.html").read_text()
    assert '<th scope="row">2025</th>' in page and "£444" in page
    deck = Presentation(str(releases / "2026.1.0" / "slides.pptx"))
    texts = [s.text_frame.text for slide in deck.slides for s in slide.shapes if s.has_text_frame]
    assert any(text.startswith("2025: £444 (") and f"2026: {now} (" in text for text in texts)
    assert rebuild(two_years, releases / "2026.1.0").is_identical


def test_the_first_year_has_no_history_and_says_nothing_of_it(two_years, releases):
    assert told(releases, "2025.1.0") == []
    assert 'class="years"' not in (releases / "2025.1.0" / "index.html").read_text()


def test_a_figure_hidden_in_the_earlier_year_stays_hidden(warehouse, content, approval, releases):
    store_year(warehouse, content, YEAR - 1, status="[c]")
    # The sentence of a hidden figure is not published either.
    warehouse.replace_year("published.headline", YEAR - 1, TABLES["published.headline"].schema.empty_table())
    publish(warehouse, YEAR - 1, approval, APPROVED_AUDIT)
    release_content.store(warehouse, content)
    publish(warehouse, YEAR, approval, APPROVED_AUDIT)
    assert told(releases, "2026.1.0")[0] == (2025, "[c]")


def test_a_year_in_which_the_measure_meant_something_else_is_left_out(two_years, content):
    programme = two_years.programme
    measure = programme.measures[content.headlines[0].measure]
    measures = {**programme.measures, measure.name: replace(measure, definition="Something else.")}
    redefined = Warehouse(two_years.settings, replace(programme, measures=measures))
    draft = plan(redefined, YEAR, APPROVED_AUDIT)
    assert draft.content.earlier_versions == ("2025.1.0",)
    assert list(draft.content.earlier) == []


def test_a_release_still_rebuilds_after_the_year_before_was_retracted(two_years, approval, releases):
    publish(two_years, YEAR, approval, APPROVED_AUDIT)
    retract(two_years, "2025.1.0", "Release test", "a reason")
    assert earlier_versions(two_years, YEAR) == []
    assert rebuild(two_years, releases / "2026.1.0").is_identical


def test_a_release_that_quotes_a_retracted_year_is_followed_by_one_that_does_not(two_years, approval, releases):
    publish(two_years, YEAR, approval, APPROVED_AUDIT)
    retract(two_years, "2025.1.0", "Release test", "a reason")
    assert publish(two_years, YEAR, approval, APPROVED_AUDIT).version == "2026.1.1"
    assert told(releases, "2026.1.1") == []
    assert not publish(two_years, YEAR, approval, APPROVED_AUDIT).is_new


def test_an_earlier_year_published_later_makes_no_new_version_of_itself(two_years, content, approval):
    publish(two_years, YEAR, approval, APPROVED_AUDIT)
    store_year(two_years, content, YEAR - 1, display="£555")
    assert publish(two_years, YEAR - 1, approval, APPROVED_AUDIT).version == "2025.1.1"
    assert not publish(two_years, YEAR, approval, APPROVED_AUDIT).is_new


def test_only_the_headlines_figures_are_taken_from_earlier_years(two_years, content):
    found = with_history(two_years, content, ["2025.1.0"])
    assert [cell.key for cell in found.earlier] == [(2025, *content.cells[0].key[1:])]
