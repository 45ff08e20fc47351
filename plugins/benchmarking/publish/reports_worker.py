"""The child that writes reports: `python -m benchmarking.publish.reports_worker`.

It reads one pickle from its parent (a release's content, then pairs of a report and its folder), writes each report
and answers with one line of JSON. A process of its own and not a pool's: a task runner may forbid its tasks children
of the pool's kind, and would be imported again into each of them.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import sys
from pathlib import Path

from markupsafe import Markup

from benchmarking.publish.content import Content
from benchmarking.publish.reports_pdf import Typesetter
from benchmarking.publish.reports_say import Report
from benchmarking.publish.site.pages import Site, asset, policy

PAGE, PAGES = "report.html", "report.pdf"


class Writer:
    """Writes reports of one release: page templates, compiler and fonts are read once."""

    def __init__(self, content: Content) -> None:
        self.site, self.typesetter = Site(content), Typesetter(content)
        # A style of its own, so that no page of a release carries what only reports need; and no script at all.
        style = f"{self.site.style}\n{asset('report.css')}"
        self.site.environment.globals.update(style=Markup(style), policy=Markup(policy(style, "")))

    def write(self, report: Report, folder: Path) -> dict[str, str]:
        """Write report.html and report.pdf for their owner's eyes; give their checksums."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        page = self.site.render("agency_report.html.j2", report=report).encode("utf-8")
        pages = self.typesetter.pages(report)
        for name, data in ((PAGE, page), (PAGES, pages)):
            path = folder / name
            path.touch(mode=0o600)
            path.write_bytes(data)
        names = {"page_sha256": page, "pages_sha256": pages}
        return {name: hashlib.sha256(data).hexdigest() for name, data in names.items()}


def main() -> None:
    """Write what the parent asks for."""
    content, wanted = pickle.load(sys.stdin.buffer)
    writer = Writer(content)
    for report, folder in wanted:
        print(json.dumps({"agency_id": report.agency_id, **writer.write(report, folder)}), flush=True)


if __name__ == "__main__":
    main()
