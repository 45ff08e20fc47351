"""The whole loop: two broken rules, a question that names the field, a correction, a rebuild that replays it."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from raw_answers import CLEAN_ROSTER, Post, clean

from benchmarking.__main__ import main
from benchmarking.catalog import Programme
from benchmarking.settings import load_settings
from benchmarking.validate import validate
from benchmarking.validate.corrections import UnusableCorrection, history, take_corrections
from benchmarking.warehouse import Warehouse

AGENCIES = [f"agency-{number:02}" for number in range(12)]
WRONG = "agency-03"


@pytest.fixture(scope="session")
def built(programme: Programme, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built year in which one agency reported more marketers than staff, by a slip of the decimal point."""
    data = tmp_path_factory.mktemp("built") / "data"
    warehouse = Warehouse(load_settings({"BENCHMARKING_DATA": str(data)}), programme)
    post = Post(warehouse)
    for number, agency in enumerate(AGENCIES):
        post.submit("budget", 2025, agency, clean("budget", 2025, 1 + number / 20))
        answers = clean("budget", 2026, 1.05 + number / 20)
        if agency == WRONG:
            answers["marketers_average_count"] = "500"
        post.submit("budget", 2026, agency, answers)
        post.submit("attrition", 2026, agency, clean("attrition"), roster=CLEAN_ROSTER)
    post.deliver()
    validate(warehouse, 2026)
    return data


@pytest.fixture
def asked(built: Path, warehouse: Warehouse) -> Warehouse:
    """A copy of the built year."""
    shutil.copytree(built, warehouse.settings.data)
    return warehouse


def query_file(warehouse: Warehouse, agency: str, suffix: str = "csv", year: int = 2026) -> Path:
    return warehouse.folder("queries") / str(year) / f"{agency}.{suffix}"


def questions(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def answered(path: Path, to: Path, question: str, **fields: str) -> Path:
    """Fill in one question of a query file as an agency would, or every one ("*")."""
    rows = questions(path)
    for row in rows:
        if question in (row["question"], "*"):
            row.update(fields)
    with to.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return to


def rows_of(warehouse: Warehouse, query: str) -> list[tuple]:
    return warehouse.connect().sql(query).fetchall()


def verdict(warehouse: Warehouse, agency: str, survey: str = "budget") -> tuple:
    query = f"SELECT verdict, is_current FROM staging.verdict WHERE agency_id = '{agency}' AND survey = '{survey}'"
    return rows_of(warehouse, f"{query} AND survey_year = 2026 ORDER BY submission_id DESC")[0]


def test_two_broken_rules_are_asked_corrected_accepted_and_replayed(asked, settings, tmp_path):
    broken = rows_of(asked, f"SELECT rule_id FROM staging.parked WHERE agency_id = '{WRONG}' ORDER BY rule_id")
    assert broken == [("budget_average_between_ends",), ("budget_marketers_within_staff",)]
    assert verdict(asked, WRONG) == ("parked", False)
    named = [row for row in questions(query_file(asked, WRONG)) if row["looks_wrong"] == "yes"]
    assert [(row["question"], row["your_answer"]) for row in named] == [("marketers_average_count", "500")]
    assert named[0]["last_year"] == "5" and {*named[0]["rules"].split()} == {rule for (rule,) in broken}

    filled = answered(
        query_file(asked, WRONG),
        tmp_path / "returned.csv",
        "marketers_average_count",
        answer="correct",
        new_answer="5",
        who="R. Office",
        why="Two zeros too many",
    )
    later = datetime(2027, 2, 3, 10, tzinfo=UTC)
    reopened = Warehouse(replace(settings, fixed_now=later), asked.programme)
    assert take_corrections(reopened, filled).corrections == 1
    validate(asked, 2026)
    assert verdict(asked, WRONG) == ("accepted", True)
    assert not query_file(asked, WRONG).exists()
    (entry,) = history(asked, 2026, WRONG)
    assert (entry["who"], entry["why"], entry["corrected_at"]) == ("R. Office", "Two zeros too many", later)
    assert (entry["old_text"], entry["new_text"]) == ("500", "5")
    assert take_corrections(asked, filled).already_known == 1

    for table in ("verdict", "parked", "budget"):
        asked.overwrite(f"staging.{table}", asked.connect().sql(f"FROM staging.{table} LIMIT 0").to_arrow_table())
    validate(asked, 2026)
    assert verdict(asked, WRONG) == ("accepted", True)
    corrected = f"SELECT marketers_average_count::INT FROM staging.budget WHERE agency_id = '{WRONG}'"
    assert rows_of(asked, corrected) == [(5,)]
    received = f"SELECT raw_text FROM raw.answer WHERE agency_id = '{WRONG}' AND question = 'marketers_average_count'"
    assert rows_of(asked, f"{received} AND survey_year = 2026") == [("500",)]


def test_a_correction_of_an_answer_sent_anew_no_longer_applies(asked, tmp_path):
    filled = answered(
        query_file(asked, WRONG),
        tmp_path / "returned.csv",
        "marketers_average_count",
        answer="correct",
        new_answer="6",
        who="R",
        why="slip",
    )
    take_corrections(asked, filled)
    post = Post(asked)
    post.submit("budget", 2026, WRONG, clean("budget") | {"marketers_average_count": "4.5"}, version=2)
    post.deliver()
    validate(asked, 2026)
    now = f"SELECT marketers_average_count::DOUBLE FROM staging.budget WHERE agency_id = '{WRONG}'"
    assert rows_of(asked, now) == [(4.5,)]


def test_a_surprising_answer_is_asked_once_and_kept_when_confirmed(asked, tmp_path):
    post = Post(asked)
    unusual = clean("budget", 2026, 1.05 + 5 / 20) | {"development_spend_gbp": "4999"}
    post.submit("budget", 2026, "agency-05", unusual, version=2)
    post.deliver()
    assert validate(asked, 2026).queries == 1
    assert verdict(asked, "agency-05") == ("accepted", True)
    filled = answered(
        query_file(asked, "agency-05"),
        tmp_path / "back.csv",
        "*",
        answer="confirm",
        why="A big course",
    )
    assert take_corrections(asked, filled, who="P. Manager").confirmations == 2
    validate(asked, 2026)
    assert not query_file(asked, "agency-05").exists()
    assert verdict(asked, "agency-05") == ("accepted", True)


def test_a_json_file_is_taken_as_well(asked, tmp_path):
    entry = json.loads(query_file(asked, WRONG, "json").read_text("utf-8"))
    for question in entry["questions"]:
        if question["question"] == "marketers_average_count":
            question.update(answer="correct", new_answer="5", who="R", why="slip")
    returned = tmp_path / "returned.json"
    returned.write_text(json.dumps(entry), "utf-8")
    assert take_corrections(asked, returned).corrections == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param(
            {"answer": "correct", "new_answer": "some", "who": "R", "why": "w"}, "'some' is not", id="wrong-type"
        ),
        pytest.param({"answer": "correct", "new_answer": "5", "who": "R"}, "who answers and why", id="no-reason"),
        pytest.param(
            {"answer": "confirm", "who": "R", "why": "w"}, "cannot be confirmed", id="contradiction-confirmed"
        ),
        pytest.param({"answer": "perhaps", "who": "R", "why": "w"}, "neither confirm nor correct", id="unclear"),
        pytest.param(
            {"answer": "correct", "new_answer": "5", "who": "R", "why": "w", "rules": "budget_of_nobody"},
            "which rules asked",
            id="unknown-rule",
        ),
        pytest.param(
            {"answer": "confirm", "who": "R", "why": "w", "rules": "", "must_be_corrected": "no"},
            "which rules asked",
            id="confirmed-to-no-rule",
        ),
        pytest.param(
            {"answer": "correct", "new_answer": "5", "who": "R", "why": "w", "agency_id": "stranger"},
            "stranger sent nothing",
            id="another-agency",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(asked, tmp_path, fields, sentence):
    filled = answered(query_file(asked, WRONG), tmp_path / "returned.csv", "marketers_average_count", **fields)
    with pytest.raises(Exception, match=sentence) as caught:
        take_corrections(asked, filled)
    assert isinstance(caught.value, UnusableCorrection) or "marketers_average_count" in str(caught.value)
    assert history(asked) == []


def test_a_query_file_tells_nothing_of_another_agency(asked):
    own = clean("budget", 2026, 1.05 + 3 / 20) | {"marketers_average_count": "500"}
    others: Iterable[Mapping[str, str]] = [
        clean("budget", 2026, 1.05 + number / 20) for number, agency in enumerate(AGENCIES) if agency != WRONG
    ]
    figures = {text for answers in others for name, text in answers.items() if name.endswith("_gbp")} - set(
        own.values()
    )
    text = query_file(asked, WRONG).read_text("utf-8")
    assert [figure for figure in sorted(figures) if figure in text] == []
    assert [agency for agency in AGENCIES if agency != WRONG and agency in text] == []


def test_the_command_line_takes_a_correction_and_shows_it(asked, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BENCHMARKING_DATA", str(asked.settings.data))
    filled = answered(
        query_file(asked, WRONG),
        tmp_path / "returned.csv",
        "marketers_average_count",
        answer="correct",
        new_answer="5",
        who="R. Office",
        why="slip",
    )
    assert main(["queries", "--year", "2026"]) == 0
    assert json.loads(capsys.readouterr().out)["open"][WRONG]["yes"] == 1
    assert main(["correct", str(filled)]) == 0
    assert json.loads(capsys.readouterr().out)["next"] == "Run validate again for 2026."
    assert main(["corrections", "--agency", WRONG]) == 0
    assert json.loads(capsys.readouterr().out)[0]["who"] == "R. Office"
