"""Two contributors who show each other their figures: what they learn of a third, by the rule and by brute force."""

import numpy as np
import pytest

from attack.disclosure_attack import Public
from attack.disclosure_reading import pooled
from benchmarking.protect.exact import basis_of, insiders, pools, projector_off


def found_by_rule(sums, owner):
    _, basis = basis_of(sums)
    return list(pools(projector_off(basis), owner))


def test_a_difference_of_three_contributors_tells_each_to_the_other_two_and_is_given_once():
    sums = np.array([[1, 1, 1, 1, 1, 1, 1.0], [1, 1, 1, 1, 0, 0, 0]])
    (found,) = found_by_rule(sums, np.arange(7))
    assert {found.whose, found.who, found.beside} == {4, 5, 6}


def test_a_difference_of_two_is_an_insiders_and_one_of_four_is_nobodys():
    two, four = np.ones((2, 9)), np.ones((2, 9))
    two[1, 7:], four[1, 5:] = 0, 0
    for sums in (two, four):
        assert found_by_rule(sums, np.arange(9)) == []
    _, basis = basis_of(two)
    assert {(one.whose, one.who) for one in insiders(projector_off(basis), np.arange(9))} == {(7, 8), (8, 7)}


def test_a_holding_counts_as_one_of_the_two():
    sums = np.array([[1, 1, 1, 1, 1, 1, 1, 1.0], [1, 1, 1, 1, 0, 0, 0, 0]])
    owner = np.array([0, 1, 2, 6, 3, 3, 4, 5])
    (found,) = found_by_rule(sums, owner)
    assert {found.whose, found.who, found.beside} == {3, 4, 5} and found.who == 3


@pytest.mark.parametrize("seed", range(30))
def test_the_rule_finds_what_brute_force_finds(seed):
    random = np.random.default_rng(seed)
    size = int(random.integers(12, 40))
    sums = (random.random((int(random.integers(4, size // 2)), size)) < 0.5).astype(float)
    # A sum without three of its members, one without two, and one without four.
    for fewer in (3, 2, 4):
        row = sums[random.integers(len(sums))].copy()
        row[random.permutation(np.flatnonzero(row))[:fewer]] = 0
        sums = np.vstack([sums, row])
    owner = np.arange(size)
    owner[random.permutation(size)[: 2 * int(random.integers(0, 4))]] = size
    _, owner = np.unique(owner // (1 if seed % 2 else 2) if seed % 3 == 0 else owner, return_inverse=True)
    holding = owner.astype(str)
    by_force = {frozenset((one, other, holding[place])) for one, other, place in pooled(_public(sums, holding))}
    by_rule = {frozenset((str(f.whose), str(f.who), str(f.beside))) for f in found_by_rule(sums, owner)}
    assert by_rule == by_force


def _public(sums, holding):
    return Public(sums, np.zeros(0), holding, np.zeros((0, sums.shape[1])))
