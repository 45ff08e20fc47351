"""The pages about the figures: method, definitions, hidden cells, quality, changes, citation, investment, embedding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarking.publish.content import Change
from benchmarking.publish.labels import category_label, statistic_label
from benchmarking.publish.site import rows
from benchmarking.publish.site.book import slug
from benchmarking.publish.site.pages import Site

MOST_CHANGES = 250
RESPONSE = ("received", "accepted", "parked", "rejected", "duplicate")
EDITS = {
    "fail": "Failed a rule and parked",
    "query": "Queried",
    "note": "Noted",
    "correct": "Corrected by the sender",
    "confirm": "Confirmed by the sender",
}
AUDIT_WORDS = {True: "yes", False: "no"}


def extra_pages(site: Site) -> Iterator[tuple[str, str]]:
    """Give (file name, text) of each page about the figures."""
    yield "methodology.html", site.render("methodology.html.j2", here="methodology")
    yield "definitions.html", site.render("definitions.html.j2", href=site.href, groups=_groups(site))
    yield "hidden.html", _hidden(site)
    yield "quality.html", site.render("quality.html.j2", here="quality", parts=list(_quality(site)))
    yield "changes.html", site.render("changes.html.j2", here="changes", lines=_changes(site), most=MOST_CHANGES)
    key = slug(site.programme.name, site.content.version)
    yield "cite.html", site.render("cite.html.j2", stories=site.stories, bib_key=key)
    yield "embed.html", site.render("embed.html.j2", stories=site.stories)
    for position, story in enumerate(site.stories, 1):
        yield f"embed-{position}.html", site.render("embedded.html.j2", story=story)
    if site.has_investment:
        yield "what-investment-buys.html", _investment(site)


def _groups(site: Site) -> list[dict[str, Any]]:
    columns = dict.fromkeys(site.programme.peer_columns)
    if site.has_investment:
        columns[site.programme.bands["peer_group"]] = None
    labels = site.programme.peer_labels
    return [
        {"name": name, "title": site.programme.peer_title(name), "labels": list(labels[name]["values"].values())}
        for name in columns
        if labels.get(name, {}).get("values")
    ]


def _hidden(site: Site) -> str:
    rules = site.programme.disclosure
    counts = Counter(cell.status for cell in site.content.cells)
    audit = [
        (name.replace("_", " ").capitalize(), AUDIT_WORDS.get(value, value) if isinstance(value, bool) else value)
        for name, value in site.content.audit.items()
        if isinstance(value, (bool, int, float, str)) and value != ""
    ]
    return site.render(
        "hidden.html.j2",
        rules=rules,
        counts=counts,
        audit=audit,
        dominance=f"{100 * rules.dominance_share:.0f}",
    )


def _quality(site: Site) -> Iterator[dict[str, Any]]:
    quality = site.content.quality
    yield from _coverage(site, quality)
    yield from _precision(site, quality)
    if quality.get("edits"):
        lines = [[EDITS.get(name, name), count] for name, count in quality["edits"].items()]
        yield _part("Checks", "What the checks found", ["Outcome", "count"], lines)
    yield _part("Hidden figures", "Cells by measure", ["Measure", "cells", "hidden"], _hidden_lines(site))


def _coverage(site: Site, quality: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if quality.get("response"):
        lines = [
            [row["survey"].capitalize(), *(row.get(f"{name}_count") for name in RESPONSE)]
            for row in quality["response"]
        ]
        yield _part("Submissions", "Every submission received has one of four answers", ["Survey", *RESPONSE], lines)
    frame = [row for row in [quality.get("frame")] if row]
    for group, found in [("all", frame), *sorted((quality.get("coverage") or {}).items())]:
        if found:
            title = site.programme.peer_title(group)
            lines = [[row["label"], row["frame_count"], row["respondent_count"], row["response"]] for row in found]
            yield _part(
                f"Coverage: {title.lower()}",
                f"Respondents against the frame, {title.lower()}",
                [title, "frame", "respondents", "response"],
                lines,
            )


def _precision(site: Site, quality: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if quality.get("precision"):
        keys = [name for name in quality["precision"][0] if name != "measure"]
        lines = [
            [site.title_of(row["measure"]), *(_number(row.get(name)) for name in keys)] for row in quality["precision"]
        ]
        words = [name.replace("_", " ").replace("effective n", "effective sample size") for name in keys]
        yield _part("Precision", "How many stand behind each measure", ["Measure", *words], lines)


def _part(title: str, caption: str, columns: list[str], lines: list[list[Any]]) -> dict[str, Any]:
    return {"title": title, "caption": caption, "columns": [c[:1].upper() + c[1:] for c in columns], "lines": lines}


def _number(value: Any) -> Any:
    return f"{value:.1f}" if isinstance(value, float) else value


def _hidden_lines(site: Site) -> list[list[Any]]:
    cells: Counter[str] = Counter()
    hidden: Counter[str] = Counter()
    for cell in site.content.cells:
        cells[cell.measure] += 1
        hidden[cell.measure] += cell.is_hidden
    return [[measure.title, cells[measure.name], hidden[measure.name]] for measure in site.book.measures]


def _changes(site: Site) -> list[dict[str, Any]]:
    lines = []
    for measure in site.book.measures:
        others = {(c.statistic, c.category): c for c in site.book.changes(measure.name, "all")}
        for change in site.book.changes(measure.name, "matched"):
            figure = statistic_label(change.statistic)
            if change.category:
                figure = category_label(site.programme, measure.name, change.category)
            lines.append(
                {
                    "href": site.href(measure.name),
                    "title": measure.title,
                    "figure": figure,
                    "matched": change,
                    "all": others.get((change.statistic, change.category)),
                    "verdict": _verdict(change),
                }
            )
    return lines


def _verdict(change: Change) -> str:
    if change.value is None or change.is_significant is None:
        return ""
    return "clear" if change.is_significant else "not clear"


def _investment(site: Site) -> str:
    bands = site.programme.bands
    group = bands["peer_group"]
    outcomes = [site.programme.measures[name] for name in bands.get("outcomes", []) if group in site.book.cuts(name)]
    drawn = [m for m in site.programme.measures.values() if m.kind == "survival"]
    charts = [chart for measure in drawn if (chart := site.chart(measure, group))]
    sentences = [
        {
            "text": a.sentence,
            "interval": f"{a.lower_display} to {a.upper_display}" if a.lower_display else "",
        }
        for a in site.content.associations
        if a.sentence and not a.status
    ]
    return site.render(
        "investment.html.j2",
        here="what-investment-buys",
        band_title=site.programme.peer_title(group),
        charts=charts,
        sentences=sentences,
        tables=[rows.peer_table(site.book, measure, group) for measure in outcomes],
        hrefs=[site.href(measure.name, group) for measure in outcomes],
    )
