"""Contributors that no sum tells apart are one column; nothing the attack finds changes by it."""

from itertools import combinations

import numpy as np
import pytest
from scipy import sparse

from benchmarking.protect.condense import ALIKE, condense
from benchmarking.protect.exact import basis_of, exposures, insiders, pools, projector_off


def industry(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Give sums over cuts of three attributes, some hidden, and the holders: the last twelve figures are of five."""
    random = np.random.default_rng(seed)
    count = 44
    cuts = [random.integers(0, kinds, count) for kinds in (3, 3, 2)]
    rows = [np.ones(count)]
    for cut in cuts:
        rows += [(cut == kind).astype(float) for kind in range(3)]
    for one, other in combinations(cuts, 2):
        rows += [((one == a) & (other == b)).astype(float) for a in range(3) for b in range(3)]
    weights = random.uniform(1, 3, count)
    sums = np.array([row for row in rows if row.any() and random.random() < 0.8]) * weights
    owner = np.arange(count)
    owner[32:] = 32 + random.integers(0, 5, 12)
    return sums, np.unique(owner, return_inverse=True)[1]


def found(sums: np.ndarray, owner: np.ndarray, is_condensed: bool) -> set[tuple[int, frozenset[int]]]:
    """Give whose figures are told to whom, as the attack finds it."""
    condensed = condense(sparse.csr_matrix(sums), owner)
    matrix = condensed.of(sparse.csr_matrix(sums)) if is_condensed else sums
    owner = owner[condensed.own] if is_condensed else owner
    off = projector_off(basis_of(matrix)[1][:, : len(owner)])
    every = [*exposures(off, owner), *insiders(off, owner), *pools(off, owner)]
    return {(one.whose, frozenset({one.who, one.beside})) for one in every}


def dimension(sums: np.ndarray, known: np.ndarray, asked: np.ndarray) -> int:
    """Give how many combinations of the figures asked for follow from sums and known figures, by ranks alone."""
    unit = np.eye(sums.shape[1])
    given = np.concatenate([sums, unit[known]])
    together = np.concatenate([given, unit[asked]])
    return np.linalg.matrix_rank(given) + len(asked) - np.linalg.matrix_rank(together)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_found_is_the_same_with_and_without_joining(seed):
    sums, owner = industry(seed)
    assert len(condense(sparse.csr_matrix(sums), owner).own) < len(owner)
    assert found(sums, owner, True) == found(sums, owner, False)


@pytest.mark.parametrize("seed", range(12))
def test_holders_learn_what_ranks_say_they_can(seed):
    sums, owner = industry(seed)
    places = [np.flatnonzero(owner == holder) for holder in range(owner.max() + 1)]
    nobody = np.zeros(0, dtype=int)
    open_ = [holder for holder, mine in enumerate(places) if not dimension(sums, nobody, mine)]
    wanted = {
        (told, knows)
        for told in open_
        for knows in range(len(places))
        if knows != told and dimension(sums, places[knows], places[told])
    }
    off = projector_off(basis_of(sums)[1])
    assert {(one.whose, one.who) for one in insiders(off, owner) if one.whose in open_} == wanted
    assert {one.whose for one in exposures(off, owner)} == set(range(len(places))) - set(open_)


def test_joining_keeps_every_sum_and_its_length():
    sums, owner = industry(3)
    condensed = condense(sparse.csr_matrix(sums), owner)
    spread = condensed.spread.toarray()
    assert np.allclose(spread.T @ spread, np.eye(spread.shape[1]))
    assert np.allclose(condensed.of(sparse.csr_matrix(sums)) @ spread.T, sums)


def test_four_alike_are_joined_and_three_are_not():
    row = np.array([[1.0, 2.0, 3.0, 1.0, 5.0, 1.0, 1.0, 4.0], [0.0, 0.0, 0.0, 0.0, 5.0, 1.0, 1.0, 0.0]])
    condensed = condense(sparse.csr_matrix(row), np.array([0, 1, 2, 3, 4, 5, 6, 7]))
    assert ALIKE == 4
    assert condensed.own.tolist() == [4, 5, 6]
    assert condensed.of(sparse.csr_matrix(row)) == pytest.approx(np.array([[5, 1, 1, 31**0.5], [5, 1, 1, 0.0]]))


def test_figures_of_one_holder_are_never_joined():
    sums = sparse.csr_matrix(np.ones((1, 8)))
    assert condense(sums, np.array([0, 0, 1, 1, 2, 2, 3, 4])).own.tolist() == list(range(8))


def test_figures_that_no_sum_holds_are_joined_and_tell_nothing():
    sums = np.array([[1.0, 1.0, 0.0, 0.0, 0.0, 0.0]])
    condensed = condense(sparse.csr_matrix(sums), np.arange(6))
    assert condensed.own.tolist() == [0, 1]
    assert found(sums, np.arange(6), True) == {(0, frozenset({1, -1})), (1, frozenset({0, -1}))}


def test_two_holdings_that_fill_a_group_tell_each_other_their_parts():
    sums = np.ones((2, 12))
    sums[1, 4:] = 0
    owner = np.array([0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8])
    assert found(sums, owner, True) == {(0, frozenset({1, -1})), (1, frozenset({0, -1}))}
