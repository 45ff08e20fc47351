"""One site, one browser and the two readers from npm, for every web test."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from benchmarking.publish.content import Content
from benchmarking.publish.site import write_site
from web.content_fixture import FILES, make_content
from web.web_help import serving

HERE = Path(__file__).resolve().parent
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def content(programme) -> Content:
    return make_content(programme)


@pytest.fixture(scope="session")
def site(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up release on disk: its pages, and stand-ins for the files of the other formats."""
    folder = tmp_path_factory.mktemp("site")
    for name, title in FILES:
        (folder / name).write_text(f"{title}\n", encoding="utf-8")
    write_site(content, folder)
    return folder


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """The address of the site on a web server of its own."""
    with serving(site) as found:
        yield found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield found
    found.close()


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """axe-core and html-validate as package-lock.json pins them."""
    folder = HERE / "node_modules"
    if not (folder / "axe-core" / "axe.min.js").is_file():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True, timeout=300)
    return folder


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest) -> Path:
    """Where screenshots are kept for review; not part of the repository."""
    folder = Path(request.config.rootpath) / ".artifacts" / "web"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
