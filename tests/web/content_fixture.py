"""A release made up from a seed, shaped like a real one: what the web tests look at without running a pipeline."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

from benchmarking.catalog import Measure, Programme
from benchmarking.publish.content import (
    Association,
    Cell,
    Change,
    Content,
    CurvePoint,
    Headline,
    ReleaseFile,
)

YEAR = 2026
QUANTILES = {"p10": -1.28, "p25": -0.67, "p50": 0.0, "p75": 0.67, "p90": 1.28}
MIDDLES = {"money": 480.0, "percent": 0.31, "months": 18.0, "number": 12.0}
TEXTS = ("display", "lower_display", "upper_display")
SURVIVAL_MONTHS = (12, 18, 24, 36)
FILES = (
    ("benchmarks.xlsx", "Accessible workbook"),
    ("benchmarks.csv", "Every figure, one a row"),
    ("benchmarks.parquet", "For analysts"),
    ("benchmarks.json", "Static API"),
    ("slides.pptx", "Slides with editable charts"),
    ("report.pdf", "Two-page report, tagged"),
    ("SHA256SUMS", "Checksums of all files"),
)


def display(value: float, form: str) -> str:
    if form == "money":
        return f"£{value:,.0f}"
    if form == "percent":
        return f"{100 * value:.1f}%"
    return f"{value:.0f} months" if form == "months" else f"{value:,.1f}"


def make_content(programme: Programme, seed: int = 7) -> Content:
    """Make a release of a programme's measures and peer groups with figures from a seed."""
    maker = _Maker(programme, random.Random(seed))
    for measure in programme.measures.values():
        for group, value, share in maker.peers(measure):
            maker.add(measure, group, value, share)
    cells = sorted(maker.cells, key=lambda cell: cell.key)
    return Content(
        programme=programme,
        version=f"{YEAR}.1.0",
        published_at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
        cells=cells,
        changes=[change for measure in programme.measures.values() for change in maker.changes(measure)],
        curves=maker.curves(),
        associations=maker.associations(),
        headlines=maker.headlines(),
        earlier=maker.earlier(),
        earlier_versions=(f"{YEAR - 2}.1.0", f"{YEAR - 1}.1.0"),
        quality=maker.quality(),
        audit={"holds": True, "narrowest_interval": 0.31, "cells_audited": 412},
        files=[ReleaseFile(name, title, 12345) for name, title in FILES],
    )


class _Maker:
    def __init__(self, programme: Programme, chance: random.Random) -> None:
        self.programme, self.chance, self.cells = programme, chance, []

    def peers(self, measure: Measure) -> list[tuple[str, str, float]]:
        found = [("all", "all", 1.0)]
        groups = [
            *self.programme.peer_groups,
            *([self.programme.bands["peer_group"]] if self._is_outcome(measure) else []),
        ]
        for group in groups:
            labels = [list(self.programme.peer_labels.get(part, {}).get("values", {})) for part in group.split(" x ")]
            values = [" x ".join(parts) for parts in product(*labels)]
            found += [(group, value, (len(values) - i) / (len(values) ** 2 / 1.6)) for i, value in enumerate(values)]
        return found

    def _is_outcome(self, measure: Measure) -> bool:
        return measure.name in self.programme.bands.get("outcomes", [])

    def add(self, measure: Measure, group: str, value: str, share: float) -> None:
        count = max(1, round(158 * share * self.chance.uniform(0.8, 1.0)))
        middle = MIDDLES[measure.format] * self.chance.uniform(0.75, 1.3)
        if measure.kind == "ratio":
            self._ratio(measure, group, value, count, middle)
        elif measure.kind == "share":
            self._share(measure, group, value, count)
        else:
            self._survival(measure, group, value, count, middle)

    def _ratio(self, measure: Measure, group: str, value: str, count: int, middle: float) -> None:
        spread = 0.5 if measure.format == "money" else 0.3
        self._cell(measure, group, value, "pooled", middle * 1.12, count, 5, middle * 0.12)
        for statistic, z in QUANTILES.items():
            least = {"p50": 5, "p25": 8, "p75": 8}.get(statistic, 20)
            self._cell(
                measure, group, value, statistic, middle * math.exp(spread * z), count, least, middle / count**0.5
            )

    def _share(self, measure: Measure, group: str, value: str, count: int) -> None:
        categories = (
            next(q.choices for s in self.programme.surveys.values() for q in s.all_questions if q.name == measure.name)
            if any(q.name == measure.name for s in self.programme.surveys.values() for q in s.all_questions)
            else {"men": "men", "women": "women", "nobody": "nobody"}
        )
        cuts = sorted(self.chance.random() for _ in range(len(categories) - 1))
        for category, lower, upper in zip(categories, [0, *cuts], [*cuts, 1], strict=True):
            self._cell(measure, group, value, "share", upper - lower, count, 5, 0.5 / count**0.5, category)

    def _survival(self, measure: Measure, group: str, value: str, count: int, middle: float) -> None:
        for statistic, factor in {"p25": 0.5, "p50": 1.0, "p75": 2.1}.items():
            self._cell(measure, group, value, statistic, middle * factor, count, 5, 2)
        for month in SURVIVAL_MONTHS:
            share = 0.5 ** (month / middle)
            self._cell(measure, group, value, f"still_there_{month}", share, count, 5, 0.04, form="percent")
        self._cell(measure, group, value, "mean_24", middle * 0.86, count, 5, 1)

    def _cell(self, measure, group, value, statistic, figure, count, least, margin, category="", form="") -> None:
        form, hidden = form or measure.format, "[c]" if count < least else ""
        if not hidden and count < 9 and self.chance.random() < 0.3:
            hidden = "[u]"
        low, high = max(0.0, figure - margin), figure + margin
        shown = (figure, count, 7 * count, low, high)
        numbers = (None,) * 5 if hidden else shown
        texts = [hidden] * 3 if hidden else [display(number, form) for number in (figure, low, high)]
        self.cells.append(
            Cell(
                self.programme.name,
                YEAR,
                measure.name,
                category,
                statistic,
                group,
                value,
                numbers[0],
                texts[0],
                measure.unit,
                hidden,
                numbers[1],
                numbers[2],
                numbers[3],
                numbers[4],
                texts[1],
                texts[2],
            )
        )

    def changes(self, measure: Measure) -> list[Change]:
        statistic = "p50" if measure.kind in ("ratio", "survival") else "share"
        wanted = [c for c in self.cells if (c.measure, c.statistic, c.peer_group) == (measure.name, statistic, "all")]
        made = []
        for cell, basis in product(wanted, ("matched", "all")):
            step = MIDDLES[measure.format] * self.chance.uniform(-0.12, 0.15)
            low, high = step - 0.06 * MIDDLES[measure.format], step + 0.06 * MIDDLES[measure.format]
            texts = [("+" if n > 0 else "−") + display(abs(n), measure.format) for n in (step, low, high)]
            made.append(
                Change(
                    YEAR,
                    measure.name,
                    cell.category,
                    "all",
                    "all",
                    statistic,
                    basis,
                    step,
                    texts[0],
                    "",
                    low,
                    high,
                    texts[1],
                    texts[2],
                    low * high > 0,
                    121 if basis == "matched" else 158,
                )
            )
        return made

    def curves(self) -> list[CurvePoint]:
        band = self.programme.bands.get("peer_group")
        points = []
        for measure in (m for m in self.programme.measures.values() if m.kind == "survival"):
            values = list(self.programme.peer_labels.get(band, {}).get("values", {})) if band else []
            for rank, (group, value) in enumerate([("all", "all"), *((band, value) for value in values)]):
                for month in range(0, 49):
                    share = 0.5 ** (month / (14 + 3.5 * rank))
                    hidden = rank == 4 and month > 40
                    points.append(
                        CurvePoint(
                            YEAR,
                            measure.name,
                            group,
                            value,
                            month,
                            None if hidden else share,
                            "[c]" if hidden else f"{100 * share:.1f}%",
                            "[c]" if hidden else "",
                            None if hidden else share * 0.94,
                            None if hidden else min(1, share * 1.06),
                            "[c]" if hidden else f"{94 * share:.1f}%",
                            "[c]" if hidden else f"{100 * min(1, share * 1.06):.1f}%",
                        )
                    )
        return points

    def associations(self) -> list[Association]:
        bands = self.programme.bands
        if not bands:
            return []
        by = bands["by"]
        titles = {name: self.programme.measures[name].title.lower() for name in [by, *bands["outcomes"]]}
        made = []
        for name in bands["outcomes"]:
            is_survival = self.programme.measures[name].kind == "survival"
            kind = "logrank" if is_survival else "spearman"
            text = f"A higher {titles[by]} is associated with a different {titles[name]}; this does not show a cause."
            made.append(
                Association(
                    YEAR,
                    name,
                    by,
                    kind,
                    "all",
                    None if is_survival else -0.31,
                    "" if is_survival else "−0.31",
                    "",
                    None if is_survival else -0.44,
                    None if is_survival else -0.16,
                    "" if is_survival else "−0.44",
                    "" if is_survival else "−0.16",
                    0.004,
                    142,
                    text,
                )
            )
        return made

    def headlines(self) -> list[Headline]:
        shown = {cell.key: cell for cell in self.cells}
        made = []
        for position, entry in enumerate(self.programme.headlines, 1):
            key = (YEAR, entry["measure"], entry.get("category", ""), "all", "all", entry["statistic"])
            cell = shown.get(key)
            if cell is not None:
                made.append(
                    Headline(
                        YEAR,
                        position,
                        entry["measure"],
                        entry["statistic"],
                        entry["text"].format(value=cell.display, rest=f"{100 - 100 * (cell.value or 0):.1f}%"),
                        cell.display,
                        category=entry.get("category", ""),
                        detail=f"Interval {cell.lower_display} to {cell.upper_display}, {cell.contributors} agencies",
                    )
                )
        return made

    def earlier(self) -> list[Cell]:
        """What two earlier years showed of the headlines; the first year's first figure was hidden."""
        keys = {(h.measure, h.category, "all", "all", h.statistic) for h in self.headlines()}
        made = []
        for cell in (cell for cell in self.cells if cell.key[1:] in keys and cell.value is not None):
            form = "percent" if cell.display.endswith("%") else self.programme.measures[cell.measure].format
            for year, factor in ((YEAR - 2, 0.93), (YEAR - 1, 1.04)):
                figures = [factor * (number or 0.0) for number in (cell.value, cell.lower, cell.upper)]
                texts = dict(zip(TEXTS, (display(number, form) for number in figures), strict=True))
                numbers = dict(zip(("value", "lower", "upper"), figures, strict=True))
                made.append(replace(cell, survey_year=year, **numbers, **texts))
        hidden = dict.fromkeys(("value", "lower", "upper", "contributors", "people")) | dict.fromkeys(TEXTS, "[c]")
        first = next(((h.measure, h.statistic, YEAR - 2) for h in self.headlines()), None)
        return [
            replace(cell, status="[c]", **hidden) if (cell.measure, cell.statistic, cell.survey_year) == first else cell
            for cell in made
        ]

    def quality(self) -> dict:
        hidden = [cell for cell in self.cells if cell.is_hidden]
        return {
            "response": [
                {
                    "survey": "budget",
                    "received_count": 188,
                    "accepted_count": 158,
                    "parked_count": 9,
                    "rejected_count": 6,
                    "duplicate_count": 15,
                },
                {
                    "survey": "attrition",
                    "received_count": 171,
                    "accepted_count": 149,
                    "parked_count": 8,
                    "rejected_count": 4,
                    "duplicate_count": 10,
                },
            ],
            "edits": {"fail": 11, "query": 24, "note": 40, "correct": 7, "confirm": 12},
            "frame": {
                "peer_value": "all",
                "label": "All",
                "frame_count": 640,
                "respondent_count": 158,
                "response": "25%",
            },
            "coverage": {
                "size_band": [
                    {
                        "peer_value": "micro",
                        "label": "Micro (1 to 9 staff)",
                        "frame_count": 300,
                        "respondent_count": 70,
                        "response": "23%",
                    },
                    {
                        "peer_value": "large",
                        "label": "Large (250 staff or more)",
                        "frame_count": 12,
                        "respondent_count": None,
                        "response": "[c]",
                    },
                ]
            },
            "precision": [
                {"measure": m.name, "contributors": 158, "people": 1200, "effective_n": 131.4}
                for m in self.programme.measures.values()
            ],
            "hidden": {
                "cell_count": len(self.cells),
                "hidden_count": len(hidden),
                "hidden_share": "38%",
                "by_status": {"shown": len(self.cells) - len(hidden), "[c]": len(hidden)},
            },
            "hidden_by_measure": {},
            "disclosure": dict(vars(self.programme.disclosure)),
            "definitions": [],
            "notes": [
                "Answers are weighted to the frame by size band, sector and region.",
                "Participation is voluntary.",
            ],
        }
