"""Real exports of survey tools: as many respondents as the file holds, none from a header row, nobody partial."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarking.catalog import Question, Survey
from benchmarking.collect import collect
from benchmarking.collect.assemble import assemble
from benchmarking.collect.headers import Headers
from benchmarking.collect.profiles import shape_grid
from benchmarking.collect.readers.delimited import read_delimited
from benchmarking.collect.readers.json_records import read_json
from benchmarking.settings import ROOT, Limits
from intake.season_rig import SURVEY, answers_of, counts_of, drop, open_season, receipt_of

SAMPLES = ROOT / "tests" / "data" / "samples"
EXPORTS = [
    pytest.param("google_forms/askamanager_head.csv", "google_forms", "utf-8", 0, id="google-forms"),
    pytest.param("surveymonkey/StarWars_head60.csv", "surveymonkey", "cp1252", 1, id="surveymonkey"),
    pytest.param("qualtrics/sample.csv", "qualtrics", "utf-8", 2, id="qualtrics"),
    pytest.param("qualtrics/sample_legacy.csv", "qualtrics_legacy", "utf-8-sig", 1, id="qualtrics-legacy"),
    pytest.param("typeform/freecodecamp2016_part1_head200.csv", "typeform", "utf-8", 0, id="typeform"),
    pytest.param("limesurvey/export_code_short.csv", "limesurvey", "utf-8-sig", 0, id="limesurvey-codes"),
    pytest.param("limesurvey/export_full_headings.csv", "limesurvey", "utf-8-sig", 0, id="limesurvey-wordings"),
]


@pytest.mark.parametrize(("path", "profile", "encoding", "headers"), EXPORTS)
def test_an_export_is_known_by_its_marks(path, profile, encoding, headers):
    reading = read_delimited((SAMPLES / path).read_bytes(), Limits())
    shape = shape_grid(reading.grids[0], "")
    assert (shape.name, reading.facts["encoding"], shape.skipped) == (profile, encoding, headers)
    assert reading.grids[0].rows.num_rows > shape.skipped


def test_limesurvey_json_is_read_as_its_csv_is():
    rows = read_json((SAMPLES / "limesurvey/export_code_short.json").read_bytes(), Limits()).grids[0]
    text = read_delimited((SAMPLES / "limesurvey/export_code_short.csv").read_bytes(), Limits()).grids[0]
    assert (rows.header, rows.rows.num_rows) == (text.header, text.rows.num_rows)


def _survey(*wordings: str) -> Survey:
    keys = (
        Question("agency_id", "Agency", "text", role="agency"),
        Question("survey_year", "Year", "count", role="year", constant=2026),
        Question("submitted_at", "Sent", "date", role="submitted_at"),
        Question("record_id", "Record", "text", role="record_id"),
    )
    asked = tuple(Question(f"q{n}", wording, "text") for n, wording in enumerate(wordings))
    return Survey("answers", "Answers", "1", (*keys, *asked))


@pytest.mark.parametrize(
    ("path", "wording", "record_id", "respondents", "first"),
    [
        pytest.param(
            "surveymonkey/StarWars_head60.csv",
            "Do you consider yourself to be a fan of the Star Wars film franchise?",
            "3292879998",
            59,
            "Yes",
            id="surveymonkey",
        ),
        pytest.param(
            "qualtrics/sample.csv", "This is a free text question.", "R_2YPOQ602ER1jkf1", 1, "Hello World!",
            id="qualtrics",
        ),
        pytest.param(
            "qualtrics/sample_legacy.csv", "This is a free text question.", "R_2YPOQ602ER1jkf1", 1, "Hello World!",
            id="qualtrics-legacy",
        ),
        pytest.param(
            "google_forms/askamanager_head.csv", "Industry", "", None, "Education (Higher Education)", id="google"
        ),
    ],
)  # fmt: skip
def test_a_question_is_found_by_its_wording_and_header_rows_are_nobody(path, wording, record_id, respondents, first):
    reading = read_delimited((SAMPLES / path).read_bytes(), Limits())
    grid = reading.grids[0]
    survey = _survey(wording)
    match = Headers(survey).match(shape_grid(grid, ""))
    assert match.questions["q0"] is not None
    programme = open_season(Path("unused")).programme
    wide = assemble(reading, Headers(survey), programme, "").wide
    assert wide is not None
    assert wide.column("q0")[0].as_py() == first
    if respondents is not None:
        assert wide.num_rows == min(respondents, grid.rows.num_rows - shape_grid(grid, "").skipped)
    if record_id:
        assert wide.column("record_id")[0].as_py() == record_id


TOOLS = {
    "google_forms": (
        "Timestamp,Agency,Year,What is the budget?\n4/27/2026 11:02:10,G1,2026,500\n4/3/2026 9:00:00,G2,2026,600\n",
        (2, 0, 0),
        "",
        ["2026-04-03 08:00:00+00", "2026-04-27 10:02:10+00"],
    ),
    "google_forms_download": (
        '"Timestamp","Agency","Year","What is the budget?"\n"2026/04/27 11:02:10 AM GMT+5:30","H1","2026","500"\n'
        '"2026/04/03 9:00:00 PM GMT-11","H2","2026","600"\n"2026/04/03 12:00:00 AM GMT","H3","2026","500"\n',
        (3, 0, 0),
        "",
        ["2026-04-03 00:00:00+00", "2026-04-04 08:00:00+00", "2026-04-27 05:32:10+00"],
    ),
    "google_forms_unproven": (
        "Timestamp,Agency,Year,What is the budget?\n4/3/2026 9:00:00,I1,2026,500\n",
        (0, 1, 0),
        "",
        [],
    ),
    "surveymonkey": (
        "Respondent ID,Collector ID,Start Date,End Date,IP Address,Agency,Year,What is the budget?\n"
        ",,,,,Open-Ended Response,Response,Response\n"
        "117,9,04/27/2026 10:00:00,04/27/2026 11:00:00,10.0.0.1,S1,2026,500\n",
        (1, 0, 0),
        "117",
        [],
    ),
    "qualtrics": (
        "StartDate,EndDate,Status,Finished,RecordedDate,ResponseId,Q1,Q2,Q3\n"
        "Start,End,Response Type,Finished,Recorded,Response ID,Agency,Year,What is the budget?\n"
        '"{""ImportId"":""startDate""}","{""ImportId"":""endDate""}","{""ImportId"":""status""}",'
        '"{""ImportId"":""finished""}","{""ImportId"":""recordedDate""}","{""ImportId"":""_recordId""}",'
        '"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}","{""ImportId"":""QID3""}"\n'
        "2026-03-01 09:00:00,2026-03-01 09:10:00,0,1,2026-03-01 09:10:01,R_1,Q1,2026,500\n"
        "2026-03-01 09:00:00,2026-03-01 09:10:00,0,0,2026-03-01 09:10:01,R_2,Q2,2026,500\n"
        "2026-03-01 09:00:00,2026-03-01 09:10:00,1,1,2026-03-01 09:10:01,R_3,Q3,2026,500\n",
        (1, 1, 1),
        "R_1",
        ["2026-03-01 09:10:01+00"],
    ),
    "typeform": (
        "#,Agency,Year,What is the budget?,Start Date (UTC),Submit Date (UTC),Network ID\n"
        "995106cd710e,T1,2026,500,2026-03-01 09:00:00,2026-03-01 09:05:00,a1\n",
        (1, 0, 0),
        "995106cd710e",
        ["2026-03-01 09:05:00+00"],
    ),
    "limesurvey": (
        '\ufeff"id";"submitdate";"lastpage";"startlanguage";"agency_id";"survey_year";"budget_gbp"\n'
        '"7";"2026-03-01 09:05:00";"1";"en";"L1";"2026";"1200,50"\n"8";"";"1";"en";"L2";"2026";"5"\n',
        (1, 1, 0),
        "7",
        ["2026-03-01 09:05:00+00"],
    ),
}


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory):
    warehouse = open_season(tmp_path_factory.mktemp("tools") / "data")
    for minutes, (name, (text, *_)) in enumerate(TOOLS.items()):
        drop(warehouse, f"{name}.csv", text, minutes)
    collect(warehouse)
    return warehouse


@pytest.mark.parametrize("name", TOOLS)
def test_an_export_of_our_own_questions_is_taken_whole(taken, name):
    _, (accepted, parked, rejected), record_id, moments = TOOLS[name]
    counts = counts_of(taken, f"{name}.csv")
    assert (counts["accepted"], counts["parked"], counts["rejected"]) == (accepted, parked, rejected)
    assert receipt_of(taken, f"{name}.csv")["read_as"]["profile"] == name.removesuffix("_download").removesuffix(
        "_unproven"
    )
    assert float(answers_of(taken, f"{name}.csv")[0]["budget_gbp"][1]) in (500, 600, 1200.5)
    rows = (
        taken.connect()
        .execute(
            "SELECT record_id, CAST(submitted_at AS VARCHAR) FROM raw.submission JOIN raw.file USING (file_sha256)"
            " WHERE file_name = ? AND raw.submission.survey = ? AND raw.submission.verdict = 'accepted' ORDER BY 2",
            [f"{name}.csv", SURVEY],
        )
        .fetchall()
    )
    assert [row[0] for row in rows[:1]] == [record_id] * bool(accepted)
    if moments:
        assert [moment for _, moment in rows] == moments


def test_a_partial_response_and_a_preview_say_so(taken):
    told = {problem["rule"] for problem in receipt_of(taken, "qualtrics.csv")["problems"]}
    assert told == {"row.partial", "row.test"}
