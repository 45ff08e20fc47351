"""Which version comes next, when it may come, and what is said to have changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

import release_content
from benchmarking.publish.formats.cells import cell_record
from benchmarking.publish.version import NotYet, Version, changes_since, check_time, version_after
from release_content import YEAR

CALENDAR = (
    {"version": "2026.1.0", "publish_at": datetime(2026, 11, 2, 9, 30, tzinfo=UTC)},
    {"version": "2026.2.0", "publish_at": "2027-03-01T09:30:00+00:00"},
)
PROGRAMME = replace(release_content.the_programme(), calendar=CALENDAR)
AUTUMN, SPRING = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("previous", "now", "expected"),
    [
        pytest.param(None, AUTUMN, "2026.1.0", id="the-first-of-a-year"),
        pytest.param("2026.1.0", AUTUMN, "2026.1.1", id="before-the-second-release-a-revision"),
        pytest.param("2026.1.1", AUTUMN, "2026.1.2", id="the-next-revision"),
        pytest.param("2026.1.1", SPRING, "2026.2.0", id="the-announced-second-release-once-its-time-has-come"),
        pytest.param("2026.2.0", SPRING, "2026.2.1", id="after-the-last-announced-one-a-revision-again"),
    ],
)
def test_the_next_version_follows_from_the_last_and_the_calendar(previous, now, expected):
    before = Version.parse(previous) if previous else None
    assert str(version_after(before, PROGRAMME, YEAR, now)) == expected


@pytest.mark.parametrize(
    ("version", "now", "sentence"),
    [
        pytest.param(
            "2026.1.0",
            datetime(2026, 11, 2, 9, 29, 59, tzinfo=UTC),
            "recruitment_marketing 2026.1.0: it is announced for 2026-11-02 09:30 UTC, and it is 2026-11-02 09:29 UTC "
            "now. Publish it then, or change the release calendar in programme.yaml.",
            id="a-second-too-early",
        ),
        pytest.param(
            "2025.1.0",
            AUTUMN,
            "recruitment_marketing 2025.1.0: the release calendar does not announce it. Add its date and time to "
            "programme.yaml first.",
            id="never-announced",
        ),
    ],
)
def test_a_release_before_its_time_is_refused_with_a_sentence(version, now, sentence):
    with pytest.raises(NotYet) as refusal:
        check_time(Version.parse(version), PROGRAMME, now)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("version", "now"),
    [
        pytest.param("2026.1.0", datetime(2026, 11, 2, 9, 30, tzinfo=UTC), id="on-the-second"),
        pytest.param("2026.1.3", AUTUMN, id="a-revision-needs-no-announcement"),
    ],
)
def test_a_release_whose_time_has_come_is_let_through(version, now):
    check_time(Version.parse(version), PROGRAMME, now)


def test_changes_name_the_cell_its_texts_and_why():
    content = release_content.make_small_content()
    before = [cell_record(cell) for cell in content.cells]
    shown = next(i for i, cell in enumerate(content.cells) if not cell.is_hidden)
    hidden = next(i for i, cell in enumerate(content.cells) if cell.is_hidden)
    changed = release_content.with_figure(content, shown, 770.0, "£770")
    changed.cells[hidden] = replace(changed.cells[hidden], value=5.0, display="£5", status="")
    gone = changed.cells.pop()
    rows = changes_since(before, changed, "correction")
    keys = [
        (row["measure"], row["statistic"], row["peer_value"], row["before"], row["after"], row["tag"]) for row in rows
    ]
    first, second = content.cells[shown], content.cells[hidden]
    assert sorted(keys) == sorted(
        [
            (first.measure, first.statistic, first.peer_value, first.display, "£770", "correction"),
            (second.measure, second.statistic, second.peer_value, "[c]", "£5", "disclosure"),
            (gone.measure, gone.statistic, gone.peer_value, gone.display, "", "method"),
        ]
    )


def test_a_redefined_measure_s_changes_are_of_method_and_a_mark_alone_is_no_change():
    content = release_content.make_small_content()
    before = [cell_record(cell) for cell in content.cells]
    shown = next(i for i, cell in enumerate(content.cells) if not cell.is_hidden)
    before[shown]["status"] = "[r]"
    assert changes_since(before, content, "revision") == []
    changed = release_content.with_figure(content, shown, 770.0, "£770")
    measure = content.cells[shown].measure
    assert [row["tag"] for row in changes_since(before, changed, "revision", {measure})] == ["method"]
