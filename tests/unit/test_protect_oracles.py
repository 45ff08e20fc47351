"""Disclosure rules against numbers from GaussSuppression, sdcTable, Rglpk and lpSolve (tests/data/oracles/sdc)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from benchmarking.catalog import Disclosure
from benchmarking.protect import primary
from benchmarking.protect.attack import Means, examine
from benchmarking.protect.cells import SUM, Row, Unit
from benchmarking.protect.interval import Attacker
from benchmarking.protect.pattern import least_pattern
from benchmarking.protect.system import System

FOLDER = Path(__file__).parents[1] / "data" / "oracles" / "sdc"
TOTAL = "Total"


def read(name):
    with (FOLDER / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def line(rows, cell, dimensions):
    """Which input rows a cell sums; TOTAL sums over a dimension."""
    return np.array([all(cell[d] in (TOTAL, row[d]) for d in dimensions) for row in rows], float)


def holding_parts(rows, cell, dimensions, holder, value):
    parts: dict[str, float] = {}
    for row in rows:
        if all(cell[d] in (TOTAL, row[d]) for d in dimensions):
            parts[row[holder]] = parts.get(row[holder], 0.0) + float(row[value])
    return np.array(sorted(parts.values()))


MAGNITUDE = ("g5_magnitude1_input.csv", ("sector4", "geo"), "company", "value")


@pytest.mark.parametrize("cell", read("g5_expected_p10_sector4_geo.csv"), ids=lambda c: f"{c['sector4']}-{c['geo']}")
def test_magnitude1_contributors_dominance_and_p_percent(cell):
    name, dimensions, holder, value = MAGNITUDE
    parts = holding_parts(read(name), cell, dimensions, holder, value)
    assert len(parts) == int(cell["n_contr"])
    assert primary.largest_share(parts) == pytest.approx(float(cell["dominant1"] or 0), rel=1e-9)
    assert primary.largest_share(parts, 2) == pytest.approx(float(cell["dominant2"] or 0), rel=1e-9)
    assert (len(parts) > 0 and primary.breaks_p_percent(parts, 10)) == (cell["primary"] == "TRUE")


@pytest.mark.parametrize("most", [1, 2])
def test_magnitude1_few_contributors(most):
    name, dimensions, holder, value = MAGNITUDE
    rows, expected = read(name), read(f"g5_expected_fewcontrib_maxN{most}.csv")
    found = [is_few(holding_parts(rows, c, dimensions, holder, value), most) for c in expected]
    assert found == [c["primary"] == "TRUE" for c in expected]


def is_few(parts, most):
    """At most so many gave something, by the rule for pooled figures; the oracle calls an empty cell not few."""
    given = parts[parts != 0]
    rules = Disclosure(minimum_contributors=most + 1)
    return len(given) > 0 and primary.pooled_reason(given, rules) == "contributors"


@pytest.mark.parametrize("cell", read("g4_expected_p_sweep.csv"), ids=lambda c: f"{c['v1']}-p{c['p']}")
def test_the_p_percent_rule_over_a_sweep_of_p(cell):
    parts = np.array([float(r["num"]) for r in read("g4_dominance_input.csv") if r["v1"] == cell["v1"]])
    assert primary.breaks_p_percent(parts, float(cell["p"])) == (cell["primary"] == "TRUE")


@pytest.mark.parametrize("cell", read("g4_expected_nk_1_80_2_70.csv"), ids=lambda c: c["v1"])
def test_dominance_of_one_over_80_or_two_over_70_percent(cell):
    parts = np.array([float(r["num"]) for r in read("g4_dominance_input.csv") if r["v1"] == cell["v1"]])
    is_hidden = primary.largest_share(parts) > 0.80 or primary.largest_share(parts, 2) > 0.70
    assert is_hidden == (cell["primary"] == "TRUE")


@pytest.mark.parametrize("cell", read("g4_expected_nk_weighted_tauargus.csv"), ids=lambda c: c["v1"])
def test_dominance_where_a_contributor_stands_for_as_many_as_its_weight(cell):
    rows = [r for r in read("g4_dominance_input.csv") if cell["v1"] in (TOTAL, r["v1"])]
    values = np.array([float(r["num"]) for r in rows])
    parts = np.repeat(values, [int(r["sweight"]) for r in rows])
    for largest in (1, 2):
        assert primary.largest_share(parts, largest) == pytest.approx(float(cell[f"dominant{largest}"]), rel=1e-9)
    is_hidden = primary.largest_share(parts) > 0.80 or primary.largest_share(parts, 2) > 0.70
    assert is_hidden == (cell["primary"] == "TRUE")


@pytest.mark.parametrize(
    ("name", "inner", "dimensions", "value"),
    [
        pytest.param("t7_5x5_intervals_9u.csv", "t7_5x5_inner.csv", ("v1", "v2"), "freq", id="t7"),
        pytest.param("t7_5x5_intervals_9u_plus_xb.csv", "t7_5x5_inner.csv", ("v1", "v2"), "freq", id="t7-and-x-b"),
        pytest.param("g6_intervals_z1_Rglpk.csv", "g1_z1_input.csv", ("region", "hovedint"), "ant", id="z1-Rglpk"),
        pytest.param("g6_intervals_z1_lpSolve.csv", "g1_z1_input.csv", ("region", "hovedint"), "ant", id="z1-lpSolve"),
        pytest.param(
            "g6_intervals_magnitude1_p10_Rglpk.csv", *("g5_magnitude1_input.csv", ("sector4", "geo"), "value"),
            id="magnitude1-Rglpk",
        ),
        pytest.param(
            "g6_intervals_magnitude1_p10_lpSolve.csv", *("g5_magnitude1_input.csv", ("sector4", "geo"), "value"),
            id="magnitude1-lpSolve",
        ),
    ],
)  # fmt: skip
def test_what_an_attacker_can_infer_of_each_hidden_cell(name, inner, dimensions, value):
    rows, cells = read(inner), read(name)
    figures = np.array([float(row[value]) for row in rows])
    sums = np.array([line(rows, c, dimensions) for c in cells if c["suppressed"] == "FALSE"])
    attacker = Attacker(sums, figures)
    hidden = [c for c in cells if c["suppressed"] == "TRUE" and c["lo"]]
    found = [attacker.interval(line(rows, c, dimensions)) for c in hidden]
    np.testing.assert_allclose(found, [(float(c["lo"]), float(c["up"])) for c in hidden], rtol=1e-9, atol=1e-9)
    assert hidden


def t7_interval(extra):
    rows = read("t7_5x5_inner.csv")
    hidden = set(["w:a", "w:b", "w:c", "x:a", "x:c", "y:b", "y:d", "z:b", "z:d"]) | set(extra)
    names = {(v1, v2) for v1 in [*{r["v1"] for r in rows}, TOTAL] for v2 in [*{r["v2"] for r in rows}, TOTAL]}
    shown = [{"v1": a, "v2": b} for a, b in sorted(names) if f"{a}:{b}" not in hidden]
    sums = np.array([line(rows, cell, ("v1", "v2")) for cell in shown])
    target = line(rows, {"v1": "w", "v2": "b"}, ("v1", "v2"))
    return Attacker(sums, np.array([float(r["freq"]) for r in rows])).interval(target)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        pytest.param((), (47, 47), id="two-hidden-in-every-line-and-yet-exactly-47"),
        pytest.param(("x:d",), (0, 78), id="one-more-hidden-opens-it"),
        pytest.param(("x:b",), (0, 141), id="another-one-more"),
    ],
)
def test_t7_two_hidden_cells_in_every_line_are_not_enough(extra, expected):
    assert t7_interval(extra) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def counted_table(rows, dimensions, value=None):
    """Inner cells with their counts or sums, and all cells of the table as vectors over them."""
    inner = sorted({tuple(row[d] for d in dimensions) for row in rows})
    counts = np.array(
        [sum(float(r[value]) if value else 1 for r in rows if tuple(r[d] for d in dimensions) == key) for key in inner]
    )
    levels = [[*sorted({key[n] for key in inner}), TOTAL] for n in range(len(dimensions))]
    cells = [(a, b) for a in levels[0] for b in levels[1]]
    vectors = np.array([[float(all(c in (TOTAL, k) for c, k in zip(cell, key, strict=True))) for key in inner]
                        for cell in cells])  # fmt: skip
    return cells, vectors, counts


def derived(vectors, counts, first):
    """Give the attack on a table by elimination, its rows the cells: which of `first` follow from what is shown."""
    ones = np.ones(len(counts))
    agency, blank = np.array([f"i{n:02d}" for n in range(len(counts))]), np.full(len(counts), "")
    rows = [
        Row(Unit(2026, "m", "g", str(n)), SUM, agency, agency, ones, counts, ones, blank, ones).take(vector > 0)
        for n, vector in enumerate(vectors)
    ]
    system = System(rows, 0)

    def attack(hidden, most=99):
        shown = [i for i in range(len(rows)) if i not in hidden]
        found = examine(system, shown, sorted(first), Disclosure(), Means(insiders=False, programmes=False, most=most))
        return [finding for finding in found.findings if finding.kind == "cell"]

    return attack


def least_hidden(attack, costs, first, kept=()):
    """Hide the cheapest cells beside the `first` by the search of the package; `kept` cost more than all others."""
    prices = {n: float(cost) + (1e6 if n in kept else 0.0) for n, cost in enumerate(costs)}
    pattern = least_pattern(prices, set(first), attack)
    assert pattern.is_least
    assert attack(pattern.hidden) == []
    return pattern.hidden


def test_z1_no_more_cells_are_hidden_and_none_can_be_derived():
    rows = read("g1_z1_input.csv")
    cells, vectors, counts = counted_table(rows, ("region", "hovedint"), "ant")
    expected = {(c["region"], c["hovedint"]): c for c in read("g1_z1_expected_gauss.csv")}
    first = {cells.index(cell) for cell, c in expected.items() if c["primary"] == "TRUE"}
    theirs = {cells.index(cell) for cell, c in expected.items() if c["suppressed"] == "TRUE"}
    attack = derived(vectors, counts, first)
    assert attack(first) and attack(theirs) == []
    assert first < least_hidden(attack, np.ones(len(cells)), first)
    assert len(least_hidden(attack, np.ones(len(cells)), first)) <= len(theirs) == 6


MICRODATA = "t8_sdcTable_microdata1_input.csv"


def t8_rows(case):
    text = next(r for r in read("t8_sdcTable_expected.csv") if r["case"].startswith(case))
    return {tuple(cell.split(":")) for cell in text["expected_cells_region:gender"].split("|")}


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        pytest.param("primary freq maxN=2", lambda v: is_few(v, 2), id="two-or-fewer"),
        pytest.param("primary nk n=2 k=75", lambda v: primary.largest_share(v, 2) > 0.75, id="two-hold-over-75"),
        pytest.param("primary p=70", lambda v: primary.breaks_p_percent(v, 70), id="p-70"),
        pytest.param("primary pq=(60,80)", lambda v: primary.breaks_p_percent(v, 60, 80), id="p-60-q-80"),
    ],
)
def test_t8_primary_rules(case, rule):
    rows = read(MICRODATA)
    cells, _, _ = counted_table(rows, ("region", "gender"))
    found = set()
    for region, gender in cells:
        values = [float(r["val"]) for r in rows if region in (TOTAL, r["region"]) and gender in (TOTAL, r["gender"])]
        if values and rule(np.array(values)):
            found.add((region, gender))
    assert found == t8_rows(case)


@pytest.mark.parametrize(
    ("case", "kept"),
    [
        pytest.param("secondary GAUSS after u=A:female and D:male", (("D", "male"),), id="d-male-forced"),
        pytest.param("secondary OPT", (), id="fewest-people-hidden"),
    ],
)
def test_t8_the_optimal_pattern(case, kept):
    cells, vectors, counts = counted_table(read(MICRODATA), ("region", "gender"))
    first = [cells.index(("A", "female"))]
    hidden = least_hidden(
        derived(vectors, counts, first), vectors @ counts, first, [cells.index(cell) for cell in kept]
    )
    assert {cells[i] for i in hidden} == t8_rows(case)


@pytest.mark.parametrize(
    "case", ["secondary OPT", "secondary GAUSS after u=A:female"], ids=["optimum", "by-elimination"]
)
def test_t8_each_pattern_of_theirs_is_safe_and_needs_every_cell(case):
    cells, vectors, counts = counted_table(read(MICRODATA), ("region", "gender"))
    first = [cells.index(("A", "female"))]
    attack, theirs = derived(vectors, counts, first), {cells.index(cell) for cell in t8_rows(case)}
    assert attack(theirs) == []
    assert all(attack(theirs - {cell}) for cell in theirs - set(first))
    assert (vectors @ counts)[sorted(least_hidden(attack, vectors @ counts, first))].sum() <= (
        (vectors @ counts)[sorted(theirs)].sum()
    )
