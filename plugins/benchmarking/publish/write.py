"""Write every format of a release into one folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarking.progress import track
from benchmarking.publish.content import Content, ReleaseFile
from benchmarking.publish.formats.api import write_api
from benchmarking.publish.formats.cells import write_cells_csv, write_cells_json, write_cells_parquet, write_changes
from benchmarking.publish.formats.describe import write_csvw, write_datapackage
from benchmarking.publish.formats.quality_report import write_quality_report
from benchmarking.publish.formats.report import write_report
from benchmarking.publish.formats.slides import write_slides
from benchmarking.publish.formats.workbook import write_workbook

# Titles of the files that a reader would take along, in the order of the downloads.
TITLES = {
    "benchmarks.xlsx": "Workbook for Excel and LibreOffice",
    "benchmarks.csv": "All figures as CSV",
    "benchmarks.parquet": "All figures as Parquet",
    "benchmarks.json": "All figures as JSON",
    "slides.pptx": "Slides with native charts",
    "report.pdf": "Two-page summary",
    "quality_report.html": "Quality report",
    "changes.csv": "What changed since the last version",
    "headline_change.csv": "What changed since last year",
    "datapackage.json": "Data Package description",
    "api/openapi.json": "JSON API description",
    "disclosure_audit.json": "Disclosure audit",
}
WRITERS = (
    write_cells_csv,
    write_cells_parquet,
    write_cells_json,
    write_changes,
    write_quality_report,
    write_datapackage,
    write_csvw,
    write_api,
    write_workbook,
    write_slides,
    write_report,
)


def write_formats(content: Content, folder: Path) -> None:
    """Write every format into a folder; the site comes last and lists the others with their sizes."""
    # The site brings its template engine along, which commands that write nothing do without.
    from benchmarking.publish.site import write_site

    for writer in track(WRITERS, f"formats of {content.version}", len(WRITERS)):
        writer(content, folder)
    files = [
        ReleaseFile(name, title, (folder / name).stat().st_size)
        for name, title in TITLES.items()
        if (folder / name).is_file()
    ]
    write_site(replace(content, files=files), folder)
