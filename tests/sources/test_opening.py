"""An entry of a programme opens its source, or is refused with a sentence that says what to change."""

from __future__ import annotations

import pytest

from benchmarking.collect.source import SourceDown
from benchmarking.collect.sources import open_source
from benchmarking.collect.sources.credentials import read_credentials
from benchmarking.errors import DefinitionError
from benchmarking.settings import Limits

SERVER = {"kind": "odk", "url": "https://central.example.org", "survey": "budget", "project": 3, "form": "budget"}
NAMES = {"username": "SURVEY_USER", "password": "SURVEY_PASSWORD"}


def opened(tmp_path, **entry):
    plain = {"name": "place", "kind": "folder", "url": "", **entry}
    return open_source(**plain, surveys=("budget", "attrition"), inbox=tmp_path / "inbox")


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        pytest.param({"kind": "fax"}, "'fax' is no kind of source. Use folder, limesurvey, odk, kobo", id="kind"),
        pytest.param({"url": "ftp://host/x"}, "files are not read from 'ftp://'", id="scheme"),
        pytest.param({"url": "sftp://host/x"}, "the server's key is not written down. Add host_key", id="host-key"),
        pytest.param({"url": "sftp://user:pass@host/x"}, "the url holds a password", id="password-in-url"),
        pytest.param({"url": "s3://b", "endpoint": "http://s3.example.org"}, "no https address", id="plain-endpoint"),
        pytest.param({"url": "s3://b", "colour": "red"}, "unexpected keyword argument 'colour'", id="unknown-option"),
        pytest.param({**SERVER, "survey": "budgets"}, "Give survey: budget or attrition", id="survey"),
        pytest.param({**SERVER}, "missing 1 required positional argument: 'credentials'", id="missing-option"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_cure(tmp_path, entry, says):
    with pytest.raises(DefinitionError) as raised:
        opened(tmp_path, **entry)
    assert says in str(raised.value)


@pytest.mark.parametrize("url", ["http://central.example.org", "https://user:secret@central.example.org", "central"])
def test_a_server_is_spoken_to_over_https_only(tmp_path, monkeypatch, url):
    for variable in NAMES.values():
        monkeypatch.setenv(variable, "x")
    source = opened(tmp_path, **{**SERVER, "url": url, "credentials": NAMES})
    with pytest.raises(DefinitionError, match="no https address, or holds credentials") as raised:
        list(source.fetch(None))
    assert "secret" not in str(raised.value)


def test_an_inbox_that_is_not_there_yet_is_empty_and_a_named_folder_that_is_not_there_is_away(tmp_path):
    assert list(opened(tmp_path).fetch(None)) == []
    with pytest.raises(SourceDown, match="is not there. Check the url, or mount the share"):
        list(opened(tmp_path, url=str(tmp_path / "share")).fetch(None))


def test_a_file_above_the_limit_is_read_to_one_byte_more_and_no_further(tmp_path):
    folder = tmp_path / "inbox" / "budget"
    folder.mkdir(parents=True)
    (folder / "large.csv").write_bytes(b"x" * 5000)
    source = open_source("inbox", "folder", "", ("budget",), tmp_path / "inbox", Limits(file_bytes=1000))
    assert [len(delivery.content) for delivery in source.fetch(None)] == [1001]


@pytest.mark.parametrize("name", [".hidden.csv", "~$open.xlsx", "half.csv.part", "half.csv.FILEPART", ".sync/a.csv"])
def test_what_nobody_sent_is_not_read(tmp_path, name):
    path = tmp_path / "inbox" / "budget" / name
    path.parent.mkdir(parents=True)
    path.write_text("x")
    assert list(opened(tmp_path).fetch(None)) == []


def test_files_of_subfolders_are_named_by_their_path(tmp_path):
    path = tmp_path / "inbox" / "budget" / "2026" / "A001.csv"
    path.parent.mkdir(parents=True)
    path.write_text("x")
    assert [(d.name, d.survey) for d in opened(tmp_path).fetch(None)] == [("2026/A001.csv", "budget")]


@pytest.mark.parametrize(
    ("names", "error", "says"),
    [
        pytest.param({}, DefinitionError, "credentials miss token", id="not-named"),
        pytest.param({"token": "hunter2!"}, DefinitionError, "no name of an environment", id="the-secret-itself"),
        pytest.param({"token": "NOT_SET"}, SourceDown, "variable NOT_SET is not set", id="not-set"),
    ],
)
def test_credentials_come_from_the_environment_alone(names, error, says):
    with pytest.raises(error) as raised:
        read_credentials("place", names, ("token",))
    assert says in str(raised.value)
    assert "hunter2" not in str(raised.value)
