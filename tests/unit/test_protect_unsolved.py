"""Where the real solver runs out of steps nothing is taken for safe: what it could not judge is hidden."""

import numpy as np
import pytest

from attack.disclosure_population import RULES, candidates_of, make_population
from benchmarking.protect import interval
from benchmarking.protect.cells import ORDER
from benchmarking.protect.decide import Asked, decide
from benchmarking.protect.settle import settle

SUMS, FIGURES = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), np.array([0.0, 2.0, 0.0])


@pytest.fixture
def without_steps(monkeypatch):
    monkeypatch.setattr(interval, "MOST_STEPS", 0)


def shown_after(seed: int, last_word) -> dict[str, str]:
    """Decide a random industry, then give the last word; the reason of each row of sums by its cut and value."""
    rows = [row for row in candidates_of(make_population(seed)) if row.family != ORDER]
    by_key = {(row.unit, row.family): row for row in rows}
    decided = decide([], rows, RULES, Asked())

    def shown() -> set:
        return {key for key in by_key if not decided.verdict(*key).reason}

    before = shown()
    last_word(decided, by_key, rows, shown)
    assert shown() <= before
    return {f"{unit.peer_group} {unit.peer_value}": decided.verdict(unit, family).detail for unit, family in by_key}


def settled(decided, by_key, rows, shown) -> None:
    settle(decided, ([], []), by_key, rows, RULES, shown)


def test_a_solver_without_steps_gives_up_and_says_so(without_steps):
    with pytest.raises(interval.Unsolved, match="kIterationLimit"):
        interval.movable(SUMS, FIGURES)


@pytest.mark.parametrize("seed", [1, 9])
def test_what_cannot_be_judged_at_the_last_word_is_hidden(seed, monkeypatch):
    def without(*arguments) -> None:
        monkeypatch.setattr(interval, "MOST_STEPS", 0)
        settled(*arguments)

    judged = shown_after(seed, settled)
    monkeypatch.undo()
    unsure = shown_after(seed, without)
    doubtful = [name for name, detail in unsure.items() if detail.endswith("could not be told")]
    assert doubtful and not [name for name, detail in judged.items() if detail.endswith("could not be told")]
    assert all(judged[name] == "" for name in doubtful)
