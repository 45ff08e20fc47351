"""Publishing a year: what comes out, what is refused, what a second try does, rebuilding and retracting."""

from __future__ import annotations

import csv
import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import release_content
from benchmarking.errors import BenchmarkingError
from benchmarking.publish import Approval, announcement, build_preview, describe_draft, next_version, publish
from benchmarking.publish import rebuild as rebuild_module
from benchmarking.publish.content import NothingToPublish
from benchmarking.publish.draft import open_preview, read_access_log
from benchmarking.publish.promote import AlreadyPublished, DamagedRelease, check_sums, promote, staging
from benchmarking.publish.rebuild import RebuildDiffers, rebuild
from benchmarking.publish.release import AuditFailed, NotApproved
from benchmarking.publish.retract import retract
from benchmarking.publish.version import NotYet, Version
from benchmarking.warehouse import Warehouse
from release_content import APPROVED_AUDIT, YEAR

REQUIRED = (
    "benchmarks.csv", "benchmarks.parquet", "benchmarks.json", "benchmarks.xlsx", "index.html", "SHA256SUMS",
    "datapackage.json", "benchmarks.csv-metadata.json", "api/openapi.json", "quality_report.json", "changes.csv",
    "headline_change.csv", "slides.pptx", "report.pdf", "manifest.json", "disclosure_audit.json",
)  # fmt: skip


def test_a_release_has_every_file_and_sums_that_sha256sum_accepts(stored, approval, releases):
    summary = publish(stored, YEAR, approval, APPROVED_AUDIT)
    assert (summary.version, summary.is_new, summary.cells) == ("2026.1.0", True, 80)
    folder = releases / "latest"
    assert folder.resolve().name == "2026.1.0"
    assert [name for name in REQUIRED if not (folder / name).is_file()] == []
    checked = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True)
    assert checked.returncode == 0
    assert list(releases.glob(".staging*")) == []


def test_publishing_again_publishes_nothing_and_says_so(stored, approval, releases):
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    assert next_version(stored, YEAR) is None
    again = publish(stored, YEAR, approval, APPROVED_AUDIT)
    assert (again.is_new, again.version) == (False, "2026.1.0")
    assert again.message == "recruitment_marketing 2026.1.0: nothing new; its figures are those published already."
    assert sorted(path.name for path in releases.iterdir()) == ["2026.1.0", "latest"]


def test_a_changed_figure_makes_a_revision_with_the_cell_marked_and_listed(stored, content, approval, releases):
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    position = next(i for i, cell in enumerate(content.cells) if cell.statistic == "p50" and not cell.is_hidden)
    release_content.store(stored, release_content.with_figure(content, position, 770.0, "£770"))
    assert next_version(stored, YEAR) == "2026.1.1"
    assert publish(stored, YEAR, approval, APPROVED_AUDIT).version == "2026.1.1"
    assert (releases / "latest").resolve().name == "2026.1.1"
    with (releases / "2026.1.1" / "changes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    before = content.cells[position]
    assert [(row["measure"], row["before"], row["after"], row["tag"]) for row in rows] == [
        (before.measure, before.display, "£770", "revision")
    ]
    cells = json.loads((releases / "2026.1.1" / "benchmarks.json").read_text())["cells"]
    assert [cell["display"] for cell in cells if cell["status"] == "[r]"] == ["£770"]
    assert check_sums(releases / "2026.1.0") == check_sums(releases / "2026.1.1")


@pytest.mark.parametrize(
    ("kind", "by", "audit", "now", "sentence"),
    [
        pytest.param(
            NotApproved, "  ", APPROVED_AUDIT, None,
            "recruitment_marketing 2026.1.0: nobody approved it. Approve it in Airflow, or give --approved-by NAME on "
            "the command line.", id="without-approval",
        ),
        pytest.param(
            AuditFailed, "Someone", {"holds": False, "reason": "one cell can be inferred."}, None,
            "recruitment_marketing 2026.1.0: the disclosure audit does not hold: one cell can be inferred. Run protect "
            "again, then publish.", id="with-a-failed-audit",
        ),
        pytest.param(
            AuditFailed, "Someone", {}, None,
            "recruitment_marketing 2026.1.0: the disclosure audit does not hold: a hidden figure or a contributor "
            "could be inferred too closely. Run protect again, then publish.", id="without-an-audit",
        ),
        pytest.param(
            NotYet, "Someone", APPROVED_AUDIT, datetime(2026, 11, 2, 9, 29, tzinfo=UTC),
            "recruitment_marketing 2026.1.0: it is announced for 2026-11-02 09:30 UTC, and it is 2026-11-02 09:29 UTC "
            "now. Publish it then, or change the release calendar in programme.yaml.", id="before-its-time",
        ),
    ],
)  # fmt: skip
def test_a_release_that_may_not_be_is_refused_with_a_sentence(stored, releases, kind, by, audit, now, sentence):
    settings = replace(stored.settings, fixed_now=now or stored.settings.now())
    warehouse = Warehouse(settings, stored.programme)
    with pytest.raises(kind) as refusal:
        publish(warehouse, YEAR, Approval(by, settings.now(), "in a test"), audit)
    assert str(refusal.value) == sentence
    assert list(releases.iterdir()) == []


def test_a_version_that_is_there_is_never_overwritten(stored, approval, releases):
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    with pytest.raises(AlreadyPublished) as refusal, staging(releases, "2026.1.0") as folder:
        (folder / "index.html").write_text("another")
        promote(folder, releases, Version(2026, 1, 0))
    assert "version 2026.1.0 is there already. Nothing is ever overwritten: publish a revision." in str(refusal.value)
    check_sums(releases / "2026.1.0")


def test_a_year_without_figures_is_refused_with_a_sentence(warehouse, approval):
    with pytest.raises(NothingToPublish) as refusal:
        publish(warehouse, 2019, approval, APPROVED_AUDIT)
    assert str(refusal.value) == ("recruitment_marketing: there are no published cells for 2019. Run protect first.")


def test_a_release_is_rebuilt_to_the_same_bytes_after_its_tables_changed(stored, content, approval, releases):
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    release_content.store(stored, release_content.with_figure(content, 0, 770.0, "£770"))
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    for version in ("2026.1.0", "2026.1.1"):
        summary = rebuild(stored, releases / version)
        assert summary.is_identical and summary.files == check_sums(releases / version)


def test_a_rebuild_that_differs_names_the_file_and_what_changed_since(stored, approval, releases, monkeypatch):
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    folder = releases / "2026.1.0"
    manifest = json.loads((folder / "manifest.json").read_text())
    path = folder / "quality_report.json"
    path.chmod(0o644)
    path.write_text("{}")
    with pytest.raises(DamagedRelease, match=r"quality_report.json was changed"):
        rebuild(stored, folder)
    sums = (folder / "SHA256SUMS").read_text().replace(_sum_of(folder, "quality_report.json"), _sha256(b"{}"))
    (folder / "SHA256SUMS").chmod(0o644)
    (folder / "SHA256SUMS").write_text(sums)
    with pytest.raises(RebuildDiffers, match=r"1 of \d+ files differ: quality_report.json\. Check out the revision"):
        rebuild(stored, folder)
    monkeypatch.setattr(rebuild_module, "writers_sha256", lambda: "other")
    monkeypatch.setattr(rebuild_module, "package_versions", lambda: {**manifest["packages"], "typst": "9.9"})
    was = manifest["packages"]["typst"]
    changed = rf"Changed since: typst {was} is now 9\.9, the code that writes releases\."
    with pytest.raises(RebuildDiffers, match=changed):
        rebuild(stored, folder)
    assert manifest["tables"]["published.cell"] == 0
    inputs = stored.programme.inputs.values()
    assert {row["table"]: row["sha256"] for row in manifest["inputs"]} == {i.table_name: i.sha256 for i in inputs}
    assert len(manifest["inputs"]) == 2


def _sum_of(folder, name):
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    return next(line.split("  ")[0] for line in lines if line.endswith(f"  {name}"))


def _sha256(content):
    import hashlib

    return hashlib.sha256(content).hexdigest()


def test_a_retracted_release_leaves_a_tombstone_and_latest_turns_back(stored, content, approval, releases):
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    release_content.store(stored, release_content.with_figure(content, 0, 770.0, "£770"))
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    folder = retract(stored, "2026.1.1", "Release test", "One figure rests on a wrong file <b>.")
    assert sorted(path.name for path in folder.iterdir()) == [
        "RETRACTED.json", "SHA256SUMS", "index.html", "manifest.json",
    ]  # fmt: skip
    assert "One figure rests on a wrong file &lt;b&gt;." in (folder / "index.html").read_text()
    assert (releases / "latest").resolve().name == "2026.1.0"
    assert (stored.folder("retracted") / "2026.1.1" / "benchmarks.csv").is_file()
    with pytest.raises(BenchmarkingError, match="it is retracted already"):
        retract(stored, "2026.1.1", "Release test", "again")
    assert publish(stored, YEAR, approval, APPROVED_AUDIT).version == "2026.1.2"


def test_with_every_release_retracted_there_is_no_latest(stored, approval, releases):
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    retract(stored, "2026.1.0", "Release test", "a reason")
    assert not (releases / "latest").exists()


def test_an_older_year_s_revision_does_not_move_latest_back(stored, approval, releases):
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    with staging(releases, "2025.1.1") as folder:
        (folder / "index.html").write_text("an older year")
        promote(folder, releases, Version(2025, 1, 1))
    assert (releases / "latest").resolve().name == "2026.1.0"


def test_the_approval_page_shows_version_changes_coverage_and_audit(stored, content, approval):
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    release_content.store(stored, release_content.with_figure(content, 0, 770.0, "£770"))
    page = describe_draft(stored, YEAR, APPROVED_AUDIT)
    assert page["title"] == "Publish Recruitment marketing benchmarks 2026.1.1?"
    assert "1 figures differ from 2026.1.0: 1 revision." in page["body"]
    assert "| holds | True |" in page["body"]
    assert "Nothing is parked." in page["body"]
    assert release_content.the_programme().notice in page["body"]


def test_an_embargoed_preview_says_so_everywhere_and_logs_who_looked(stored, releases):
    folder = build_preview(stored, YEAR, APPROVED_AUDIT)
    assert "Draft under embargo" in (folder / "benchmarks.csv").read_text()
    assert "Draft under embargo" in (folder / "index.html").read_text()
    assert list(releases.iterdir()) == []
    assert open_preview(stored, YEAR, "benchmarks.csv", "reader-one").is_file()
    open_preview(stored, YEAR, "index.html", "reader-two")
    assert [(row["reader"], row["file"]) for row in read_access_log(stored)] == [
        ("reader-one", "benchmarks.csv"),
        ("reader-two", "index.html"),
    ]


@pytest.mark.parametrize(
    ("name", "reader", "sentence"),
    [
        pytest.param("benchmarks.csv", " ", "an embargoed preview is read by name only", id="nobody"),
        pytest.param("../access.jsonl", "reader", "there is no such file in the preview", id="outside-the-folder"),
        pytest.param("missing.csv", "reader", "there is no such file in the preview", id="missing"),
    ],
)
def test_a_preview_is_not_given_to_nobody_nor_anything_else_with_it(stored, name, reader, sentence):
    build_preview(stored, YEAR, APPROVED_AUDIT)
    open_preview(stored, YEAR, "index.html", "reader-one")
    with pytest.raises(BenchmarkingError, match=sentence):
        open_preview(stored, YEAR, name, reader)
    assert len(read_access_log(stored)) == 1


def test_an_announcement_quotes_the_release_and_carries_its_notice(stored, approval, releases):
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    said = announcement(releases / "2026.1.0", "https://example.org/benchmarks/")
    assert said.subject == "Recruitment marketing benchmarks 2026: version 2026.1.0 is out"
    for told in (said.text, said.html):
        assert "Half of agencies set aside" in told and "https://example.org/benchmarks/" in told
        assert release_content.the_programme().notice in told
    assert said.short.endswith(f"https://example.org/benchmarks/ {release_content.the_programme().notice}")
    assert len(said.short.splitlines()) == 1


@pytest.mark.parametrize(
    ("site", "told"),
    [
        pytest.param("https://example.org/b/", "https://example.org/b/recruitment_marketing/2026.1.0/", id="a-site"),
        pytest.param("", "in the folder of release 2026.1.0", id="no-site"),
    ],
)
def test_an_announcement_says_where_the_release_is(stored, approval, releases, monkeypatch, site, told):
    monkeypatch.setenv("BENCHMARKING_SITE_URL", site)
    publish(stored, YEAR, approval, APPROVED_AUDIT)
    said = announcement(releases / "2026.1.0")
    assert told in said.text and told in said.html
