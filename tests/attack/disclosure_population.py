"""Random industries, and what the package publishes of them: the bridge between protection and the attack."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from attack.disclosure_attack import Public
from benchmarking.catalog import Disclosure
from benchmarking.protect.cells import ORDER, SHARE, SUM, Population, Row, Unit
from benchmarking.protect.decide import Asked, decide, sort_candidates
from benchmarking.protect.settle import settle

CUTS = ("all", "size", "sector", "region", "nation", "size x sector", "size x region")
KINDS = ("skewed", "weighted", "signed", "shares")
NATION = {"u": "east", "v": "east", "w": "west", "x": "west", "y": "west", "z": "isles"}
RULES = Disclosure()


@dataclass
class Release:
    """One release: for each family what is shown of which rows."""

    shown: list[Row]
    hidden: list[Row]


def make_population(seed: int) -> Population:
    """30 to 400 agencies of skewed sizes, some in holding groups, some zeros, regions nested in nations."""
    random = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    count = int(np.exp(random.uniform(np.log(30), np.log(400))))
    agency = np.array([f"a{i:03d}" for i in range(count)])
    figure = np.exp(random.normal(8, random.uniform(0.4, 1.4), count))
    figure[random.random(count) < random.uniform(0, 0.3)] = 0.0
    if kind == "signed":
        figure = np.where(random.random(count) < 0.4, -figure, figure) + 1.0
    category = random.choice(["a", "b", "c"], count, p=[0.6, 0.3, 0.1]) if kind == "shares" else np.full(count, "")
    weight = random.uniform(1, 3, count).round(6) if kind == "weighted" else np.ones(count)
    people = np.ceil(np.exp(random.normal(2, 1, count)))
    family = SHARE if kind == "shares" else SUM
    row = Row(Unit(2026, "m", "all", "all"), family, agency, _holdings(random, agency), weight,
              np.ones(count) if kind == "shares" else figure, people, category, people)  # fmt: skip
    region = random.choice(list(NATION), count, p=[0.35, 0.2, 0.15, 0.15, 0.1, 0.05])
    peers = {
        "size": random.choice(["micro", "small", "medium", "large"], count, p=[0.4, 0.35, 0.18, 0.07]),
        "sector": random.choice(list("abcdefg"), count, p=[0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05]),
        "region": region,
        "nation": np.array([NATION[name] for name in region]),
    }
    return Population(row, peers)


def _holdings(random: np.random.Generator, agency: np.ndarray) -> np.ndarray:
    holding = agency.astype("<U8").copy()
    grouped = random.choice(len(agency), int(len(agency) * random.uniform(0, 0.3)), replace=False)
    for position in grouped:
        holding[position] = f"h{random.integers(0, max(1, len(grouped) // 3))}"
    return holding


def candidates_of(population: Population) -> list[Row]:
    """Every cut's rows, for sums or shares and for medians, in the declared order."""
    rows = []
    for cut in CUTS:
        columns = cut.split(" x ") if cut != "all" else []
        values = sorted(set(zip(*[population.peers[column].tolist() for column in columns], strict=True)))
        for value in values or [("all",)]:
            row = population.unit(cut, " x ".join(value))
            rows += [row] if row.family == SHARE else [row, replace(row, family=ORDER)]
    return sort_candidates(rows, {cut: turn for turn, cut in enumerate(CUTS)}, [])


def publish(population: Population, past: list[Release], asked: Asked) -> Release:
    """Protect one release against the releases before it."""
    candidates = candidates_of(population)
    known = [row for release in past for row in release.shown]
    closed = [row for release in past for row in release.hidden]
    decided = decide(known, candidates, RULES, asked, closed)
    is_shown = {id(row): not decided.verdict(row.unit, row.family).reason for row in candidates}
    return Release([r for r in candidates if is_shown[id(r)]], [r for r in candidates if not is_shown[id(r)]])


def publish_settled(population: Population, past: list[Release]) -> Release:
    """Protect one release against the releases before it, the last word included, as the pipeline does."""
    candidates = candidates_of(population)
    rows = {(row.unit, row.family): row for row in candidates}
    known = ([row for release in past for row in release.shown], [row for release in past for row in release.hidden])
    decided = decide(known[0], candidates, RULES, Asked(), known[1])

    def shown() -> set:
        return {key for key in rows if not decided.verdict(*key).reason}

    settle(decided, known, rows, candidates, RULES, shown)
    return Release([rows[key] for key in rows if key in shown()], [rows[key] for key in rows if key not in shown()])


def what_is_public(releases: list[Release]) -> list[tuple[Public, np.ndarray, np.ndarray]]:
    """Turn releases into the attacker's files: for sums one set; for shares one a category.

    Returns:
        Tuples of what is public, the true figures, and which of them were told on purpose.
    """
    shown = [row for release in releases for row in release.shown if row.family != ORDER]
    told_sets = {_answers(row) for row in shown}
    # What a later release hides but an earlier one showed is public already.
    hidden = [row for release in releases for row in release.hidden if row.family != ORDER]
    hidden = [row for row in hidden if _answers(row) not in told_sets]
    places: dict[tuple[str, float, str], int] = {}
    holding: list[str] = []
    for row in [*shown, *hidden]:
        for key, owner in zip(_keys(row), row.holding.tolist(), strict=True):
            if places.setdefault(key, len(holding)) == len(holding):
                holding.append(owner)
    medians = [frozenset(row.agency.tolist()) for release in releases for row in release.shown if row.family == ORDER]
    owner_of = {a: h for row in [*shown, *hidden] for a, h in zip(row.agency.tolist(), row.holding.tolist())}  # noqa: B905
    sums, cells = _matrix(shown, places), _matrix(hidden, places)
    base = Public(sums, np.zeros(0), np.array(holding), cells, medians, owner_of)
    if any(row.family == SHARE for row in shown):
        return [_share(base, places, category) for category in sorted({key[2] for key in places})]
    truth = np.array([figure for _, figure, _ in places])
    least = None if np.any(truth < 0) else 0.0
    return [(replace(base, totals=sums @ truth, least=least), truth, np.zeros(len(truth), bool))]


def _share(base: Public, places: dict, category: str) -> tuple[Public, np.ndarray, np.ndarray]:
    truth = np.array([float(said == category) for _, _, said in places])
    told = np.zeros(len(truth), bool)
    for row in base.sums:
        inside = row != 0
        if len(set(truth[inside])) == 1:
            told |= inside
    return replace(base, totals=base.sums @ truth, most=1.0), truth, told


def _keys(row: Row) -> list[tuple[str, float, str]]:
    return list(zip(row.agency.tolist(), row.figure.tolist(), row.category.tolist(), strict=True))


def _answers(row: Row) -> frozenset:
    return frozenset(zip(_keys(row), row.weight.tolist(), strict=True))


def _matrix(rows: list[Row], places: dict) -> np.ndarray:
    matrix = np.zeros((len(rows), len(places)))
    for number, row in enumerate(rows):
        matrix[number, [places[key] for key in _keys(row)]] = row.weight
    return matrix


def revised(population: Population, seed: int, late: int, corrected: int) -> tuple[Population, Population]:
    """Give a year as first published, without `late` agencies and before corrections, and as it is now."""
    random = np.random.default_rng(seed + 10_000)
    count = len(population.row)
    order = random.permutation(count)
    before = np.setdiff1d(np.arange(count), order[:late])
    figure = population.row.figure.copy()
    figure[order[late : late + corrected]] *= 1.5
    old = replace(population.row, figure=figure).take(before)
    return Population(old, {name: values[before] for name, values in population.peers.items()}), population
