"""The private report of each contributor: its own figures beside published ones, as HTML and tagged PDF.

A report adds nothing to what was released. Of others it shows published figures alone, and of the place among them
a band between two published marks; everything else in it is the contributor's own. It is a pure function of a
release's recorded tables and of the ledger up to that release, so that making it again gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from benchmarking.errors import BenchmarkingError
from benchmarking.progress import track
from benchmarking.publish.content import Content
from benchmarking.publish.rebuild import recorded_content
from benchmarking.publish.reports_read import contributors, read_reports
from benchmarking.publish.reports_say import Report, Shown
from benchmarking.publish.reports_worker import PAGE, PAGES
from benchmarking.publish.version import newest_of_year, read_manifest
from benchmarking.settings import ROOT
from benchmarking.warehouse import Warehouse

CHILDREN = 2
MAKING = ".making-"
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}")


class NoRelease(BenchmarkingError):
    """No release stands that a report could compare with."""


class ReportFailed(BenchmarkingError):
    """A child that writes reports ended before its work was done."""


@dataclass(frozen=True)
class Made:
    """A report that was written aside: whose, its folder's name, its files' checksums, what it shows of others."""

    agency_id: str
    folder: str
    page_sha256: str
    pages_sha256: str
    figures: tuple[tuple[str, str, str, str, str, str], ...]


@dataclass(frozen=True)
class Edition:
    """The reports of one release: its content, the versions of its tables, and for whom reports are."""

    content: Content
    tables: dict[str, int]
    agency_ids: tuple[str, ...]

    @property
    def version(self) -> str:
        """Give the release's version."""
        return self.content.version


def open_edition(warehouse: Warehouse, year: int, agency_ids: Collection[str] | None = None) -> Edition:
    """Read the newest standing release of a year from the very tables it was made from.

    Args:
        agency_ids: for whom; everybody who sent something for the year unless given.

    Raises:
        NoRelease: there is none. BenchmarkingError: an agency has sent nothing.
    """
    releases = warehouse.folder("releases")
    version = newest_of_year(releases, year, with_retracted=False)
    if version is None:
        where, do = warehouse.programme.name, "Publish the year, then run this again."
        raise NoRelease(f"no release of {year} stands.", where, do)
    manifest = read_manifest(releases / str(version))
    content = recorded_content(warehouse, releases / str(version), manifest)
    # Where an agency was erased since, what it left of the tables is read as it stands now.
    newest = {name: number for name, number in warehouse.versions().items() if name in manifest["tables"]}
    tables = {**newest, **warehouse.standing(manifest["tables"])}
    connection = warehouse.connect(tables)
    try:
        known = contributors(connection, content)
    finally:
        connection.close()
    unknown = sorted(set(agency_ids or ()) - set(known))
    if unknown:
        raise BenchmarkingError(
            f"{', '.join(unknown)} sent nothing for {year}.", warehouse.programme.name, "Check the id."
        )
    wanted = known if agency_ids is None else [agency for agency in known if agency in set(agency_ids)]
    return Edition(content, tables, tuple(wanted))


def not_yet_made(
    warehouse: Warehouse, edition: Edition, recorded: Mapping[str, Collection[tuple[str, str]]]
) -> list[str]:
    """Give those whose report does not lie in its folder as the ledger has it.

    Args:
        recorded: for each agency the checksums (page, PDF) of its reports in the ledger.
    """
    top = warehouse.folder("reports") / edition.version
    return [a for a in edition.agency_ids if _checksums(top / folder_name(a)) not in set(recorded.get(a, ()))]


def read_edition(
    warehouse: Warehouse,
    edition: Edition,
    agency_ids: Collection[str],
    shown: Shown,
    certificates: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[Report]:
    """Read what the reports of an edition say; see `reports_read.read_reports`."""
    connection = warehouse.connect(edition.tables)
    try:
        return list(read_reports(connection, edition.content, shown, certificates, agency_ids))
    finally:
        connection.close()


@contextmanager
def written_aside(
    warehouse: Warehouse, content: Content, reports: Sequence[Report]
) -> Iterator[tuple[Path, list[Made]]]:
    """Write reports into a folder that nobody is sent, by two processes; what is left of it afterwards is removed.

    Raises:
        ReportFailed: a process ended early; its log says why.
    """
    top = warehouse.folder("reports") / content.version
    for folder in (top.parent, top):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    aside = Path(tempfile.mkdtemp(prefix=MAKING, dir=top))
    try:
        yield aside, _write_all(content, reports, aside)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def place(aside: Path, made: Sequence[Made]) -> None:
    """Move reports to where they are sent from, file by file; each lies there whole or not at all."""
    for one in made:
        target = aside.parent / one.folder
        target.mkdir(mode=0o700, exist_ok=True)
        for name in (PAGE, PAGES):
            (aside / one.folder / name).replace(target / name)


def summary(warehouse: Warehouse, edition: Edition, made: int) -> dict[str, Any]:
    """Say what was done: version, folder, reports there are, those made now, and a sentence for people."""
    count = len(edition.agency_ids)
    said = f"{warehouse.programme.name} {edition.version}: "
    said += f"{made} of {count} private reports made." if made else f"nothing new; all {count} private reports stand."
    folder = str(warehouse.folder("reports") / edition.version)
    return {"version": edition.version, "folder": folder, "reports": count, "made": made, "message": said}


def folder_name(agency_id: str) -> str:
    """Give a contributor's folder; an id that is no plain file name is replaced by its hash."""
    if PLAIN_NAME.fullmatch(agency_id):
        return agency_id
    return hashlib.sha256(agency_id.encode()).hexdigest()[:24]


def _checksums(folder: Path) -> tuple[str, str] | None:
    paths = (folder / PAGE, folder / PAGES)
    if not all(path.is_file() for path in paths):
        return None
    first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    return first, second


def _write_all(content: Content, reports: Sequence[Report], aside: Path) -> list[Made]:
    by_agency = {report.agency_id: report for report in reports}
    done: SimpleQueue[dict[str, str] | None] = SimpleQueue()
    shares = [reports[start::CHILDREN] for start in range(min(CHILDREN, len(reports)))]
    with ThreadPoolExecutor(CHILDREN) as threads:
        running = [threads.submit(_write_share, content, share, aside, done) for share in shares]
        lines = _lines(done, len(running))
        made = [_made(by_agency[line["agency_id"]], line) for line in track(lines, "reports written", len(reports))]
        for child in running:
            child.result()
    return sorted(made, key=lambda one: one.agency_id)


def _lines(done: SimpleQueue[dict[str, str] | None], children: int) -> Iterator[dict[str, str]]:
    while children:
        line = done.get()
        if line is None:
            children -= 1
        else:
            yield line


def _write_share(
    content: Content, reports: Sequence[Report], aside: Path, done: SimpleQueue[dict[str, str] | None]
) -> None:
    """Have one child write its share; a None says that it has ended."""
    path = os.pathsep.join(filter(None, [str(ROOT / "plugins"), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "benchmarking.publish.reports_worker"]
    wanted = [(report, aside / folder_name(report.agency_id)) for report in reports]
    try:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
        ) as child:
            assert child.stdin is not None and child.stdout is not None
            try:
                pickle.dump((content, wanted), child.stdin)
                child.stdin.close()
            except BrokenPipeError:
                pass
            for line in child.stdout:
                done.put(json.loads(line))
        if child.returncode:
            raise ReportFailed(
                f"a writer of reports ended with {child.returncode}.",
                content.version,
                "Its log says why; run it again.",
            )
    finally:
        done.put(None)


def _made(report: Report, line: Mapping[str, str]) -> Made:
    return Made(
        report.agency_id, folder_name(report.agency_id), line["page_sha256"], line["pages_sha256"], report.figures
    )
