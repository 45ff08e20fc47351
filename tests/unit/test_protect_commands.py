"""The disclosure commands as typed: their exit codes, what they print, and the sentence with which they refuse."""

import json
from dataclasses import replace

import pytest

from benchmarking.__main__ import main
from benchmarking.tables import TABLES
from disclosure_world import fill, make_agencies, make_warehouse, release, write_sums

YEAR, VERSION = 2026, "2026.1.0"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trade")
    warehouse = make_warehouse(folder)
    fill(warehouse, YEAR, [replace(a, size="tiny" if i < 3 else a.size, holding_id=a.agency_id)
                           for i, a in enumerate(make_agencies())])  # fmt: skip
    release(warehouse, YEAR, VERSION)
    return warehouse, folder


@pytest.fixture
def run(world, monkeypatch, capsys):
    """Type a command against the made-up trade; give its exit code and what it wrote on either stream."""
    _, folder = world
    monkeypatch.setenv("BENCHMARKING_DATA", str(folder / "data"))
    monkeypatch.setenv("BENCHMARKING_WAREHOUSE", str(folder / "data" / "warehouse"))
    monkeypatch.setenv("BENCHMARKING_NOW", "2027-02-01T09:00:00+00:00")

    def run(*words):
        code = main([*words, "--programme", str(folder / "programme")])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_an_audit_that_holds_ends_with_0_and_counts_nothing_exposed(run):
    code, out, _ = run("audit", VERSION)
    said = json.loads(out)
    assert (code, said["holds"], said["agencies_exposed"], said["insider_pairs"]) == (0, True, 0, 0)


def test_a_certificate_is_printed_with_its_sentence(run):
    code, out, _ = run("certificate", "a050")
    assert code == 0
    assert all("everything ever published" in line["sentence"] for line in json.loads(out))


def test_coverage_says_what_is_publishable_and_what_needs_how_many_more_of_what_kind(run):
    code, out, _ = run("coverage", str(YEAR))
    lines = {(line["statistic"], line["peer_group"], line["peer_value"]): line for line in json.loads(out)}
    assert code == 0
    assert lines["p50", "all", "all"]["is_publishable"] is True
    assert lines["p50", "size", "tiny"]["needs"] == "needs 2 more agencies in size tiny"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("audit", "2031.1.0"), "there is no SHA256SUMS", id="no-such-release"),
        pytest.param(("certificate", "nobody"), "nothing was published to which it contributed", id="no-such-agency"),
    ],
)
def test_what_is_not_there_is_refused_with_a_sentence(run, words, sentence):
    code, out, err = run(*words)
    assert (code, out) == (1, "")
    assert sentence in err


def test_an_audit_of_a_tampered_release_ends_with_1_and_names_the_file(world, run):
    path = world[0].folder("releases") / VERSION / "benchmarks.csv"
    before = path.read_bytes()
    path.write_bytes(before.replace("£".encode(), b"$", 1))
    code, out, err = run("audit", VERSION)
    path.write_bytes(before)
    assert (code, out) == (1, "")
    assert "'benchmarks.csv' is not as it was published" in err


def test_an_audit_of_parameters_weaker_than_the_programmes_ends_with_1_and_names_them(world, run):
    folder = world[0].folder("releases") / VERSION
    path = folder / "disclosure_audit.json"
    before = path.read_text(encoding="utf-8")
    content = json.loads(before)
    content["audit"]["parameters"]["p_percent"] = 1
    path.write_text(json.dumps(content), encoding="utf-8")
    write_sums(folder)
    code, out, err = run("audit", VERSION)
    path.write_text(before, encoding="utf-8")
    write_sums(folder)
    assert (code, out) == (1, "")
    assert "weaker parameters than the programme's: p_percent" in err


def test_an_audit_without_its_ledger_ends_with_1(world, run):
    kept = world[0].connect().execute("SELECT * FROM ledger.release").to_arrow_table()
    world[0].overwrite("ledger.release", TABLES["ledger.release"].schema.empty_table())
    code, out, err = run("audit", VERSION)
    world[0].overwrite("ledger.release", kept.cast(TABLES["ledger.release"].schema))
    assert (code, out) == (1, "")
    assert "the ledger does not know it" in err


@pytest.mark.parametrize(
    ("command", "argument"),
    [("audit", "RELEASE"), ("certificate", "AGENCY_ID"), ("coverage", "YEAR"), ("record", "RELEASE")],
)
def test_the_help_of_a_command_says_what_it_does_and_takes(command, argument, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert argument in text
    assert "--programme" in text


def test_a_year_that_is_no_number_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["coverage", "soon"])
    assert ended.value.code == 2
    assert "invalid int value" in capsys.readouterr().err
