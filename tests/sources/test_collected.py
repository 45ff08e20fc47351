"""What a source gives arrives in the tables once: edits as versions, withdrawals as tombstones, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarking import pipeline
from benchmarking.collect import collect, run, totals
from benchmarking.collect.source import SourceDown
from benchmarking.warehouse import Warehouse
from sources.rigs import RIGS, VARIABLES, ServerRig

SERVERS = [kind for kind, rig in RIGS.items() if issubclass(rig, ServerRig)]
KINDS = [
    pytest.param(kind, id=kind.replace(" ", "-"), marks=pytest.mark.slow if rig.has_real_server else ())
    for kind, rig in RIGS.items()
]
AGENCIES = ("A001", "A002", "A003")


@pytest.fixture
def warehouse_of(settings, programme):
    def opened(*entries: dict) -> Warehouse:
        return Warehouse(settings, replace(programme, sources=entries))

    return opened


def counts(warehouse: Warehouse, source_name: str | None = None) -> tuple[int, int, int, int]:
    told = collect(warehouse, source_name)
    return told.accepted, told.parked, told.rejected, told.duplicate


def submissions(warehouse: Warehouse) -> list[tuple]:
    return warehouse.connect().execute(
        "SELECT agency_id, version, verdict, is_deleted FROM raw.submission WHERE verdict <> 'duplicate'"
        " ORDER BY agency_id, version, is_deleted"
    ).fetchall()  # fmt: skip


def budgets(warehouse: Warehouse) -> list[tuple]:
    return warehouse.connect().execute(
        "SELECT agency_id, arg_max(value_minor, version) FROM raw.submission JOIN raw.answer"
        " USING (submission_id, agency_id) WHERE question = 'development_budget_gbp' AND verdict = 'accepted'"
        " GROUP BY agency_id ORDER BY agency_id"
    ).fetchall()  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_is_accepted_once_however_often_it_is_collected(rig_of, warehouse_of, kind):
    rig = rig_of(kind)
    for agency in AGENCIES:
        rig.put(agency)
    warehouse = warehouse_of(rig.entry())
    assert counts(warehouse) == (3, 0, 0, 0)
    before = submissions(warehouse)
    assert counts(warehouse) == (0, 0, 0, 0)
    assert submissions(warehouse) == before == [(agency, 1, "accepted", False) for agency in AGENCIES]


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_is_a_new_version_and_the_old_one_is_kept(rig_of, warehouse_of, kind):
    rig = rig_of(kind)
    for agency in AGENCIES:
        rig.put(agency)
    warehouse = warehouse_of(rig.entry())
    collect(warehouse)
    rig.edit("A002", 750)
    accepted, parked, rejected, _ = counts(warehouse)
    assert (accepted, parked, rejected) == (1, 0, 0)
    assert [row[:2] for row in submissions(warehouse)] == [("A001", 1), ("A002", 1), ("A002", 2), ("A003", 1)]
    assert budgets(warehouse) == [("A001", 50000), ("A002", 75000), ("A003", 50000)]


@pytest.mark.parametrize("kind", SERVERS)
def test_a_withdrawn_record_leaves_one_tombstone_and_its_versions(rig_of, warehouse_of, kind):
    rig = rig_of(kind)
    for agency in AGENCIES:
        rig.put(agency)
    warehouse = warehouse_of(rig.entry())
    collect(warehouse)
    rig.remove("A003")
    collect(warehouse)
    collect(warehouse)
    rows = submissions(warehouse)
    assert [row[0] for row in rows if row[3]] == ["A003"]
    assert ("A003", 1, "accepted", False) in rows


@pytest.mark.parametrize("kind", SERVERS)
def test_a_withdrawn_record_that_is_restored_comes_back_as_often_as_it_does(rig_of, warehouse_of, kind):
    rig = rig_of(kind)
    for agency in AGENCIES:
        rig.put(agency)
    warehouse, rows = warehouse_of(rig.entry()), dict(rig.server.rows)
    collect(warehouse)
    for turn in (1, 2):
        rig.remove("A003")
        collect(warehouse)
        rig.server.rows = dict(rows)
        assert collect(warehouse).accepted == 1
        found = [row[1:] for row in submissions(warehouse) if row[0] == "A003"]
        assert found[-1] == (turn + 1, "accepted", False)
        assert found[:-1] == [
            row for n in range(1, turn + 1) for row in [(n, "accepted", False), (n, "rejected", True)]
        ]
    assert [row for row in submissions(warehouse) if row[0] != "A003"] == [
        ("A001", 1, "accepted", False), ("A002", 1, "accepted", False),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", SERVERS)
def test_a_total_that_differs_from_what_is_known_fails_the_run_until_it_agrees(rig_of, warehouse_of, kind, monkeypatch):
    rig = rig_of(kind)
    for agency in AGENCIES:
        rig.put(agency)
    warehouse = warehouse_of(rig.entry())
    with monkeypatch.context() as patch:
        # A page that goes missing on its way, although the source said that all was given.
        patch.setattr(run, "_take", lambda *_: None)
        with pytest.raises(SourceDown, match=r"it says that it holds 3 records of budget, but 0 are known here\."):
            collect(warehouse)
    assert counts(warehouse) == (3, 0, 0, 0)
    assert counts(warehouse) == (0, 0, 0, 0)
    held = totals.check_totals(warehouse, rig.entry()["name"], {"budget": 4})
    assert [problem.where for problem in held] == [rig.entry()["name"]]


def test_a_file_in_no_surveys_folder_is_answered_and_taken_in_once_it_lies_in_one(rig_of, warehouse_of):
    rig = rig_of("folder")
    rig.put("A001")
    for name in ("lost.csv", "bugdet/lost too.csv"):
        path = rig.place / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((rig.place / "budget" / "A001.csv").read_bytes().replace(b"A001", b"A002"))
    warehouse = warehouse_of(rig.entry())
    assert counts(warehouse) == (1, 0, 2, 0)
    reasons = warehouse.connect().execute(
        "SELECT file_name, rule_id, submission.reason FROM raw.submission AS submission JOIN raw.file AS file"
        " USING (file_sha256) WHERE submission.verdict = 'rejected' ORDER BY file_name"
    )
    assert {(row[0], row[1]) for row in reasons.fetchall()} == {
        ("bugdet/lost too.csv", "file.place"), ("lost.csv", "file.place"),
    }  # fmt: skip
    texts = [path.read_text() for path in warehouse.folder("receipts").glob("*lost*.html")]
    assert len(texts) == 2
    assert all("lies in no survey&#39;s folder: there is one for budget, attrition, frame." in text for text in texts)
    (rig.place / "lost.csv").rename(rig.place / "budget" / "found.csv")
    assert counts(warehouse) == (1, 0, 0, 0)


@pytest.mark.parametrize("kind", ["limesurvey"])
def test_an_unfinished_response_is_parked_until_it_is_finished(rig_of, warehouse_of, kind):
    rig = rig_of(kind)
    rig.put("A001", is_whole=False)
    warehouse = warehouse_of(rig.entry())
    assert counts(warehouse) == (0, 1, 0, 0)
    rig.server.rows[1] |= {"submitdate": "2026-08-03 10:00:00", "lastpage": 3}
    assert counts(warehouse) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "state", "expected"),
    [
        pytest.param("odk", "rejected", "rejected", id="odk-rejected"),
        pytest.param("odk", "hasIssues", "parked", id="odk-has-issues"),
        pytest.param("odk", "approved", "accepted", id="odk-approved"),
        pytest.param("kobo", "validation_status_not_approved", "rejected", id="kobo-not-approved"),
        pytest.param("kobo", "validation_status_on_hold", "parked", id="kobo-on-hold"),
        pytest.param("kobo", "validation_status_approved", "accepted", id="kobo-approved"),
    ],
)
def test_the_reviewers_word_in_the_tool_decides(rig_of, warehouse_of, kind, state, expected):
    rig = rig_of(kind)
    rig.put("A001")
    if kind == "odk":
        rig.server.review("uuid:A001", state, "2026-08-02T10:00:00.000Z")
    else:
        rig.server.review(rig.ids["A001"], state)
    warehouse = warehouse_of(rig.entry())
    collect(warehouse)
    assert [row[2] for row in submissions(warehouse)] == [expected]


def test_a_source_that_is_down_holds_back_nobody_and_catches_up(rig_of, warehouse_of, monkeypatch):
    down, up = rig_of("odk"), rig_of("folder")
    down.put("A001")
    up.put("A002")
    warehouse = warehouse_of(down.entry(), up.entry())
    monkeypatch.setenv(VARIABLES["password"], "wrong-secret")
    with pytest.raises(SourceDown, match="central: .* refuses the credentials .* Check SURVEY_USER and"):
        collect(warehouse)
    assert [row[0] for row in submissions(warehouse)] == ["A002"]
    monkeypatch.setenv(VARIABLES["password"], "correct horse")
    assert counts(warehouse) == (1, 0, 0, 0)
    assert [row[0] for row in submissions(warehouse)] == ["A001", "A002"]


def test_one_source_can_be_collected_alone(rig_of, warehouse_of):
    first, second = rig_of("kobo"), rig_of("folder")
    first.put("A001")
    second.put("A002")
    warehouse = warehouse_of(first.entry(), second.entry())
    assert counts(warehouse, "kobo") == (1, 0, 0, 0)
    assert [row[0] for row in submissions(warehouse)] == ["A001"]


def test_what_came_before_an_answer_broke_off_is_kept_and_the_rest_comes_with_the_next_run(rig_of, warehouse_of):
    rig = rig_of("odk")
    for agency in AGENCIES:
        rig.put(agency)
    warehouse = warehouse_of(rig.entry())
    pages = rig.server.answer

    def answer(asked):
        if "$skiptoken" in asked.query:
            rig.server.faults = [("cut", 0.5)] * 50
        return pages(asked)

    rig.server.answer = answer
    rig.server.is_faulty = lambda asked: "$skiptoken" in asked.query
    rig.server.faults = [("cut", 0.5)] * 50
    with pytest.raises(SourceDown, match="broke off in the middle of its answer"):
        collect(warehouse)
    assert len(submissions(warehouse)) == 2
    rig.server.answer, rig.server.faults = pages, []
    assert counts(warehouse) == (1, 0, 0, 0)
    assert [row[0] for row in submissions(warehouse)] == list(AGENCIES)


@pytest.mark.slow
def test_a_restored_record_is_among_the_accepted_answers_again(rig_of, warehouse_of):
    rig = rig_of("odk")
    for agency in AGENCIES:
        rig.put(agency)
    warehouse, rows = warehouse_of(rig.entry()), dict(rig.server.rows)
    accepted = "SELECT agency_id FROM staging.budget ORDER BY agency_id"
    for has_it in (True, False, True):
        rig.server.rows = {key: row for key, row in rows.items() if has_it or key != "uuid:A003"}
        pipeline.collect(warehouse)
        pipeline.validate(warehouse, 2026)
        assert [agency for (agency,) in warehouse.connect().sql(accepted).fetchall()] == list(AGENCIES[: 2 + has_it])


@pytest.mark.slow
def test_a_withdrawn_record_leaves_the_accepted_answers_and_the_counts_balance(rig_of, warehouse_of):
    rig = rig_of("odk")
    for agency in AGENCIES:
        rig.put(agency)
    warehouse = warehouse_of(rig.entry())
    pipeline.collect(warehouse)
    before = pipeline.validate(warehouse, 2026)
    rig.remove("A003")
    pipeline.collect(warehouse)
    after = pipeline.validate(warehouse, 2026)
    rows = warehouse.connect().sql("SELECT agency_id FROM staging.budget ORDER BY agency_id").fetchall()
    assert rows == [("A001",), ("A002",)]
    assert (before["received"], after["received"]) == (3, 4)
