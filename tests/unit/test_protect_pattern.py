"""The least pattern against every subset, and what the attack must see that a weaker one would not."""

from dataclasses import replace
from itertools import chain, combinations

import highspy
import numpy as np
import pytest

from benchmarking.catalog import Disclosure
from benchmarking.protect.attack import Audit, Finding, Means, examine
from benchmarking.protect.categories import least_of_answers
from benchmarking.protect.cells import ORDER, SHARE, SUM, Row, Unit
from benchmarking.protect.decide import decide, is_secret, primary_verdict, systems_of
from benchmarking.protect.exact import Exposure, exposures, insiders
from benchmarking.protect.interval import Unsolved, movable
from benchmarking.protect.pattern import least_pattern
from benchmarking.protect.step import _weighed_as
from benchmarking.protect.system import System

RULES = Disclosure()
EVERYTHING = Means()


def row(members, figures=None, family=SUM, value="all", holding=None, said=None, measure="m", weight=None):
    agency = np.array([f"a{i:02d}" for i in members])
    count = len(agency)
    given = np.ones(count) if figures is None else np.asarray(figures, float)[list(members)]
    holders = agency if holding is None else np.array(holding)[list(members)]
    category = np.full(count, "") if said is None else np.array(said)[list(members)]
    ones = np.ones(count)
    return Row(Unit(2026, measure, "g", value), family, agency, holders, ones if weight is None else weight,
               given, ones, category, ones)  # fmt: skip


def found(rows, shown, hidden=(), means=EVERYTHING):
    return {finding.kind for finding in examine(System(rows, 0), shown, hidden, RULES, means).findings}


def subsets(items):
    return chain.from_iterable(combinations(items, size) for size in range(len(items) + 1))


@pytest.mark.parametrize("seed", range(8))
def test_no_safe_pattern_is_cheaper(seed):
    random = np.random.default_rng(seed)
    costs = {i: float(random.integers(1, 6)) + i * 1e-4 for i in range(9)}
    bad = [frozenset(random.choice(9, random.integers(2, 4), replace=False).tolist()) for _ in range(7)]
    forced = {0}

    def attack(hidden, most):
        return [Finding("contributor", 0.0, tuple(sorted(rows))) for rows in bad if not rows & hidden]

    pattern = least_pattern(costs, forced, attack)
    safe = [set(chosen) for chosen in subsets(range(9)) if 0 in chosen and not attack(set(chosen), 1)]
    least = min(sum(costs[i] for i in chosen) for chosen in safe)
    assert pattern.is_least
    assert sum(costs[i] for i in pattern.hidden) == pytest.approx(least, abs=1e-3)
    assert pattern.because.keys() == pattern.hidden - forced


def test_a_hidden_row_that_harms_nobody_is_shown_where_that_costs_less():
    # Whatever hides row 1 leaves it derivable from rows 2 and 3: showing it and hiding row 0 is cheapest.
    def attack(hidden, most):
        findings = [] if hidden & {0, 1} else [Finding("contributor", 0.0, (0, 1))]
        if 1 in hidden and not hidden & {2, 3}:
            findings.append(Finding("cell", 0.0, (2, 3), row=1))
        return findings

    assert least_pattern({0: 2.0, 1: 1.0, 2: 5.0, 3: 5.0}, set(), attack).hidden == {0}


def test_a_holdings_part_is_given_away_though_none_of_its_agencies_is():
    holding = [*("h", "h"), *(f"b{i}" for i in range(10))]
    everybody, others = row(range(12), holding=holding), row(range(2, 12), holding=holding, value="others")
    assert found([everybody, others], [0, 1]) >= {"contributor"}
    assert found([everybody, others], [0]) == set()


def test_a_holdings_part_that_is_known_too_closely_is_found():
    # The rest of the group is known to lie between nothing and 4 % of the holding's two budgets.
    figures = [50.0, 50.0, 2.0, 2.0, *[60.0] * 8]
    holding = ["h", "h", *(f"b{i}" for i in range(10))]
    rows = [row(range(4), figures, holding=holding, value="four"), row(range(12), figures, holding=holding)]
    assert "contributor" in found(rows, [0, 1])


@pytest.mark.parametrize("figures", [[5.0] * 12, [-5.0] * 3 + [7.0] * 9], ids=["positive", "signed"])
def test_a_hidden_cell_that_adding_and_subtracting_gives_is_found(figures):
    rows = [row(range(12), figures), row(range(6), figures, value="first"), row(range(6, 12), figures, value="last")]
    assert found(rows, [0, 1], [2]) >= {"cell"}


def test_the_size_of_a_correction_is_given_away_by_the_difference_of_two_releases():
    before = np.arange(10, 22, dtype=float)
    after = before.copy()
    after[3] += 4.0
    system = System([row(range(12), before), row(range(12), after)], 1)
    whose = {finding.whose for finding in examine(system, [0, 1], [], RULES).findings}
    assert {system.name_of(code) for code in whose} == {"a03"}


def test_a_group_learns_what_its_agencies_figures_together_tell():
    # Two agencies of one group and one of another make up the only open part of the sums.
    sums = np.array([[1.0, 1.0, 1.0]])
    off = np.eye(3) - sums.T @ sums / 3
    owner = np.array([0, 0, 1])
    assert list(exposures(off, owner)) == []
    told = {(one.who, one.whose) for one in insiders(off, owner)}
    assert told == {(0, 1), (1, 0)}
    assert all(isinstance(one, Exposure) for one in insiders(off, owner))


def test_what_each_categorys_shares_leave_open_all_together_may_close():
    # Nobody of the first twelve said c and nobody of the others a: who is in both said b. Each 0 alone may be told.
    said = ["b", *"aaaaaa", *"bbbbb", *"cccccc", *"bbbbb"]
    groups = [range(12), [0, *range(12, 23)]]
    rows = [row(group, family=SHARE, said=said, value=str(n)) for n, group in enumerate(groups)]
    assert found(rows, [0, 1]) == {"zero"}
    assert found(rows, [0]) == found(rows, [1]) == set()
    for category in "abc":
        alone = [replace(one, category=np.where(one.category == category, category, "other")) for one in rows]
        assert found(alone, [0, 1]) == set()
    # So says the certificate: of the first everybody knows, of the others nobody.
    least = least_of_answers(System(rows, 2), range(23))
    assert least[0] == pytest.approx(1.0)
    assert max(least[place] for place in range(1, 23)) < 0.5


def test_what_one_contributor_said_may_close_what_another_said():
    # Nobody of the second group said a, and in the first group the second contributor alone said c.
    said = ["b", "c", *"aaaaabbbbb", *"bbbbbbcccccc"]
    groups = [range(12), [0, *range(12, 24)]]
    rows = [row(group, family=SHARE, said=said, value=str(n)) for n, group in enumerate(groups)]
    (finding,) = examine(System(rows, 0), [0, 1], (), RULES).findings
    assert (finding.kind, finding.whose, finding.who, finding.binding) == ("insider", 0, 1, (0, 1))
    assert found(rows, [0]) == found(rows, [1]) == found(rows, [0, 1], means=Means(answers=False)) == set()
    # Two that said c do not know of each other, and so not of the first one either.
    assert (
        found(
            [row(g, family=SHARE, said=["b", "c", "c", *said[3:]], value=str(n)) for n, g in enumerate(groups)], [0, 1]
        )
        == set()
    )


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        pytest.param("yyyyyy", "unanimous", id="all-of-six"),
        pytest.param("yyyyyn", "unanimous", id="the-one-that-said-no-knows-the-five"),
        pytest.param("yyyynn", "", id="two-said-no"),
        pytest.param("yyyyyyyyyn", "unanimous", id="nine-known-to-the-tenth"),
        pytest.param("yyyyyyyyyyn", "", id="ten-known-to-the-eleventh"),
    ],
)
def test_a_share_is_hidden_where_a_few_would_be_known_to_have_said_the_same(said, reason):
    one = row(range(len(said)), family=SHARE, said=list(said))
    assert primary_verdict(one, sorted(set(said)), RULES).reason == reason


def test_one_holding_that_said_otherwise_twice_is_one():
    one = row(range(7), family=SHARE, said=list("yyyyynn"), holding=[*"abcde", "h", "h"])
    assert primary_verdict(one, ["n", "y"], RULES).reason == "unanimous"


def test_a_changes_year_before_is_weighed_by_this_years_weights():
    mine = row([0, 1, 2], [1.0, 2.0, 3.0], weight=np.array([1.5, 2.5, 3.5]))
    theirs = row([2, 0, 1], [4.0, 5.0, 6.0], weight=np.array([9.0, 9.0, 9.0]))
    assert _weighed_as(theirs, mine).weight.tolist() == [3.5, 1.5, 2.5]


def test_different_weights_of_a_group_in_two_cuts_give_nobody_away_that_equal_ones_would():
    # The late contributor is the difference of two sums only where the others weigh the same in both.
    figures = np.arange(20, 32, dtype=float)
    old, new = row(range(11), figures), row(range(12), figures, value="new")
    assert "contributor" in found([old, new], [0, 1])
    moved = replace(new, weight=np.linspace(1.0, 2.0, 12))
    assert "contributor" not in found([old, moved], [0, 1], means=Means(programmes=False))


def test_medians_of_measures_that_add_up_are_not_held_against_one_another():
    random = np.random.default_rng(1)
    one, other = random.integers(0, 9, 20).astype(float), random.integers(0, 2, 20).astype(float)
    rows = [row(range(20), given, ORDER, measure=name) for name, given in
            (("left", one), ("let_go", other), ("all", one + other))]  # fmt: skip
    assert len(systems_of(rows, ORDER)) == 3
    assert len(systems_of([replace(r, family=SUM) for r in rows], SUM)) == 1
    verdicts = decide([], rows, RULES).verdicts
    assert {verdict.reason for verdict in verdicts.values()} == {""}


def test_people_and_halves_of_a_change_are_no_secrets_by_themselves():
    one = row(range(6))
    half = replace(one, unit=replace(one.unit, basis="matched"))
    assert (is_secret(one), is_secret(half), is_secret(replace(one, family="people"))) == (True, False, False)


def test_a_programme_that_the_dual_simplex_gives_up_on_is_solved(monkeypatch):
    tried = []
    run = highspy.Highs.run

    def reluctant(solver):
        tried.append(solver.getOptionValue("simplex_strategy")[1])
        return run(solver) if len(tried) > 2 else None

    monkeypatch.setattr(highspy.Highs, "run", reluctant)
    moves, _ = movable(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), np.array([0.0, 2.0, 0.0]))
    # What adds up with somebody's 2 may be more than nothing; what stands alone may not.
    assert moves.tolist() == [True, True, False]
    assert tried == [1, 1, 4]


def test_what_the_solver_cannot_judge_is_not_shown(monkeypatch):
    figures = np.arange(20, 32, dtype=float)
    rows = [row(range(12), figures), row(range(5), figures, value="first"), row(range(5, 12), figures, value="last")]

    def reluctant(system, shown, *_):
        if {system.rows[i].unit.peer_value for i in shown} >= {"first", "last"}:
            raise Unsolved("it gave up.", "", "")
        return Audit()

    monkeypatch.setattr("benchmarking.protect.decide.examine", reluctant)
    verdicts = decide([], rows, RULES).verdicts
    hidden = {unit.peer_value: verdict for (unit, _), verdict in verdicts.items() if verdict.reason}
    assert hidden.keys() == {"last"}
    assert hidden["last"].detail.endswith("could not be told")


def test_a_half_of_a_change_is_hidden_with_the_other():
    few, many = row(range(4), measure="m"), row(range(12), measure="m")
    halves = [replace(few, unit=Unit(2025, "m", "g", "all", "matched_next")),
              replace(many, unit=Unit(2026, "m", "g", "all", "matched"))]  # fmt: skip
    verdicts = {unit.survey_year: verdict.reason for (unit, _), verdict in decide([], halves, RULES).verdicts.items()}
    assert verdicts == {2025: "contributors", 2026: "half"}


def test_two_groups_that_add_up_to_a_shown_one_are_shown_together():
    # Of either alone the other would be given away, as long as that is hidden.
    figures = np.arange(20, 40, dtype=float)
    rows = [row(range(20), figures), row(range(10), figures, value="first"), row(range(10, 20), figures, value="last")]
    assert {verdict.reason for verdict in decide([], rows, RULES).verdicts.values()} == {""}
