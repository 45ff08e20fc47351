"""Whoever holds everything ever published learns no contributor's figure; each rule is needed for that."""

from dataclasses import replace

import numpy as np
import pytest

from attack.disclosure_attack import Loot, answers_known, answers_learned, attack
from attack.disclosure_population import KINDS, make_population, publish, publish_settled, revised, what_is_public
from benchmarking.protect.decide import Asked

QUICK = range(12)
EVERY = range(200)


def loot_of(releases) -> list[Loot]:
    public = what_is_public(releases)
    loot = [attack(*given) for given in public]
    if len(public) > 1:  # shares: one set of files a category
        loot[0].answers = answers_known(public)
    return loot


def attacked(seed: int, asked: Asked) -> list[Loot]:
    return loot_of([publish(make_population(seed), [], asked)])


def attacked_twice(seed: int, asked: Asked) -> list[Loot]:
    """Publish a year, then again with late contributors (and a correction), and attack both releases at once."""
    first, now = revised(make_population(seed), seed, late=1 + seed % 6, corrected=seed % 2)
    before = publish(first, [], asked)
    return loot_of([before, publish(now, [before], asked)])


def learned(found: list[Loot]) -> dict:
    return {name: value for loot in found for name, value in vars(loot).items() if value}


@pytest.mark.parametrize("seed", QUICK, ids=lambda seed: f"{KINDS[seed % 4]}-{seed}")
def test_one_release_gives_nobody_away(seed):
    assert learned(attacked(seed, Asked())) == {}


@pytest.mark.parametrize("seed", QUICK, ids=lambda seed: f"{KINDS[seed % 4]}-{seed}")
def test_two_releases_of_a_year_give_nobody_away(seed):
    assert learned(attacked_twice(seed, Asked())) == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", EVERY, ids=lambda seed: f"{KINDS[seed % 4]}-{seed}")
def test_none_of_200_industries_is_given_away(seed):
    assert learned(attacked_twice(seed, Asked())) == {}


def learned_of_answers(seed: int) -> list:
    """Publish answers, then again with late ones; give what participants learn from the first and from both."""
    first, now = revised(make_population(seed), seed, late=1 + seed % 6, corrected=seed % 2)
    before = publish_settled(first, [])
    after = publish_settled(now, [before])
    found = (answers_learned(what_is_public(releases)) for releases in ([before], [before, after]))
    return [one for learned in found for one in learned]


@pytest.mark.parametrize("seed", range(3, 16, 4))
def test_nobody_learns_anothers_answer_from_its_own_and_all_shares(seed):
    assert learned_of_answers(seed) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(19, 120, 4))
def test_nobody_learns_anothers_answer_in_26_industries_more(seed):
    assert learned_of_answers(seed) == []


def test_without_the_last_word_answers_are_learned():
    assert answers_learned(what_is_public([publish(make_population(11), [], Asked())]))


@pytest.mark.parametrize(
    ("rule", "ways", "releases", "seeds"),
    [
        pytest.param("primary", {"dominated"}, attacked, range(24), id="primary"),
        pytest.param("exact", {"eliminated", "cells_derived"}, attacked, range(24), id="exact"),
        # Two contributors come late: each takes itself from the difference of the releases.
        pytest.param("insiders", {"insiders"}, attacked_twice, range(17, 60, 6), id="insiders"),
        pytest.param("intervals", {"narrow_figures", "narrow_cells"}, attacked, range(24), id="intervals"),
        pytest.param("nested", {"nested"}, attacked, range(24), id="nested"),
    ],
)
def test_without_a_rule_the_attack_succeeds(rule, ways, releases, seeds):
    found = set()
    for seed in seeds:
        found |= learned(releases(seed, replace(Asked(), **{rule: False}))).keys()
        if found & ways:
            break
    assert found & ways


def test_without_the_ledger_a_late_contributor_is_given_away():
    found = {}
    for seed in QUICK:
        found |= learned(attacked_twice(seed, replace(Asked(), ledger=False)))
    assert {"eliminated", "nested"} <= found.keys()


def test_the_attack_itself_finds_what_plain_five_answers_leaves_derivable():
    """The attacker is no straw man: sums of every group with five answers give agencies away."""
    exposed = 0
    for seed in range(0, 24, 4):
        release = publish(make_population(seed), [], Asked(False, False, False, False, False, False))
        release.shown = [row for row in release.shown if row.holdings >= 5]
        exposed += sum(len(loot.eliminated) for loot in loot_of([release]))
    assert exposed > 0
    assert np.isfinite(exposed)
