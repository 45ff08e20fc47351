"""Take the README's picture: the top of a release's front page, as a browser shows it.

python scripts/picture.py data/releases/recruitment_marketing/latest docs/pictures/page.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
WIDTH, HEIGHT, MOST_BYTES = 1280, 1935, 400_000
FIGURE = "350"


def main(release: Path, picture: Path) -> int:
    """Write the picture; give 1 if it is too large for a README."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto((release.resolve() / "index.html").as_uri())
        page.fill("#stand-figure", FIGURE)
        page.evaluate("document.activeElement.blur(); window.scrollTo({top: 0, behavior: 'instant'})")
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture)
        browser.close()
    size = picture.stat().st_size
    print(f"{picture}: {size / 1000:.0f} kB")
    return int(size > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
