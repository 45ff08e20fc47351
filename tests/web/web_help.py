"""What several web tests share: the page types, the four modes, and the readers' findings."""

from __future__ import annotations

import functools
import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

HERE = Path(__file__).resolve().parent
PAGE_TYPES = {
    "front": "index.html",
    "kiosk": "index.html?display=kiosk",
    "ratio": "pages/development-budget-gbp-per-marketer.html",
    "ratio-by-size": "pages/development-budget-gbp-per-marketer--size-band.html",
    "ratio-two-way": "pages/development-budget-gbp-per-marketer--size-band-x-sector.html",
    "share": "pages/budget-decider.html",
    "share-by-sector": "pages/budget-decider--sector.html",
    "survival": "pages/tenure-months.html",
    "survival-by-size": "pages/tenure-months--size-band.html",
    "investment": "pages/what-investment-buys.html",
    "methodology": "pages/methodology.html",
    "definitions": "pages/definitions.html",
    "hidden": "pages/hidden.html",
    "quality": "pages/quality.html",
    "changes": "pages/changes.html",
    "cite": "pages/cite.html",
    "embed": "pages/embed.html",
    "embedded": "pages/embed-1.html",
}
MODES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "print": {"viewport": {"width": 794, "height": 1123}},
}


@contextmanager
def opened(browser: Browser, address: str, mode: str = "desktop", **options: Any) -> Iterator[Page]:
    """Open an address in a fresh context of one of the four modes."""
    context = browser.new_context(**{**MODES[mode], **options})
    page = context.new_page()
    if mode == "print":
        page.emulate_media(media="print")
    page.goto(address)
    try:
        yield page
    finally:
        context.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the requests out of the test's output."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder over HTTP, as a static host does; give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def address(site: Path, name: str) -> str:
    """Give the file address of a page, its query kept."""
    path, _, query = name.partition("?")
    return (site / path).as_uri() + (f"?{query}" if query else "")


def axe_violations(page: Page, node_modules: Path) -> list[str]:
    """Give axe-core's findings on a page: rule, and where."""
    page.evaluate((node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{item['id']}: {node['target']} {node.get('failureSummary', '')}" for item in found for node in item["nodes"]
    ]


def markup_faults(paths: list[Path], node_modules: Path) -> list[str]:
    """Give html-validate's findings on files: file, line, rule."""
    command = ["node", str(node_modules / "html-validate" / "bin" / "html-validate.mjs")]
    options = ["--config", str(HERE / "htmlvalidate.json"), "--formatter", "json"]
    # Into a file: the command ends before a pipe has taken all that it says.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        subprocess.run([*command, *options, *map(str, paths)], stdout=said, cwd=HERE, timeout=300, check=False)
        said.seek(0)
        results = json.load(said)
    return [
        f"{Path(result['filePath']).name}:{m['line']} {m['ruleId']}: {m['message']}"
        for result in results
        for m in result["messages"]
    ]
