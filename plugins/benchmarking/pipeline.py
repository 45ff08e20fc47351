"""The steps by name: what a task, the command line and a test all call.

Each step takes an open warehouse, does its work, writes its tables and gives a summary of counts. Running a step
again with the same inputs changes nothing.
"""

from __future__ import annotations

import fcntl
import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarking import fingerprint
from benchmarking.catalog import Programme, load_programme
from benchmarking.errors import BenchmarkingError, UnbalancedCount
from benchmarking.settings import Settings, load_settings
from benchmarking.warehouse import Warehouse

log = logging.getLogger("benchmarking")
STEPS = ("collect", "validate", "aggregate", "protect", "publish")
BUILD_STEPS = ("validate", "aggregate", "protect")


def open_warehouse(programme: Path | str, settings: Settings | None = None) -> Warehouse:
    """Open the warehouse of the programme defined in a folder."""
    return Warehouse(settings or load_settings(), load_programme(Path(programme)))


def open_all(settings: Settings | None = None) -> list[Warehouse]:
    """Open the warehouse of every configured programme."""
    settings = settings or load_settings()
    return [open_warehouse(folder, settings) for folder in settings.programmes]


def source_names(programme: Programme) -> list[str]:
    """Give the names of a programme's sources, in their order."""
    return [source["name"] for source in programme.sources]


def collect(warehouse: Warehouse, source_name: str | None = None) -> dict[str, Any]:
    """Collect one source, or all; see `benchmarking.collect.collect`.

    Raises:
        UnbalancedCount: received is not accepted + parked + rejected + duplicate.
    """
    from benchmarking.collect import collect as step

    summary = asdict(step(warehouse, source_name))
    # A run that ended between a commit and its announcement must not leave a year unbuilt for ever.
    summary["years"] = sorted({*summary["years"], *years_unbuilt(warehouse)})
    return _balanced("collect", warehouse, summary)


def validate(warehouse: Warehouse, year: int) -> dict[str, Any]:
    """Validate one survey year; see `benchmarking.validate.validate`.

    Raises:
        UnbalancedCount: received is not accepted + parked + rejected + duplicate.
    """
    from benchmarking.validate import validate as step

    return _balanced("validate", warehouse, asdict(step(warehouse, year)))


def aggregate(warehouse: Warehouse, year: int) -> dict[str, Any]:
    """Estimate one survey year; see `benchmarking.aggregate.aggregate`."""
    from benchmarking.aggregate import aggregate as step

    return _told("aggregate", warehouse, asdict(step(warehouse, year)))


def protect(warehouse: Warehouse, year: int) -> dict[str, Any]:
    """Hide what must stay hidden, up to one survey year; see `benchmarking.protect.protect`."""
    from benchmarking.protect import protect as step

    return _told("protect", warehouse, asdict(step(warehouse, year)))


def audit(warehouse: Warehouse, year: int) -> dict[str, Any]:
    """Attack the release candidate of a year with everything ever published; see `benchmarking.protect.audit`.

    What was found is recalled while every table that the attack reads is as it was: from the draft to its release.
    """
    from benchmarking.protect import audit_candidate

    mark = fingerprint.fingerprint("audit", warehouse, year)
    known = fingerprint.recall("audit", warehouse, year, mark)
    if known is None:
        known = json.loads(json.dumps(audit_candidate(warehouse, year)))
        fingerprint.remember("audit", warehouse, year, mark, known)
    return known


def publish(warehouse: Warehouse, year: int, by: str, how: str) -> dict[str, Any]:
    """Audit, build, verify and promote the release of a year, then enter it in the ledger.

    Args:
        by: who approved.
        how: how the approval was given; it stands in the log and in the release.
    """
    from benchmarking.protect import record_release
    from benchmarking.publish import Approval
    from benchmarking.publish import publish as step

    approval = Approval(by=by, at=warehouse.settings.now(), how=how)
    log.info("%s %s: approved by %s (%s)", warehouse.programme.name, year, by, how)
    with _one_at_a_time(warehouse):
        summary = step(warehouse, year, approval, audit(warehouse, year))
        if summary.is_new:
            record_release(warehouse, summary.version)
    return _told("publish", warehouse, asdict(summary))


def agency_reports(warehouse: Warehouse, year: int, agency_ids: Iterable[str] | None = None) -> dict[str, Any]:
    """Make the private reports of a year's newest release, admitted through the ledger before anybody can be sent one.

    Reports that lie there already are compared with the ledger and left alone.

    Raises:
        ReportRefused: a report shows what its release does not, or one on disk is not as the ledger has it.
    """
    from benchmarking.protect import (
        admit_reports,
        audit_reports,
        certificates,
        record_private_reports,
        reports_recorded,
    )
    from benchmarking.protect.rounding import display, shape_of
    from benchmarking.publish import reports

    with _one_at_a_time(warehouse, "reports"):
        edition = reports.open_edition(warehouse, year, None if agency_ids is None else set(agency_ids))
        audit_reports(warehouse, [edition.version])
        waiting = reports.not_yet_made(warehouse, edition, reports_recorded(warehouse, edition.version))
        if waiting:
            found = reports.read_edition(
                warehouse,
                edition,
                waiting,
                lambda measure, name, value: display(value, shape_of(measure, name)),
                certificates(warehouse, waiting, year, edition.version),
            )
            admit_reports(warehouse, edition.version, {report.agency_id: report.figures for report in found})
            with reports.written_aside(warehouse, edition.content, found) as (aside, made):
                # The ledger first: a report that is known and was never placed is made again, the other way is a leak.
                record_private_reports(warehouse, edition.version, [asdict(one) for one in made])
                reports.place(aside, made)
    return _told("reports", warehouse, reports.summary(warehouse, edition, len(waiting)))


def years_affected(warehouse: Warehouse, year: int) -> list[int]:
    """Give the years that a change in `year` touches: itself, and the next if built, whose changes compare with it."""
    built = warehouse.connect().sql("SELECT DISTINCT survey_year FROM staging.verdict").fetchall()
    return [year, *(other for (other,) in built if other == year + 1)]


def rebuild(step: str, warehouse: Warehouse, year: int) -> dict[int, dict[str, Any]]:
    """Run one of the build steps for a year and for the year that compares with it; give summaries by year.

    Protection looks at neighbouring years too, so it waits until every year received is aggregated, and then decides
    on the newest. An older year is decided when it is published.
    """
    if step != "protect":
        return {affected: _step(step, warehouse, affected) for affected in years_affected(warehouse, year)}
    received = years_received(warehouse)
    waiting = [other for other in received if not _is_fresh("aggregate", warehouse, other)]
    if waiting:
        log.info("%s protect: waits for %s to be built", warehouse.programme.name, waiting)
    return {} if waiting else {received[-1]: _step("protect", warehouse, received[-1])}


def build(warehouse: Warehouse, year: int) -> dict[str, dict[int, dict[str, Any]]]:
    """Validate, aggregate and protect a survey year and what compares with it; give each step's summaries."""
    return {step: rebuild(step, warehouse, year) for step in BUILD_STEPS}


def builds_of_year(year: int) -> list[dict[str, Any]]:
    """Give the programmes that received a survey year, as `{"programme": folder, "year": year}`."""
    return [
        {"programme": str(warehouse.programme.directory), "year": year}
        for warehouse in open_all()
        if year in years_received(warehouse)
    ]


def drafts(year: int | None = None) -> list[dict[str, Any]]:
    """Give what could be published now: of each programme the year's draft whose figures differ from its release.

    Args:
        year: the survey year; of each programme the newest one received unless given.
    """
    found = (_draft_of(warehouse, year) for warehouse in open_all())
    return [draft for draft in found if draft is not None]


def _draft_of(warehouse: Warehouse, year: int | None) -> dict[str, Any] | None:
    from benchmarking.publish import next_version

    received = years_received(warehouse)
    wanted = year or max(received, default=None)
    if wanted not in received:
        return None
    _step("protect", warehouse, wanted)
    version = next_version(warehouse, wanted)
    if version is None:
        log.info("%s %s: nothing new to publish", warehouse.programme.name, wanted)
        return None
    return {"programme": str(warehouse.programme.directory), "year": wanted, "version": version}


def draft_for_approval(warehouse: Warehouse, year: int) -> dict[str, Any]:
    """Audit a draft, build its preview and say what an approver needs to know; give `title` and Markdown `body`."""
    from benchmarking.publish import build_preview, describe_draft

    with _one_at_a_time(warehouse):
        audited = audit(warehouse, year)
    build_preview(warehouse, year, audited)
    return describe_draft(warehouse, year, audited)


def announcement(release: Path) -> dict[str, str]:
    """Give what is said when a release is out: `subject`, `text` for e-mail, `short` for a chat channel."""
    from benchmarking.publish import announcement as announce

    return asdict(announce(release))


def preview_file(warehouse: Warehouse, year: int, name: str, reader: str) -> Path:
    """Give a file of a draft's embargoed preview and log who reads it; see `benchmarking.publish.open_preview`."""
    from benchmarking.publish import open_preview

    return open_preview(warehouse, year, name, reader)


def years_received(warehouse: Warehouse) -> list[int]:
    """Give the survey years that have a submission, oldest first."""
    rows = warehouse.connect().sql(
        "SELECT DISTINCT survey_year FROM raw.submission WHERE survey_year IS NOT NULL ORDER BY survey_year"
    )
    known = set(warehouse.programme.years)
    return [year for (year,) in rows.fetchall() if year in known]


def years_unbuilt(warehouse: Warehouse) -> list[int]:
    """Give the survey years with a submission that no validation has seen yet, oldest first."""
    rows = warehouse.connect().sql(
        "SELECT DISTINCT survey_year FROM raw.submission ANTI JOIN staging.verdict USING (submission_id) "
        "WHERE survey_year IS NOT NULL ORDER BY survey_year"
    )
    return [year for (year,) in rows.fetchall() if year in warehouse.programme.years]


def run(warehouse: Warehouse, years: Iterable[int] | None, by: str, how: str) -> dict[str, Any]:
    """Run every step: collect, then build each year, then publish the newest.

    A source that is down does not stop the others; it is reported at the end.
    """
    collected: dict[str, Any] = {}
    problem: BenchmarkingError | None = None
    try:
        collected = collect(warehouse)
    except UnbalancedCount:
        raise
    except BenchmarkingError as error:
        problem = error
    wanted = list(years or years_received(warehouse))
    built = {step: {year: _step(step, warehouse, year) for year in wanted} for step in ("validate", "aggregate")}
    built["protect"] = {year: _step("protect", warehouse, year) for year in wanted[-1:]}
    published = publish(warehouse, wanted[-1], by, how) if wanted else {}
    if problem is not None:
        raise problem
    return {"collect": collected, "build": built, "publish": published}


def _step(step: str, warehouse: Warehouse, year: int) -> dict[str, Any]:
    """Run a build step, or recall its summary where its inputs are those of its last run."""
    mark = fingerprint.fingerprint(step, warehouse, year)
    known = fingerprint.recall(step, warehouse, year, mark)
    if known is not None:
        log.info("%s %s %s: unchanged since its last run", warehouse.programme.name, step, year)
        return known
    summary = {"validate": validate, "aggregate": aggregate, "protect": protect}[step](warehouse, year)
    fingerprint.remember(step, warehouse, year, mark, summary)
    return summary


@contextmanager
def _one_at_a_time(warehouse: Warehouse, folder: str = "releases") -> Iterator[None]:
    """Let one release of a programme at a time go from audit to ledger, or an audit would miss a rival's figures."""
    with (warehouse.folder(folder) / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_fresh(step: str, warehouse: Warehouse, year: int) -> bool:
    mark = fingerprint.fingerprint(step, warehouse, year)
    return fingerprint.recall(step, warehouse, year, mark) is not None


def _balanced(step: str, warehouse: Warehouse, summary: dict[str, Any]) -> dict[str, Any]:
    parts = {name: summary[name] for name in ("accepted", "parked", "rejected", "duplicate")}
    if summary["received"] != sum(parts.values()):
        raise UnbalancedCount(
            f"{summary['received']} received, but {parts} answered.",
            f"{warehouse.programme.name} {step}",
            "Nothing further was done; report this with the log.",
        )
    return _told(step, warehouse, summary)


def _told(step: str, warehouse: Warehouse, summary: dict[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in summary.items() if isinstance(value, (int, float, str, bool))}
    log.info("%s %s: %s", warehouse.programme.name, step, ", ".join(f"{k} {v}" for k, v in told.items()))
    return summary
