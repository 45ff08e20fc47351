"""Targets: a folder and a bucket get a whole release, `latest.json` last; nothing there is overwritten."""

from __future__ import annotations

import hashlib
import json
import threading

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from benchmarking.publish import targets as targets_module
from benchmarking.publish.promote import AlreadyPublished, write_sums
from benchmarking.publish.targets import TARGETS_SETTING, TargetFailed, retract_at_targets, send, send_to_targets

PROGRAMME = "recruitment_marketing"


@pytest.fixture(scope="module")
def bucket():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {
        "key": "testing",
        "secret": "testing",
        "client_kwargs": {"endpoint_url": f"http://{host}:{port}", "region_name": "us-east-1"},
    }
    store = fsspec.filesystem("s3", skip_instance_cache=True, **options)
    store.call_s3("create_bucket", Bucket="releases")
    yield store, options
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def target(request, tmp_path, bucket):
    """Give a file system, a URL in it and the options to open it."""
    if request.param == "folder":
        return fsspec.filesystem("file"), str(tmp_path / "www"), {}
    store, options = bucket
    return store, f"s3://releases/{request.node.name.replace('[', '-').replace(']', '')}", options


def make_release(tmp_path, version, text="480"):
    folder = tmp_path / "releases" / version
    (folder / "api").mkdir(parents=True)
    (folder / "index.html").write_text(f"<p>{text}</p>")
    (folder / "api" / "index.json").write_text("{}")
    (folder / "RETRACTED.json").unlink(missing_ok=True)
    write_sums(folder)
    return folder


def read(store, path):
    store.invalidate_cache()
    return store.cat_file(path)


def test_a_release_arrives_whole_and_latest_names_it(target, tmp_path):
    store, url, options = target
    release = make_release(tmp_path, "2026.1.0")
    prefix = send(release, url, PROGRAMME, options)
    assert read(store, f"{prefix}/api/index.json") == b"{}"
    latest = json.loads(read(store, f"{prefix.rsplit('/', 1)[0]}/latest.json"))
    assert latest == {
        "version": "2026.1.0",
        "path": "2026.1.0/",
        "sums_sha256": hashlib.sha256((release / "SHA256SUMS").read_bytes()).hexdigest(),
    }


def test_sending_again_changes_nothing_and_another_release_of_that_version_is_refused(target, tmp_path):
    _, url, options = target
    release = make_release(tmp_path, "2026.1.0")
    assert send(release, url, PROGRAMME, options) == send(release, url, PROGRAMME, options)
    other = make_release(tmp_path / "other", "2026.1.0", "481")
    with pytest.raises(AlreadyPublished, match=r"another release is there as 2026\.1\.0\. Nothing is ever overwritten"):
        send(other, url, PROGRAMME, options)


def test_latest_never_goes_back_to_an_older_version(target, tmp_path):
    store, url, options = target
    prefix = send(make_release(tmp_path, "2026.1.1"), url, PROGRAMME, options)
    send(make_release(tmp_path, "2025.1.2"), url, PROGRAMME, options)
    assert json.loads(read(store, f"{prefix.rsplit('/', 1)[0]}/latest.json"))["version"] == "2026.1.1"


def test_an_interrupted_send_is_not_named_by_latest_and_the_next_try_completes_it(target, tmp_path, monkeypatch):
    store, url, options = target
    first = send(make_release(tmp_path, "2026.1.0"), url, PROGRAMME, options)
    release = make_release(tmp_path, "2026.1.1", "490")
    put, lock = targets_module._put, threading.Lock()

    def fails_at_sums(store, path, content):
        with lock:
            if path.endswith("2026.1.1/SHA256SUMS"):
                raise OSError("the line is down")
        put(store, path, content)

    monkeypatch.setattr(targets_module, "_put", fails_at_sums)
    with pytest.raises(OSError, match="the line is down"):
        send(release, url, PROGRAMME, options)
    latest = f"{first.rsplit('/', 1)[0]}/latest.json"
    assert json.loads(read(store, latest))["version"] == "2026.1.0"
    monkeypatch.setattr(targets_module, "_put", put)
    send(release, url, PROGRAMME, options)
    assert json.loads(read(store, latest))["version"] == "2026.1.1"


def test_a_file_that_arrives_changed_stops_the_release(target, tmp_path, monkeypatch):
    store, url, options = target
    put = targets_module._put
    monkeypatch.setattr(targets_module, "_put", lambda s, path, content: put(s, path, content[:-1] + b"?"))
    with pytest.raises(TargetFailed, match="arrived changed. Send the release again"):
        send(make_release(tmp_path, "2026.1.0"), url, PROGRAMME, options)
    assert not store.exists(f"{url.removeprefix('s3://')}/{PROGRAMME}/latest.json")


def test_a_target_that_is_down_is_named_and_does_not_undo_the_release(warehouse, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv(TARGETS_SETTING, f"{blocked} {tmp_path / 'www'}")
    problems = send_to_targets(warehouse, make_release(tmp_path, "2026.1.0"))
    assert len(problems) == 1 and problems[0].startswith(f"Not sent to {blocked}: ")
    assert (tmp_path / "www" / PROGRAMME / "2026.1.0" / "index.html").is_file()


def test_a_retraction_reaches_the_target(warehouse, tmp_path, monkeypatch):
    monkeypatch.setenv(TARGETS_SETTING, str(tmp_path / "www"))
    standing, wrong = make_release(tmp_path, "2026.1.0"), make_release(tmp_path, "2026.1.1", "wrong")
    send_to_targets(warehouse, standing)
    send_to_targets(warehouse, wrong)
    tombstone = tmp_path / "tombs" / "2026.1.1"
    tombstone.mkdir(parents=True)
    (tombstone / "index.html").write_text("retracted")
    write_sums(tombstone)
    assert retract_at_targets(warehouse, tombstone, standing) == []
    there = tmp_path / "www" / PROGRAMME
    assert (there / "2026.1.1" / "index.html").read_text() == "retracted"
    assert not (there / "2026.1.1" / "api" / "index.json").exists()
    assert json.loads((there / "latest.json").read_text())["version"] == "2026.1.0"
