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
# What the audit found, in words; what has none is for those who repeat it, and stands in disclosure_audit.json.
AUDIT = {
    "holds": "Nothing hidden can be inferred too closely",
    "cells": "Figures in all",
    "cells_shown": "Figures shown",
    "cells_hidden": "Figures hidden",
    "agencies_exposed": "Contributors whose own answer could be worked out",
    "insider_pairs": "Pairs in which one contributor could work out the other's answer",
    "insider_pools": "Pairs of contributors that could work out a third one's answer together",
    "intervals_too_narrow": "Hidden figures that could be inferred too closely",
    "nested_conflicts": "Groups inside groups that differ by too few",
    "primary_cells_shown": "Figures shown that rest on too few",
    "narrowest_interval": "Narrowest range left to guess in, of the hidden figure",
    "earlier_releases_attacked_with": "Earlier releases that the attack used",
}


REASONS = {
    "contributors": "too few contributors stand behind it",
    "dominance": "one contributor makes up too much of it",
    "unanimous": "everybody would be known to have said the same",
    "nested": "beside a group around it, too few are left between the two",
    "secondary": "it could be worked out from other figures",
    "audit": "the attack before release came too close to something hidden",
    "reliability": "its interval is too wide",
    "unknown": "it cannot be known who stands behind it",
}


def extra_pages(site: Site) -> Iterator[tuple[str, str]]:
    """Give (file name, text) of each page about the figures."""
    yield "methodology.html", site.render("methodology.html.j2", here="methodology")
    yield "definitions.html", site.render("definitions.html.j2", href=site.href, groups=_groups(site))
    yield "hidden.html", _hidden(site)
    yield "quality.html", site.render("quality.html.j2", here="quality", parts=list(_quality(site)))
    yield "changes.html", _change_page(site)
    key = slug(site.programme.name, site.content.version)
    yield "cite.html", site.render("cite.html.j2", stories=site.stories, bib_key=key)
    yield "embed.html", site.render("embed.html.j2", stories=site.stories)
    for position, story in enumerate(site.stories, 1):
        yield f"embed-{position}.html", site.render("embedded.html.j2", story=site.enlarged(story))
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
    found = site.content.audit
    reasons = found.get("hidden_by_reason") or {}
    audit = [(words, _audit_value(found[name])) for name, words in AUDIT.items() if found.get(name) not in (None, "")]
    return site.render(
        "hidden.html.j2",
        rules=rules,
        counts=counts,
        audit=audit,
        command=str(found.get("command") or "").replace("RELEASE", site.content.version),
        reasons=[(words, f"{reasons[name]:,}") for name, words in REASONS.items() if reasons.get(name)],
        dominance=f"{100 * rules.dominance_share:.0f}",
    )


def _audit_value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{100 * value:.0f}%"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _quality(site: Site) -> Iterator[dict[str, Any]]:
    quality = site.content.quality
    yield from _coverage(site, quality)
    yield from _precision(site, quality)
    if quality.get("edits"):
        lines = [[EDITS.get(name, name), count] for name, count in quality["edits"].items()]
        yield _part("Checks", "What the checks found", ["Outcome", "count"], lines)
    yield _part("Hidden figures", "Figures by measure", ["Measure", "figures", "hidden"], _hidden_lines(site))
    if quality.get("restatements_held_back"):
        lines = [
            [site.title_of(row["measure"]), row["cut"], row["statistics"], row["why"]]
            for row in quality["restatements_held_back"]
        ]
        words = "Where the earlier figure stands, since the newer one beside it would give somebody away"
        yield _part("Restatements held back", words, ["Measure", "group", "figures", "why"], lines)


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
            nouns = site.programme.contributor_noun[1]
            yield _part(
                "Who answered",
                "Response over all" if group == "all" else f"Response by {title.lower()}",
                ["Group" if group == "all" else title, f"all {nouns}", "answered", "response"],
                lines,
            )


def _precision(site: Site, quality: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if quality.get("precision"):
        keys = [name for name in quality["precision"][0] if name != "measure"]
        lines = [
            [site.title_of(row["measure"]), *(_number(row.get(name)) for name in keys)] for row in quality["precision"]
        ]
        yield _part("Precision", "How many stand behind each measure", ["Measure", *map(_precision_word, keys)], lines)


def _precision_word(name: str) -> str:
    return "effective sample size" if name.startswith("effective") else name.replace("_", " ")


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


def _change_page(site: Site) -> str:
    lines = _changes(site)
    has_all = any(line["all"] is not None and line["all"].value is not None for line in lines)
    return site.render("changes.html.j2", here="changes", lines=lines, has_all=has_all, most=MOST_CHANGES)


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
