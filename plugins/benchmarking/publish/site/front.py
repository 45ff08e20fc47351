"""The front page: headlines, the comparison, every measure in short, and the files."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from benchmarking.catalog import TWO_WAY, Measure
from benchmarking.publish.site import rows, strips
from benchmarking.publish.site.book import ALL, QUANTILES
from benchmarking.publish.site.charts import Chart as Picture
from benchmarking.publish.site.metadata import json_ld
from benchmarking.publish.site.pages import Chart, Site, Story, script_json


def front_page(site: Site, charts: list[Picture]) -> str:
    """Render index.html; `charts` are the drawn headlines to offer beside the release's files."""
    stories = _without_repeats(site.stories)
    hero = site.enlarged(stories[0]) if stories else None
    stand = stand_data(site)
    return site.render(
        "index.html.j2",
        root="",
        here="index",
        hero=hero,
        cards=stories[1:],
        stand=stand,
        stand_json=script_json(stand),
        sections=_sections(site),
        teaser=_teaser(site),
        charts=charts,
        json_ld=script_json(json_ld(site.content)),
        contributors=_most_contributors(site),
        shown_count=f"{sum(not cell.is_hidden for cell in site.content.cells):,}",
        hidden_count=f"{sum(cell.is_hidden for cell in site.content.cells):,}",
        hidden_share=_hidden_share(site),
        kiosk=Markup(site.render("kiosk.html.j2", root="", slides=[site.enlarged(story) for story in stories])),
    )


def _without_repeats(stories: list[Story]) -> list[Story]:
    return [story for i, story in enumerate(stories) if story.sentence not in {s.sentence for s in stories[:i]}]


def _most_contributors(site: Site) -> str:
    counts = [cell.contributors or 0 for cell in site.content.cells if cell.peer_group == ALL]
    return rows.noun(max(counts, default=0), site.programme.contributor_noun)


def _hidden_share(site: Site) -> str:
    share = (site.content.quality.get("hidden") or {}).get("hidden_share")
    return f"In this release that is {share} of all cells." if share else ""


def _sections(site: Site) -> list[dict[str, Any]]:
    def href(name: str, group: str = ALL) -> str:
        return f"pages/{site.href(name, group)}"

    def link(measure: Measure) -> dict[str, Any]:
        cuts = [g for g in site.book.cuts(measure.name) if g != ALL]
        cuts.sort(key=lambda group: TWO_WAY in group)
        return {
            "title": measure.title,
            "cuts": [{"title": site.programme.peer_title(g), "href": href(measure.name, g)} for g in cuts],
        }

    return [
        {
            "title": title,
            "table": rows.overview_rows(site.book, title, measures, href),
            "shares": [
                _share_line(site, measure, href(measure.name)) for measure in measures if measure.kind == "share"
            ],
            "by": _by(site, measures),
            "links": [link(measure) for measure in measures if len(site.book.cuts(measure.name)) > 1],
        }
        for title, measures in site.book.sections
    ]


def _by(site: Site, measures: list[Measure]) -> str:
    """Give the one-way cuts of a section in words: "agency size, main sector or region"."""
    cuts = dict.fromkeys(g for m in measures for g in site.book.cuts(m.name) if g != ALL and TWO_WAY not in g)
    words = [site.programme.peer_title(group).lower() for group in cuts]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _share_line(site: Site, measure: Measure, href: str) -> dict[str, Any]:
    parts = [
        (shade, label, site.book.cell(measure.name, "share", None, category))
        for shade, (category, label) in enumerate(site.book.categories(measure.name), 1)
    ]
    return {"measure": measure, "href": href, "parts": parts, "drawing": strips.stack([cell for *_, cell in parts])}


def _teaser(site: Site) -> dict[str, Any] | None:
    chart = investment_chart(site)
    if chart is None:
        return None
    by = site.title_of(site.programme.bands["by"]).lower()
    people = site.programme.person_noun[1]
    return {
        "chart": chart,
        "lead": f"How long {people} stay, by {by}. What goes together need not be cause and effect.",
        "said": next((one.sentence for one in site.content.associations if one.kind == "logrank"), ""),
    }


def investment_chart(site: Site) -> Chart | None:
    """Give the survival curves by the programme's band, or None where it has none."""
    if not site.has_investment:
        return None
    outcomes = [site.programme.measures.get(name) for name in site.programme.bands.get("outcomes", [])]
    for measure in outcomes:
        if measure is not None and measure.kind == "survival":
            return site.chart(measure, site.programme.bands["peer_group"])
    return None


def stand_data(site: Site) -> list[dict[str, Any]]:
    """Give what the comparison in the page reads: published quantiles, by measure and peer; nothing else."""
    found = []
    for measure in site.book.measures:
        if measure.kind != "ratio":
            continue
        cuts = [g for g in site.book.cuts(measure.name) if TWO_WAY not in g]
        peers = [peer for group in cuts for peer in site.book.peers(measure.name, group)]
        lines = [(peer, [site.book.cell(measure.name, name, peer) for name in QUANTILES]) for peer in peers]
        scale = rows.scale_of(site.book, measure, [site.book.peer()])
        groups = [
            {
                "label": peer.label,
                "q": [[int(c.statistic[1:]), c.value, c.display] for c in cells if c and c.value is not None],
            }
            for peer, cells in lines
        ]
        groups = [group for group in groups if group["q"]]
        if groups:
            found.append(
                {
                    "title": measure.title,
                    "unit": measure.unit,
                    "form": measure.format,
                    "low": scale.low,
                    "high": scale.high,
                    "groups": groups,
                }
            )
    return found
