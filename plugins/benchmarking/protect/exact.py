"""The exact rule: what follows from published sums by adding and subtracting them.

M has one row a published figure and one column a contributor's figure. Q projects off the row space of M. What an
attacker can derive exactly is the row space; Q says how much of a vector lies outside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

# Below this part of its squared length a vector counts as inside the span.
INSIDE = 1e-9
# Shorter than this a row of length one is a sum of those before it.
SHORT = 1e-7
# Rows that are made orthogonal together, and a length below which they are once more.
BLOCK, LOSSY = 64, 1e-2
# The square of a half, a little less.
HALF = 0.2499


@dataclass(frozen=True)
class Exposure:
    """A combination of one holder's figures (weights at places) that is given away, to anyone or to the holder `who`.

    With `beside` it is given away to two holders who show each other what they know.

    Its places are one for a single agency; more for a holding, whose part is given away as a whole, and for the size of
    a correction, which is the difference of an agency's two answers.
    """

    whose: int
    places: Whole
    weights: Floats
    who: int = -1
    beside: int = -1


def basis_of(sums: Floats) -> tuple[Whole, Floats]:
    """Give the positions of rows that span the row space, first come first kept, and an orthonormal basis of it.

    Returns:
        Shapes (rank,) and (rank, figures).
    """
    rows, size = sums.shape
    basis = np.zeros((min(rows, size), size))
    kept: list[int] = []
    for start in range(0, rows, BLOCK):
        # Taken off what is known block by block, which is many times faster than row by row; then off one another.
        lengths = np.linalg.norm(sums[start : start + BLOCK], axis=1)
        block = sums[start : start + BLOCK] / np.where(lengths > 0, lengths, 1.0)[:, None]
        before = basis[: len(kept)]
        block = _off(_off(block, before), before)
        first = len(kept)
        for position, row in enumerate(block, start):
            if len(kept) == size:
                return np.array(kept, dtype=np.int64), basis
            rest = _off(_off(row, basis[first : len(kept)]), basis[first : len(kept)])
            length = np.linalg.norm(rest)
            if length > SHORT:
                # Once more off all, since what is short has lost digits.
                rest = _off(rest, basis[: len(kept)]) if length < LOSSY else rest
                basis[len(kept)] = rest / np.linalg.norm(rest)
                kept.append(position)
    return np.array(kept, dtype=np.int64), basis[: len(kept)]


def _off(vectors: Floats, basis: Floats) -> Floats:
    return np.asarray(vectors - (vectors @ basis.T) @ basis)


def projector_off(basis: Floats) -> Floats:
    """Give the projector off an orthonormal basis, shape (figures, figures)."""
    off = -(basis.T @ basis)
    off[np.diag_indices(len(off))] += 1.0
    return off


def exposures(off: Floats, owner: Whole) -> Iterator[Exposure]:
    """Give every holder of whose figures some combination is derivable; off is the projector off the sums."""
    left = np.diagonal(off)
    for place in np.flatnonzero(left < INSIDE):
        yield Exposure(int(owner[place]), np.array([place]), np.ones(1))
    for group in groups_of(owner):
        group = group[left[group] >= INSIDE]
        found = _derivable(off[np.ix_(group, group)]) if len(group) > 1 else None
        if found is not None:
            yield Exposure(int(owner[group[0]]), group, found)


def insiders(off: Floats, owner: Whole) -> Iterator[Exposure]:
    """Give every holder of whose figures another holder, who knows its own, can derive some combination.

    What anyone can derive is not repeated.
    """
    left = np.diagonal(off).copy()
    groups = groups_of(owner)
    grouped = np.concatenate([*groups, np.zeros(0, np.int64)])
    single = np.setdiff1d(np.arange(len(owner)), grouped)
    single = single[left[single] >= INSIDE]
    part = off[single] ** 2 / left[single, None]
    # Few pairs come near; the table of all is gone over once.
    for i, place in np.argwhere(part > (1 - 2 * INSIDE) * left):
        is_learned = left[place] - part[i, place] < INSIDE * left[place]
        if is_learned and left[place] >= INSIDE and owner[single[i]] != owner[place]:
            yield Exposure(int(owner[place]), np.array([place]), np.ones(1), int(owner[single[i]]))
    safe = _safe_groups(off, groups)
    for group, least in zip(safe.groups, safe.least.tolist(), strict=True):
        yield from _told_to_singles(off, owner, group, least, single)
    for group in groups:
        yield from _told_to_group(off, owner, group, left, safe)


def pools(off: Floats, owner: Whole) -> Iterator[Exposure]:
    """Give every figure that two other holders, who show each other theirs, can derive though neither of them could.

    Each set of three is given once: a sum of three figures alone tells each of them to the other two. Of a holder of
    several figures each is tried by itself, not its part as a whole.
    """
    left = np.diagonal(off)
    free = np.flatnonzero(left >= INSIDE)
    grouped = np.concatenate([*groups_of(owner), np.zeros(0, np.int64)])
    scaled = off[np.ix_(free, free)] / np.sqrt(np.outer(left[free], left[free]))
    # Three vectors that add up to nothing: of the two longest the angle is at most 60 degrees.
    near = np.argwhere(np.triu(scaled**2 >= HALF, 1))
    seen: set[frozenset[int]] = set()
    near = free[near]
    in_group = np.isin(np.arange(len(owner)), grouped)
    near = near[(owner[near[:, 0]] != owner[near[:, 1]]) & ~in_group[near].all(axis=1)]
    for one, other in near.tolist():
        both = np.array([one, other])
        if off[one, other] ** 2 > (1 - INSIDE) * left[one] * left[other]:
            continue  # one of them alone learns the other
        columns = off[:, both]
        rest = left - np.einsum("ij,jk,ik->i", columns, np.linalg.inv(off[np.ix_(both, both)]), columns)
        alone = left[:, None] - columns**2 / left[both][None, :]
        learned = (rest < INSIDE * left) & (left >= INSIDE) & (alone >= INSIDE * left[:, None]).all(axis=1)
        learned &= (owner != owner[one]) & (owner != owner[other])
        for third in np.flatnonzero(learned).tolist():
            three = frozenset((one, other, third))
            # Whoever has several figures knows more than one of them: it is tried below, and is the third here.
            knowing = [place for place in sorted(three) if not in_group[place]][:2]
            if three not in seen and len(knowing) == 2:
                seen.add(three)
                (whose,) = three - set(knowing)
                first, second = owner[knowing].tolist()
                yield Exposure(int(owner[whose]), np.array([whose]), np.ones(1), first, second)
    sketch = _sketch(off)
    for group in groups_of(owner):
        yield from _told_to_group_and_another(off, owner, group, left, sketch)


def _told_to_group_and_another(
    off: Floats, owner: Whole, group: Whole, left: Floats, sketch: Floats
) -> Iterator[Exposure]:
    """What a holder of several figures and another learn together: figures that are parallel beside the group's."""
    columns, inverse = off[:, group], _inverse(off[np.ix_(group, group)])
    along = columns @ inverse
    rest = left - np.einsum("ij,ij->i", along, columns)
    # What the holder of several figures learns alone is given elsewhere.
    open_ = np.flatnonzero((rest >= INSIDE * left) & (left >= INSIDE) & (owner != owner[group[0]]))
    seen = (sketch - along @ sketch[group])[open_] / np.sqrt(rest[open_])[:, None]
    for one, other in open_[_near(seen, rest[open_] < TIGHT * left[open_])].tolist():
        block = off[one, other] - along[one] @ columns[other]
        for knows, told in ((one, other), (other, one)):
            is_learned = rest[told] - block**2 / rest[knows] < INSIDE * left[told]
            alone = left[told] - off[knows, told] ** 2 / left[knows] >= INSIDE * left[told]
            if is_learned and alone and owner[knows] != owner[told]:
                yield Exposure(int(owner[told]), np.array([told]), np.ones(1), int(owner[group[0]]), int(owner[knows]))
                break


def _sketch(off: Floats) -> Floats:
    """Give a few random combinations of the columns, the same ones every time; parallel rows look alike in them."""
    return np.asarray(off @ np.random.default_rng(0).normal(size=(off.shape[1], SKETCHES)))


def _near(seen: Floats, is_tight: NDArray[np.bool_]) -> Whole:
    """Give the pairs of rows that look alike but for their sign, and all pairs of one that is tight."""
    size = np.abs(seen)
    pairs = _close(size[:, 0])
    for column in size.T[1:]:
        pairs = pairs[np.abs(column[pairs[:, 0]] - column[pairs[:, 1]]) <= NEAR]
    one, other = seen[pairs[:, 0]], seen[pairs[:, 1]]
    apart = np.minimum(np.square(one - other).sum(axis=1), np.square(one + other).sum(axis=1))
    pairs = pairs[apart <= NEAR**2]
    tight = np.argwhere(is_tight[:, None] | is_tight[None, :]) if is_tight.any() else pairs[:0]
    found = np.sort(np.concatenate([pairs, tight]), axis=1)
    return np.asarray(np.unique(found[found[:, 0] != found[:, 1]], axis=0), np.int64)


def _close(values: Floats) -> Whole:
    """Give the pairs of positions whose values differ by no more than NEAR, shape (pairs, 2)."""
    order = np.argsort(values)
    ends = np.searchsorted(values[order], values[order] + NEAR, side="right")
    counts = ends - np.arange(len(values)) - 1
    first = np.repeat(np.arange(len(values)), counts)
    following = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.stack([order[first], order[first + following + 1]], axis=1)


# So many combinations of unit vectors differ by less than NEAR where those are parallel to a hundredth, and hardly
# ever otherwise. Of what a group all but knows (TIGHT) INSIDE asks less than that, so that it is compared with all.
SKETCHES, NEAR, TIGHT = 8, 0.05, 2e-5


def groups_of(owner: Whole) -> list[Whole]:
    """Give the positions of each holder that has more than one figure."""
    order = np.argsort(owner, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(owner[order])) + 1)
    return [part for part in parts if len(part) > 1]


def left_to(off: Floats, targets: Floats, owner: Whole, holders: int) -> Floats:
    """Give what is left of each target's square once a holder's figures are known besides.

    Args:
        targets: shape (targets, figures).

    Returns:
        Shape (targets, holders).
    """
    # Most targets are one contributor's figure each, so that they hold little but zeros.
    along = sparse.csr_matrix(targets) @ off
    whole = np.einsum("ij,ij->i", along, targets)
    left = np.diagonal(off)
    result = np.repeat(whole[:, None], holders, axis=1)
    single = np.bincount(owner, minlength=holders)[owner] == 1
    free = np.flatnonzero(single & (left > INSIDE))
    result[:, owner[free]] -= along[:, free] ** 2 / left[free]
    for group in groups_of(owner):
        part = along[:, group]
        result[:, owner[group[0]]] -= np.einsum("ij,ij->i", part @ _inverse(off[np.ix_(group, group)]), part)
    return result


def _derivable(block: Floats) -> Floats | None:
    """Give the combination of a holder's figures of which nothing lies outside the span, or None."""
    values, vectors = np.linalg.eigh(block)
    return vectors[:, 0] if values[0] < INSIDE else None


@dataclass(frozen=True)
class _Safe:
    """Holders of several figures, no combination of which is derivable by anyone.

    least: of each the least eigenvalue of its block, shape (groups,).  places, starts: their figures, one after
    another, and where each begins.
    """

    groups: list[Whole]
    least: Floats
    places: Whole
    starts: Whole


def _safe_groups(off: Floats, groups: list[Whole]) -> _Safe:
    least = np.array([np.linalg.eigvalsh(off[np.ix_(group, group)])[0] for group in groups])
    safe = [(group, value) for group, value in zip(groups, least.tolist(), strict=True) if value >= INSIDE]
    sizes = np.array([len(group) for group, _ in safe], dtype=np.int64)
    return _Safe(
        [group for group, _ in safe],
        np.array([value for _, value in safe]),
        np.concatenate([np.zeros(0, np.int64), *[group for group, _ in safe]]),
        np.cumsum(sizes) - sizes,
    )


def _told_to_singles(off: Floats, owner: Whole, group: Whole, least: float, single: Whole) -> Iterator[Exposure]:
    columns, left = off[np.ix_(single, group)], off[single, single]
    # What a single figure takes from a block lowers no eigenvalue by more than its whole size.
    near = np.flatnonzero(least - np.einsum("ij,ij->i", columns, columns) / left < INSIDE)
    if not len(near):
        return
    columns = columns[near]
    blocks = off[np.ix_(group, group)] - columns[:, :, None] * columns[:, None, :] / left[near][:, None, None]
    values, vectors = np.linalg.eigh(blocks)
    for i in np.flatnonzero(values[:, 0] < INSIDE):
        if np.count_nonzero(np.abs(vectors[i, :, 0]) > SHORT) > 1:
            yield Exposure(int(owner[group[0]]), group, vectors[i, :, 0], int(owner[single[near[i]]]))


def _told_to_group(off: Floats, owner: Whole, group: Whole, left: Floats, others: _Safe) -> Iterator[Exposure]:
    """What a holder of several figures learns, of single figures and of other holders' parts."""
    columns, inverse = off[:, group], _inverse(off[np.ix_(group, group)])
    taken = np.einsum("ij,ij->i", columns @ inverse, columns)
    learned = (left - taken < INSIDE * left) & (left >= INSIDE) & (owner != owner[group[0]])
    who = int(owner[group[0]])
    for place in np.flatnonzero(learned):
        yield Exposure(int(owner[place]), np.array([place]), np.ones(1), who)
    if not others.groups:
        return
    # What the group takes from another's block lowers no eigenvalue by more than it takes from the diagonal.
    near = others.least - np.add.reduceat(taken[others.places], others.starts) < INSIDE
    for other in (others.groups[n] for n in np.flatnonzero(near).tolist()):
        if owner[other[0]] == who or learned[other].any():
            continue
        block = off[np.ix_(other, other)] - columns[other] @ inverse @ columns[other].T
        found = _derivable(block)
        if found is not None:
            yield Exposure(int(owner[other[0]]), other, found, who)


def _inverse(block: Floats) -> Floats:
    return np.asarray(np.linalg.pinv(block, rcond=1e-9, hermitian=True), np.float64)
