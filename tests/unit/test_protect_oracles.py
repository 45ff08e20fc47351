"""Disclosure rules against numbers from GaussSuppression, sdcTable, Rglpk and lpSolve (tests/data/oracles/sdc)."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from benchmarking.protect import primary
from benchmarking.protect.exact import Span
from benchmarking.protect.interval import Attacker
from benchmarking.protect.optimal import optimal_pattern
from benchmarking.protect.table import admit_table, largest_first

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
    found = [primary.has_few_contributors(holding_parts(rows, c, dimensions, holder, value), most) for c in expected]
    assert found == [c["primary"] == "TRUE" for c in expected]


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


def test_z1_the_exact_rule_hides_few_cells_and_none_can_be_derived():
    rows = read("g1_z1_input.csv")
    cells, vectors, counts = counted_table(rows, ("region", "hovedint"), "ant")
    expected = {(c["region"], c["hovedint"]): c for c in read("g1_z1_expected_gauss.csv")}
    first = {cell for cell, c in expected.items() if c["primary"] == "TRUE"}
    hidden = {
        cells[i] for i in admit_table(vectors, largest_first(vectors @ counts), [cells.index(c) for c in sorted(first)])
    }
    assert first <= hidden
    assert len(hidden) == sum(c["suppressed"] == "TRUE" for c in expected.values()) == 6
    span = Span(sparse.csr_matrix(vectors[[cells.index(c) for c in sorted(hidden)]]))
    for cell, vector in zip(cells, vectors, strict=True):
        rest = span.outside(np.flatnonzero(vector), vector[vector != 0])
        if cell not in hidden and rest is not None:
            span.add(rest)
    assert not span.is_open.any()


MICRODATA = "t8_sdcTable_microdata1_input.csv"


def t8_rows(case):
    text = next(r for r in read("t8_sdcTable_expected.csv") if r["case"].startswith(case))
    return {tuple(cell.split(":")) for cell in text["expected_cells_region:gender"].split("|")}


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        pytest.param("primary freq maxN=2", lambda v: primary.has_few_contributors(v, 2), id="two-or-fewer"),
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
    hidden = optimal_pattern(
        vectors, vectors @ counts, [cells.index(("A", "female"))], [cells.index(cell) for cell in kept]
    )
    assert {cells[i] for i in hidden} == t8_rows(case)


@pytest.mark.parametrize(
    ("smallest_inner_first", "case"),
    [
        pytest.param(False, "secondary OPT", id="largest-first-is-the-optimum-here"),
        pytest.param(True, "secondary GAUSS after u=A:female", id="totals-and-then-the-smallest-first"),
    ],
)
def test_t8_the_exact_rule_by_order_of_admission(smallest_inner_first, case):
    cells, vectors, counts = counted_table(read(MICRODATA), ("region", "gender"))
    order = largest_first(vectors @ counts)
    if smallest_inner_first:
        order = largest_first(vectors @ counted_table(read(MICRODATA), ("region", "gender"), "val")[2])
        totals = [cell for cell in order if TOTAL in cells[cell]]
        order = totals + [cell for cell in reversed(order) if cell not in totals]
    assert {cells[i] for i in admit_table(vectors, order, [cells.index(("A", "female"))])} == t8_rows(case)
