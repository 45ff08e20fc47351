"""Builds the pages: gathers what each template needs and renders it. Figures pass through untouched."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from benchmarking.catalog import Measure
from benchmarking.publish.content import Cell, Content, CurvePoint, Headline
from benchmarking.publish.labels import STATUSES, STRIP_WORDS, category_label, statistic_label
from benchmarking.publish.site import rows, strips
from benchmarking.publish.site.book import ALL, QUANTILES, Book, Peer, slug

HERE = Path(__file__).resolve().parent
MARKS = (12, 18, 24)


@dataclass(frozen=True)
class Chart:
    """A survival chart with its legend of (shade, label)."""

    title: str
    drawing: Markup
    legend: list[tuple[int, str]]


@dataclass(frozen=True)
class Story:
    """One headline ready to be shown: its figure marked in the sentence, and its drawing."""

    headline: Headline
    cell: Cell | None
    measure: Measure
    sentence: str
    marked: Markup
    detail: str
    drawing: Markup
    caption: str
    href: str
    change: Any = None
    years: tuple[rows.Year, ...] = ()


def asset(name: str) -> str:
    """Give a file of the assets folder without blank lines, as pages are rendered: its hash stands in the policy."""
    return "\n".join(line for line in (HERE / "assets" / name).read_text("utf-8").splitlines() if line.strip())


def sha256_source(text: str) -> str:
    """Give the Content-Security-Policy source of an inline text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(style: str, script: str) -> str:
    """Give the Content-Security-Policy: our own style and script by hash, and no way out."""
    return (
        f"default-src 'none'; style-src {sha256_source(style)}; script-src {sha256_source(script)}; img-src data:; "
        "connect-src 'none'; form-action 'none'; base-uri 'none'; object-src 'none'; frame-src 'none'"
    )


def day(moment: Any) -> str:
    """Give a date as people write it, such as "2 November 2026"."""
    return f"{moment.day} {moment:%B %Y}"


def size(count: int) -> str:
    """Give a file's size in words."""
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1000))} kB"


def script_json(value: Any) -> Markup:
    """Give JSON that is safe inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def key(kind: str) -> Markup:
    """Draw a strip's key for a legend."""
    body = {
        "tail": '<rect class="tail" width="28" height="2" y="5"/>',
        "half": '<rect class="half" width="28" height="12" rx="2"/>',
        "ci": '<rect class="ci" width="28" height="3" y="4.5" rx="1.5"/>',
        "you": '<rect class="you" x="12" width="3" height="12"/>',
        "dot": '<circle class="dot" cx="14" cy="6" r="5"/>',
    }[kind]
    return Markup(f'<svg class="key" width="28" height="12" aria-hidden="true" focusable="false">{body}</svg>')


def marked(sentence: str, display: str) -> Markup:
    """Give a sentence with its figure marked where it first stands."""
    before, found, after = sentence.partition(display) if display else (sentence, "", "")
    return Markup(f"{escape(before)}<mark>{escape(found)}</mark>{escape(after)}") if found else escape(sentence)


class Site:
    """All pages of one release."""

    def __init__(self, content: Content) -> None:
        self.content, self.book = content, Book(content)
        self.programme = content.programme
        self.style, self.script = asset("style.css"), asset("page.js")
        self.environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.environment.globals.update(
            content=content,
            programme=self.programme,
            book=self.book,
            published=day(content.published_at),
            size=size,
            policy=Markup(policy(self.style, self.script)),
            style=Markup(self.style),
            script=Markup(self.script),
            swatch=strips.swatch,
            key=key,
            why=rows.WHY_HIDDEN,
            statuses=STATUSES,
            has_investment=self.has_investment,
            statistic_label=statistic_label,
            title_of=self.title_of,
            peer_title=self.programme.peer_title,
            peer_label=self.programme.peer_label,
            category_of=lambda measure, category: category_label(self.programme, measure, category),
        )

    def render(self, template: str, root: str = "../", here: str = "", **values: Any) -> str:
        """Render a template; `root` leads from the page to the front page's folder."""
        text = self.environment.get_template(template).render(root=root, here=here, **values)
        return "\n".join(line for line in text.splitlines() if line.strip()) + "\n"

    def title_of(self, measure: str) -> str:
        """Give a measure's title, or its name when it is no longer defined."""
        known = self.programme.measures.get(measure)
        return known.title if known else measure

    def href(self, measure: str, group: str = ALL) -> str:
        """Give the file of a measure's page by a cut, inside the pages folder."""
        return f"{slug(measure) if group == ALL else slug(measure, group)}.html"

    @cached_property
    def has_investment(self) -> bool:
        """Say whether outcomes by a band of investment were published."""
        bands = self.programme.bands
        known = {cell.peer_group for cell in self.content.cells} | {point.peer_group for point in self.content.curves}
        return bool(bands) and bands.get("peer_group") in known

    @cached_property
    def stories(self) -> list[Story]:
        """Give the headlines whose figure may be shown."""
        found = [self._story(headline) for headline in self.content.headlines if not headline.status.startswith("[")]
        return [story for story in found if story is not None]

    def enlarged(self, story: Story) -> Story:
        """Give a story with its figures written on its drawing, where it has a strip of figures."""
        if story.measure.kind == "share" or not story.headline.statistic.startswith("p"):
            return story
        peer = self.book.peer(story.headline.peer_group, story.headline.peer_value)
        return replace(story, drawing=self.strip_of(story.measure, peer, is_big=True))

    def _story(self, headline: Headline) -> Story | None:
        measure = self.programme.measures.get(headline.measure)
        if measure is None:
            return None
        peer = self.book.peer(headline.peer_group, headline.peer_value)
        cell = self.book.cell(measure.name, headline.statistic, peer, headline.category)
        return Story(
            headline,
            cell,
            measure,
            headline.sentence,
            marked(headline.sentence, headline.display),
            headline.detail,
            self._drawing(measure, headline, cell, peer),
            self._caption(measure),
            f"pages/{self.href(measure.name)}",
            self.book.change(measure.name, headline.statistic, headline.category),
            rows.years(self.content, measure, self.content.history(headline)),
        )

    def _caption(self, measure: Measure) -> str:
        nouns = self.programme.contributor_noun[1]
        if measure.kind == "ratio":
            return f"The bar holds the middle half of {nouns}, the line eight in ten; the dot is the median."
        return "The bar runs from a quarter gone to three quarters gone." if measure.kind == "survival" else ""

    def _drawing(self, measure: Measure, headline: Headline, cell: Cell | None, peer: Peer) -> Markup:
        if measure.kind == "share" or not headline.statistic.startswith("p"):
            scale = rows.whole(step=0.5)
            return strips.bar(scale, cell) + strips.axis(scale)
        return self.strip_of(measure, peer)

    def strip_of(self, measure: Measure, peer: Peer, is_big: bool = False) -> Markup:
        """Draw a measure's strip for one peer on its own scale, with figures written in when `is_big`."""
        scale = rows.scale_of(self.book, measure, [peer])
        cells = {name: self.book.cell(measure.name, name, peer) for name in QUANTILES}
        if is_big:
            return strips.big_strip(scale, cells, STRIP_WORDS[measure.kind])
        return strips.strip(scale, cells) + strips.axis(scale)

    def points(self, measure: str, group: str, value: str) -> list[CurvePoint]:
        """Give one curve by month."""
        curve = [
            p
            for p in self.content.curves
            if (p.survey_year, p.measure, p.peer_group, p.peer_value) == (self.book.year, measure, group, value)
        ]
        return sorted(curve, key=lambda point: point.month)

    def chart(self, measure: Measure, group: str) -> Chart | None:
        """Give a survival measure's curves by a peer group, or None where none was published."""
        values = [p.value for p in self.book.peers(measure.name, group)]
        values += sorted(
            {p.peer_value for p in self.content.curves if (p.measure, p.peer_group) == (measure.name, group)}
            - set(values)
        )
        lines = [(self.programme.peer_label(group, v), self.points(measure.name, group, v)) for v in values]
        lines = [(label, points) for label, points in lines if any(p.share is not None for p in points)]
        if not lines or len(lines) > 8:
            return None
        title = f"{measure.title}: share still there, by months since starting"
        if group != ALL:
            title += f", by {self.programme.peer_title(group).lower()}"
        legend = [(shade, label) for shade, (label, _) in enumerate(lines, 1)]
        return Chart(title, strips.curve_chart(title, lines, MARKS), legend)

    def measure_page(self, measure: Measure, group: str) -> str:
        """Render the page of a measure by a cut."""
        table = self._table(measure, group)
        record = rows.record(self.book, measure, group)
        chart = self.chart(measure, group) if measure.kind == "survival" else None
        cuts = [
            {
                "group": g,
                "title": "Overall" if g == ALL else self.programme.peer_title(g),
                "href": self.href(measure.name, g),
            }
            for g in self.book.cuts(measure.name)
        ]
        return self.render(
            "measure.html.j2",
            measure=measure,
            group=group,
            table=table,
            record=record,
            cuts=cuts,
            caption=rows.caption(self.book, measure, group),
            cut_title=self.programme.peer_title(group),
            home=self.href(measure.name),
            charts=[chart] if chart else [],
            has_categories=measure.kind == "share",
            big=self._big(measure) if group == ALL else None,
            notes=self._notes(measure),
        )

    def _table(self, measure: Measure, group: str) -> rows.Table | None:
        if group != ALL:
            return rows.peer_table(self.book, measure, group)
        # Overall, a ratio's or survival's figures are written on its big strip; the record is the table.
        return rows.share_table(self.book, measure) if measure.kind == "share" else None

    def _notes(self, measure: Measure) -> str:
        nouns = self.programme.contributor_noun[1]
        if measure.kind == "ratio":
            return f"Median, middle half and eight in ten are of {nouns}; pooled is all {nouns} added up."
        if measure.kind == "share":
            return f"Shares of {nouns} that answered."
        return "Estimated by Kaplan-Meier, so that those who are still there count too."

    def _big(self, measure: Measure) -> dict[str, Any] | None:
        peer = self.book.peer()
        cell = self.book.cell(measure.name, self.book.main_statistic(measure), peer)
        if cell is None or cell.value is None:
            return None
        words = "the median" if measure.kind == "ratio" else "until half have left"
        say = Markup(f"<strong>{escape(cell.display)}</strong> {words}")
        detail = f"95% interval {cell.lower_display} to {cell.upper_display}; " if cell.lower_display else ""
        change = self.book.change(measure.name, cell.statistic)
        return {
            "say": say,
            "drawing": self.strip_of(measure, peer, True),
            "detail": detail + rows.counts(self.book, cell),
            "change": change,
            "years": next((story.years for story in self.stories if story.cell is cell), ()),
        }
