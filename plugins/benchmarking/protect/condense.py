"""Contributors that every published sum treats alike stand together: one column instead of many.

Where four or more contributors of one figure each have proportional columns in all published sums, any combination of
the sums holds them in the same proportion. None of them can be told apart, not even by two of the others together, and
what one of them knows of itself helps nobody: a combination that holds one alone is none of the sums. So their columns
become one, whose length is theirs together. That leaves every length and angle as it was, and the tables of all pairs
of figures, which the attack goes over, are as small as there are kinds of contributors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# Two others who pool what they know leave of four at least two that nothing tells apart.
ALIKE = 4
# Columns that are not proportional agree to so many digits in one proportion once in some hundred million pairs, and
# so in all of them never.
PROPORTIONS, DIGITS = 4, 9


@dataclass(frozen=True)
class Condensed:
    """A system's figures, some of them joined.

    own: positions of the figures that keep a column of their own, shape (kept,); these columns come first.
    spread: shape (figures, columns), orthonormal columns: what a column stands for.
    """

    own: Whole
    spread: sparse.csr_matrix

    def of(self, vectors: sparse.csr_matrix) -> Floats:
        """Give vectors over figures, shape (vectors, figures), over columns; sums lose nothing by it."""
        return np.asarray((vectors @ self.spread).toarray())


def condense(sums: sparse.csr_matrix, owner: Whole) -> Condensed:
    """Join the figures that sums, shape (rows, figures), do not tell apart; `owner` has shape (figures,)."""
    kinds, scale = _kinds(sums)
    is_single = np.bincount(owner)[owner] == 1
    sizes = np.bincount(kinds, weights=is_single, minlength=len(kinds))
    is_joined = is_single & (sizes[kinds] >= ALIKE)
    own = np.flatnonzero(~is_joined)
    joined = np.flatnonzero(is_joined)
    _, column = np.unique(kinds[joined], return_inverse=True)
    lengths = np.sqrt(np.bincount(column, weights=scale[joined] ** 2))
    rows = np.concatenate([own, joined])
    columns = np.concatenate([np.arange(len(own)), len(own) + column])
    values = np.concatenate([np.ones(len(own)), scale[joined] / lengths[column]])
    shape = (len(owner), len(own) + len(lengths))
    return Condensed(own, sparse.csr_matrix((values, (rows, columns)), shape))


def _kinds(sums: sparse.csr_matrix) -> tuple[Whole, Floats]:
    """Number the columns so that proportional ones have the same number; also give each one's scale.

    A few random combinations of the sums, the same ones every time, are in the same proportions for those columns
    alone. Combining with positive numbers loses no digits, since no sum has negative parts.
    """
    parts = sums.T @ np.random.default_rng(0).uniform(1.0, 2.0, (sums.shape[0], 1 + PROPORTIONS))
    scale = np.where(parts[:, 0] == 0, 1.0, parts[:, 0])
    _, kinds = np.unique(np.round(parts[:, 1:] / scale[:, None], DIGITS), axis=0, return_inverse=True)
    return kinds, scale
