"""The site of a release: static pages that need no server, no other file and no script."""

from __future__ import annotations

from pathlib import Path

from benchmarking.publish.content import Content
from benchmarking.publish.site import charts
from benchmarking.publish.site.extras import extra_pages
from benchmarking.publish.site.front import front_page
from benchmarking.publish.site.metadata import feed
from benchmarking.publish.site.pages import Site

__all__ = ["charts", "write_site"]


def write_site(content: Content, folder: Path) -> list[Path]:
    """Write the front page, its pages, charts, card and feed into a folder.

    Returns:
        The files written, in the order of their names.
    """
    site = Site(content)
    drawn = charts.headline_charts(content)
    files: dict[str, str | bytes] = {f"charts/{chart.name}.svg": chart.svg for chart in drawn}
    files |= {f"charts/{chart.name}.png": charts.to_png(chart.svg) for chart in drawn}
    files["card.png"] = charts.to_png(charts.social_card(content))
    files["index.html"] = front_page(site, drawn)
    for measure in site.book.measures:
        for group in site.book.cuts(measure.name):
            files[f"pages/{site.href(measure.name, group)}"] = site.measure_page(measure, group)
    files |= {f"pages/{name}": text for name, text in extra_pages(site)}
    files["feed.xml"] = feed(content)
    return [_write(folder / name, body) for name, body in sorted(files.items())]


def _write(path: Path, body: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body.encode("utf-8") if isinstance(body, str) else body)
    return path
