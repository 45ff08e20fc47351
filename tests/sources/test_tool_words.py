"""What a survey tool says about its records, beside the answers, is read as it means it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarking.collect import collect
from benchmarking.collect.erase import erase
from benchmarking.warehouse import Warehouse
from sources.rigs import FIRST, LimeSurveyRig, OdkRig, Rig, answers, as_numbers

GROUPED = {"development_budget_gbp": "money", "all_staff_count": "people"}


@pytest.fixture
def collected(settings, programme):
    """Collect a rig's records; give what was said of each: agency, verdict, rule and time of sending."""

    def collected_from(rig: Rig) -> list[tuple]:
        warehouse = Warehouse(settings, replace(programme, sources=(rig.entry(),)))
        collect(warehouse)
        rows = warehouse.connect().sql(
            "SELECT agency_id, verdict, rule_id, CAST(submitted_at AT TIME ZONE 'UTC' AS VARCHAR) FROM raw.submission"
            " WHERE verdict <> 'duplicate' ORDER BY agency_id, version"
        )
        return rows.fetchall()

    return collected_from


def test_an_anonymous_response_of_limesurvey_is_finished_although_its_time_is_none(rig_of, collected):
    rig: LimeSurveyRig = rig_of("limesurvey")
    rig.put("A001", at="1980-01-01T00:00:00Z")
    rig.put("A002", is_whole=False)
    assert collected(rig) == [("A001", "accepted", "", None), ("A002", "parked", "row.partial", None)]


def test_a_record_that_odk_central_holds_encrypted_is_refused_with_the_reason(rig_of, collected):
    rig: OdkRig = rig_of("odk")
    rig.put("A001")
    rig.server.put_encrypted("uuid:A002", FIRST)
    assert collected(rig) == [
        ("A001", "accepted", "", "2026-08-01 10:00:00"),
        (None, "rejected", "row.encrypted", "2026-08-01 10:00:00"),
    ]


def on_odk(rig: Rig) -> None:
    row = as_numbers(answers("A001"))
    inside = {group: {name: row.pop(name)} for name, group in GROUPED.items()}
    rig.server.put("uuid:A001", {**row, **inside}, FIRST)


def on_kobo(rig: Rig) -> None:
    row = {f"{GROUPED[name]}/{name}" if name in GROUPED else name: text for name, text in answers("A001").items()}
    rig.server.put(1, row, FIRST)


@pytest.mark.parametrize(("kind", "put"), [("odk", on_odk), ("kobo", on_kobo)], ids=["odk", "kobo"])
def test_a_question_inside_a_group_of_the_form_is_known_by_its_own_name(rig_of, collected, kind, put):
    rig = rig_of(kind)
    put(rig)
    assert collected(rig) == [("A001", "accepted", "", "2026-08-01 10:00:00")]


def test_of_an_agency_erased_the_answers_in_groups_stay_and_its_words_go(rig_of, settings, programme):
    rig = rig_of("kobo")
    for key, agency in enumerate(("A001", "A002"), start=1):
        row = {f"{GROUPED.get(name, '')}/{name}".lstrip("/"): text for name, text in answers(agency).items()}
        rig.server.put(key, {**row, "last/remarks": f"words of {agency}"}, FIRST)
    warehouse = Warehouse(settings, replace(programme, sources=(rig.entry(),)))
    assert collect(warehouse).accepted == 2
    erase(warehouse, "A002")
    (page,) = [path.read_text() for path in warehouse.folder("received").rglob("*") if "_uuid" in readable(path)]
    rows = {row["agency_id"]: row for row in json.loads(page)["results"]}
    assert rows["A002"]["money/development_budget_gbp"] == rows["A001"]["money/development_budget_gbp"] == "500"
    assert rows["A001"]["last/remarks"] == "words of A001"
    assert "words of A002" not in page


def readable(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else ""


def test_what_kobotoolbox_adds_to_a_record_is_no_column_of_the_survey(rig_of, collected):
    rig = rig_of("kobo")
    rig.put("A001")
    rig.server.rows[1] |= {
        "start": "2026-08-01T09:50:11.565-00:00",
        "end": "2026-08-01T09:59:20.667-00:00",
        "today": "2026-08-01",
        "_attachments": [{"filename": "made/up/1.jpg", "question_xpath": "photo", "is_deleted": False}],
        "_supplementalDetails": {"voice": {"transcript": {"value": "made up", "languageCode": "en"}}},
        "_validation_status": {"timestamp": 1785578400, "uid": "validation_status_approved", "by_whom": "reviewer",
                               "color": "#00ff00", "label": "Approved"},
    }  # fmt: skip
    assert collected(rig) == [("A001", "accepted", "", "2026-08-01 10:00:00")]
