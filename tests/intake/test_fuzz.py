"""Fuzzing: answers drawn at random, and files broken at random; nothing crashes, nobody is lost, every count balances.

`BENCHMARKING_FUZZ_SECONDS` sets how long the mutator works (20 by default; CI sets its own in .ci/run), and
`BENCHMARKING_FUZZ_SEED` which files it makes.
"""

from __future__ import annotations

import csv
import io
import os
import random
import time
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarking.collect import answers as typing
from benchmarking.collect import collect
from benchmarking.collect.assemble import assemble
from benchmarking.collect.batch import Arrived, Batch
from benchmarking.collect.faults import RULES
from benchmarking.collect.grid import Grid
from benchmarking.collect.headers import Headers
from benchmarking.collect.readers import delimited
from benchmarking.collect.readers.delimited import read_delimited
from benchmarking.settings import Limits
from intake.nasty_files import CASES, content_of
from intake.season_rig import FIRST_DAY, drop, open_season, table_hash

HALF_A_MILLIONTH = Decimal("0.0000005")
SECONDS = float(os.environ.get("BENCHMARKING_FUZZ_SECONDS", "20"))
SEED = int(os.environ.get("BENCHMARKING_FUZZ_SEED", "20261"))
EXAMPLES = max(10, int(SECONDS / 10))
QUESTIONS = (
    "budget_gbp",
    "people_count",
    "growth_percent",
    "rating_number",
    "decider",
    "has_plan",
    "founded_date",
    "motto",
)
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
NUMERIC = st.from_regex(r"\A[-+(£€ ]{0,2}[0-9]{0,4}([.,' ][0-9]{0,4}){0,2}[%eE)]{0,1}\Z")
DATES = st.from_regex(r"\A[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}\Z")
CELL = st.one_of(
    TEXT, NUMERIC, DATES, st.sampled_from(["", " ", "yes", "We decide", "nan", "1e5", "n/a", "2026-03-29"])
)
ROWS = st.lists(st.tuples(*[CELL] * len(QUESTIONS)), min_size=1, max_size=12)
QUIET = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def as_csv(rows: list[tuple[str, ...]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["agency_id", "survey_year", *QUESTIONS])
    for number, row in enumerate(rows):
        writer.writerow([f"A{number}", "2026", *row])
    return stream.getvalue().encode()


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory):
    return open_season(tmp_path_factory.mktemp("fuzz")).programme


def place(row: dict[str, object]) -> tuple[str, str]:
    """Give where an answer stands among the others."""
    return str(row["submission_id"]), str(row["question"])


def typed(programme, content: bytes) -> tuple[int, int, list[dict[str, object]], set[str]]:
    """Give submissions received and judged, the answers' rows, and the rules broken."""
    survey = programme.survey("answers")
    assembled = assemble(read_delimited(content, Limits()), Headers(survey), programme, "")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        batch = Batch(connection, programme, [Arrived(1, "0" * 64, "f.csv", "inbox", survey, FIRST_DAY, assembled)])
        batch.load()
        rows = [row for answers, _ in batch.answers() for row in sorted(answers.to_pylist(), key=place)]
        rules = {row["rule_id"] for found in batch.faults.in_file(1, batch.named.ranges()) for row in found.to_pylist()}
        judged = batch.decide().counts()
        return sum(batch.received().values()), sum(judged.values()), rows, rules


@pytest.mark.slow
@given(rows=ROWS)
@QUIET
def test_any_answers_give_as_many_submissions_as_rows(programme, rows):
    received, judged, answers, rules = typed(programme, as_csv(rows))
    assert received == judged == len(rows)
    assert rules <= set(RULES)
    for answer in answers:
        assert answer["state"] in ("answered", "blank", "refused", "error", "redacted")
        has_value = any(answer[name] is not None for name in ("value_text", "value_number", "value_date"))
        assert has_value == (answer["state"] == "answered"), answer


@pytest.mark.slow
@given(number=st.decimals(-999_999, 999_999, places=2))
@QUIET
def test_a_number_written_plainly_is_read_as_it_is(programme, number):
    answers = typed(programme, as_csv([(str(number), "", "", "", "", "", "", "x")]))[2]
    (budget,) = [answer for answer in answers if answer["question"] == "budget_gbp"]
    assert budget["value_number"] == number and budget["value_minor"] == int(number * 100)


@pytest.mark.slow
@given(text=NUMERIC)
@QUIET
def test_what_is_taken_as_a_number_is_one_that_the_text_can_mean(programme, text):
    answers = typed(programme, as_csv([(text, "", "", "", "", "", "", "x")]))[2]
    for answer in answers:
        if answer["question"] == "budget_gbp" and answer["state"] == "answered":
            # Grouping marks are gone and a comma may be the decimal point: the digits stay, but for those that a
            # column of six decimals rounds.
            digits = "".join(c for c in text if c.isdigit())
            meant = [Decimal(digits).scaleb(-places) for places in range(len(digits) + 1)]
            found = abs(Decimal(answer["value_number"]))
            assert min(abs(found - value) for value in meant) <= HALF_A_MILLIONTH, (text, answer["value_number"])


@pytest.mark.slow
@given(rows=ROWS)
@QUIET
def test_the_quick_way_and_the_close_look_agree(programme, rows):
    quick = typed(programme, as_csv(rows))[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typing, "PLAIN", {})
        assert typed(programme, as_csv(rows))[2] == quick


@pytest.mark.slow
@given(rows=ROWS)
@QUIET
def test_the_fast_reader_and_the_strict_one_agree(rows):
    content = as_csv(rows)
    strict = read_delimited(content, Limits())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "SMALL_BYTES", 0)
        fast = read_delimited(content, Limits())
    assert fast.refusal == strict.refusal
    if strict.refusal is None:
        assert fast.grids[0].header == strict.grids[0].header
        assert fast.grids[0].rows.to_pylist() == strict.grids[0].rows.to_pylist()
        assert pa.array(fast.grids[0].lines).to_pylist() == pa.array(strict.grids[0].lines).to_pylist()


def filled(grid: Grid) -> list[tuple[int, dict[str, str]]]:
    """Give the rows that hold anything, each with its number."""
    lines = pa.array(grid.lines, pa.int64()).to_pylist()
    return [(n, row) for n, row in zip(lines, grid.rows.to_pylist(), strict=True) if any(map(str.strip, row.values()))]


@pytest.mark.slow
@given(text=st.text(st.sampled_from('"",\n5x '), max_size=60))
@QUIET
def test_the_fast_reader_and_the_strict_one_agree_on_quotation_marks(text):
    content = f"a,b\n1,2\n{text}\n".encode()
    strict = read_delimited(content, Limits())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "SMALL_BYTES", 0)
        fast = read_delimited(content, Limits())
    assert fast.refusal == strict.refusal
    for ours, theirs in zip(fast.grids, strict.grids, strict=True):
        assert filled(ours) == filled(theirs)
        assert ours.faults == theirs.faults


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Break a file: flip, cut, repeat, insert, or splice."""
    data = bytearray(content[:200_000])
    for _ in range(chance.choice([1, 1, 2, 8])):
        if not data:
            return bytes(data)
        at = chance.randrange(len(data))
        kind = chance.randrange(5)
        if kind == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[at : at + chance.choice([1, 4, 64, 4096])]
        elif kind == 2:
            data[at:at] = data[at : at + chance.choice([1, 16, 256])]
        elif kind == 3:
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.choice([1, 3])))
        else:
            data[at : at + 4] = chance.choice(
                [b'"', b",", b"\n", b"\x00", b"\xff\xfe", b"<f/>", b"1e999", b"PK\x03\x04"]
            )
    return bytes(data)


@pytest.mark.slow
def test_broken_files_crash_nothing_and_every_count_balances(tmp_path):
    chance = random.Random(SEED)
    seeds = [(case.ending, content_of(n, case)) for n, case in enumerate(CASES)]
    seeds = [(ending, content) for ending, content in seeds if ending and len(content) < 100_000]
    ends = time.monotonic() + SECONDS
    total = 0
    while time.monotonic() < ends or not total:
        warehouse = open_season(tmp_path / str(total))
        names = set()
        for number in range(60):
            ending, content = chance.choice(seeds)
            names.add(f"m{number}.{ending}")
            drop(warehouse, f"m{number}.{ending}", mutated(content, chance), minutes=number)
        summary = collect(warehouse)
        assert summary.files == 60
        assert summary.received == summary.accepted + summary.parked + summary.rejected + summary.duplicate
        rows = (
            warehouse.connect().execute("SELECT count(*), count(DISTINCT submission_id) FROM raw.submission").fetchone()
        )
        assert rows == (summary.received, summary.received)
        named = warehouse.connect().execute("SELECT file_name FROM raw.file WHERE received_count > 0").fetchall()
        assert {name for (name,) in named} == names, "a file without a submission told nobody anything"
        before = table_hash(warehouse)
        assert collect(warehouse).received == 0
        assert table_hash(warehouse) == before
        total += 60
